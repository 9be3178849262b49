/** The tables of bench/train.md. */
import type { Spread } from "../statistics.js";
import { markdownTable, showSpread, spread } from "../statistics.js";
import type { Row } from "./contestant.js";
import {
  floorMilliseconds,
  laggards,
  peakOf,
  ratioSpread,
  type Agreement,
  type GrpoResult,
  type Result,
  type Results,
  type StepResult,
} from "./results.js";
import {
  batch,
  comparedSteps,
  grpoUpdates,
  grpoWarmUp,
  lossTolerance,
  modelOf,
  peakShape,
  sampledTokens,
  stepOperations,
  type SizeName,
} from "./workload.js";

export interface Occasion {
  command: string;
  machine: string;
  date: string;
  rounds: number;
  present: { row: Pick<Row, "id" | "label" | "threads">; device: string; versions: string }[];
  absent: { label: string; reason: string }[];
  /** What was to be measured and is not in the results yet, in words. */
  missing: readonly string[];
}

export function report(occasion: Occasion, results: Results): string {
  const { command, machine, date, rounds, present, absent, missing } = occasion;
  return [
    "# Training side by side",
    "",
    `\`${command}\`. ${machine}, ${date}.`,
    "",
    `Every contestant is a process of its own, and they work in turn, one at a time, for ${rounds} rounds. Figures`,
    "are medians with (min–max) over rounds; × is the ratio to PyTorch in the same round. The machine may be a",
    "shared one: read ratios, not times.",
    "",
    ...(missing.length === 0 ? [] : [`**Incomplete.** Not measured: ${missing.join(", ")}.`, ""]),
    markdownTable(
      ["contestant", "computes on", "versions"],
      present.map(({ row, device, versions }) => [row.label, device, versions]),
    ),
    ...(absent.length === 0 ? [] : ["", "Not taking part:", ""]),
    ...absent.map(({ label, reason }) => `- ${label}: ${reason}`),
    ...steps(results),
    ...samples(results),
    ...updates(results),
    "",
  ].join("\n");
}

function steps({ step, peaks }: Results): string[] {
  if (step.length === 0) return [];
  return [
    "",
    "## A training step",
    "",
    `Forward pass, cross entropy of ${batch.rows} × ${batch.predictions} predictions over ${batch.vocabulary} words,`,
    "backward pass, gradient clipped to a norm of 1, Adam. Everybody starts from the same parameters and reads the",
    `same tokens; the losses of the first ${comparedSteps} steps must agree within ${lossTolerance}, relatively.`,
    "The floor is a step's matrix products at the fastest speed that anybody multiplied matrices of its size with as",
    "many threads or fewer.",
    ...step.flatMap(({ size, results }) => {
      const operations = stepOperations(modelOf(size), batch.rows, batch.predictions);
      const speeds = peaks.find((peak) => peak.size === size)?.gigaflops ?? {};
      const rows = results.map(({ row }) => row);
      const counted = results.some(({ programs }) => programs !== undefined);
      return [
        "",
        `### ${title(size, results)}, ${(operations / 1e9).toFixed(2)} GFLOP`,
        "",
        markdownTable(
          [
            "",
            "ms",
            ...ratioHeadings(results),
            "tokens/s",
            "floor, ms",
            "× floor",
            "losses",
            ...(counted ? ["GPU programs"] : []),
            ...commonHeadings,
          ],
          results.map((result) => {
            const peak = peakOf(result.row.threads, speeds, rows);
            const floor = peak === undefined ? undefined : floorMilliseconds(operations, peak);
            const median = medianOf(result);
            return [
              result.row.label,
              shown(result),
              ...ratios(result, results),
              median === undefined ? "–" : whole((batch.rows * batch.predictions * 1000) / median),
              floor === undefined ? "–" : floor.toFixed(floor < 100 ? 1 : 0),
              floor === undefined || median === undefined ? "–" : `${(median / floor).toFixed(1)}`,
              result.problem === undefined ? agreementText(result.agreement) : "–",
              ...(counted ? [result.programs === undefined ? "–" : whole(result.programs)] : []),
              ...common(result),
            ];
          }),
        ),
        ...problems(results),
        "",
        `Matrix product ${peakShape(size).join(" × ")}, GFLOP/s: ${speedList(speeds, rows)}.`,
      ];
    }),
  ];
}

function samples({ sample }: Results): string[] {
  if (sample.length === 0) return [];
  return [
    "",
    "## Sampling",
    "",
    `Tokens a second of ${sampledTokens} tokens after one \`<bos>\` in every row, with cached keys and values, at`,
    "temperature 1. Here more is better.",
    ...sample.flatMap(({ size, rows, results }) => [
      "",
      `### ${size.replace("x", " × ")}, ${rows} rows`,
      "",
      markdownTable(
        ["", "tokens/s", ...ratioHeadings(results), "peak MB", "rounds"],
        results.map((result) => [
          result.row.label,
          shown(result),
          ...ratios(result, results),
          memory(result),
          String(result.rounds.length),
        ]),
      ),
      ...problems(results),
    ]),
  ];
}

function updates({ grpo }: Results): string[] {
  if (grpo.length === 0) return [];
  return [
    "",
    "## An update of GRPO",
    "",
    "Rollouts in the environment, advantages, one clipped optimizer step, from the environment's checkpoint by its",
    "recipe; ours is the trainer as a user calls it. Tokens are those of an update's contexts, and of those that have",
    `a gradient. The first ${grpoWarmUp} updates are in no round; success is the mean of the first and of the last five.`,
    `A run is ${grpoUpdates} updates from the start, as a user's process has them: opening the checkpoint and whatever`,
    "warms up on the way counts, beside PyTorch's run with as many threads.",
    ...grpo.flatMap(({ environment, results }) => [
      "",
      `### ${environment}`,
      "",
      markdownTable(
        [
          "",
          "ms",
          ...ratioHeadings(results),
          "a run, s",
          "tokens",
          "with gradient",
          "success",
          ...commonHeadings,
        ],
        results.map((result) => [
          result.row.label,
          shown(result),
          ...ratios(result, results),
          runText(result, results),
          result.tokens === undefined ? "–" : whole(result.tokens),
          result.trained === undefined ? "–" : whole(result.trained),
          successText(result, laggards(results).includes(result)),
          ...common(result),
        ]),
      ),
      ...problems(results),
    ]),
  ];
}

/** Seconds, and the ratio to PyTorch's with as many threads. */
function runText({ row, run }: GrpoResult, results: readonly GrpoResult[]): string {
  if (run === undefined) return "–";
  const id = `torch-${row.threads === "gpu" ? "cuda" : row.threads}`;
  const reference = results.find((other) => other.row.id === id)?.run;
  const ratio = reference === undefined || row.id === id ? "" : ` (${(run / reference).toFixed(2)}×)`;
  return `${run.toFixed(run < 10 ? 2 : 1)}${ratio}`;
}

const commonHeadings = ["peak MB", "tensors", "rounds"];

function common(result: Result): string[] {
  const tensors = result.flat === undefined ? "–" : result.flat ? "flat" : "GROW";
  return [memory(result), tensors, String(result.rounds.length)];
}

function memory({ peakMemory }: Result): string {
  return peakMemory === undefined ? "–" : whole(peakMemory);
}

function title(size: SizeName, results: readonly StepResult[]): string {
  const counts = [...new Set(results.flatMap(({ parameters }) => parameters ?? []))];
  const { width, layers, heads } = modelOf(size);
  return `${width} × ${layers}, ${heads} heads: ${counts.map(whole).join(" or ")} parameters`;
}

/** Whom results are compared with: PyTorch on one thread, on two, or on a GPU. */
const references = {
  "torch-1": "× PyTorch, 1 thread",
  "torch-2": "× PyTorch, 2 threads",
  "torch-cuda": "× PyTorch, CUDA",
} as const;
type Reference = keyof typeof references;

function referencesIn(results: readonly Result[]): Reference[] {
  return (Object.keys(references) as Reference[]).filter((id) =>
    results.some(({ row, rounds }) => row.id === id && rounds.length > 0),
  );
}

function ratioHeadings(results: readonly Result[]): string[] {
  return referencesIn(results).map((id) => references[id]);
}

/** One thread is not compared with two. */
function ratios(result: Result, results: readonly Result[]): string[] {
  return referencesIn(results).map((id) => {
    if (id === "torch-2" && result.row.threads === 1) return "–";
    const reference = results.find(({ row }) => row.id === id)!;
    if (reference === result) return "1";
    const ratio = ratioSpread(result.rounds, reference.rounds);
    return ratio === undefined ? "–" : showRatio(ratio);
  });
}

/** Small ratios by their leading digits: 0.0042 says more than 0.00. */
function showRatio(ratio: Spread): string {
  const show = (value: number) => (value < 0.1 ? value.toPrecision(2) : value.toFixed(value < 10 ? 2 : 1));
  return `${show(ratio.median)} (${show(ratio.min)}–${show(ratio.max)})`;
}

function shown({ rounds }: Result): string {
  return rounds.length === 0 ? "–" : showSpread(spread(rounds));
}

function medianOf({ rounds }: Result): number | undefined {
  return rounds.length === 0 ? undefined : spread(rounds).median;
}

function agreementText(agreement: Agreement | undefined): string {
  if (agreement === undefined) return "its own";
  const { agrees, difference, steps } = agreement;
  const within = difference === 0 ? "0" : difference.toExponential(0);
  return `${agrees ? "agree" : "DIFFER"}: ${within}${steps < comparedSteps ? ` (${steps} steps)` : ""}`;
}

function successText({ success }: GrpoResult, lags: boolean): string {
  if (success === undefined) return "–";
  const { first, last, updates } = success;
  return `${first.toFixed(2)} → ${last.toFixed(2)} in ${updates}${lags ? ": DOES NOT LEARN" : ""}`;
}

function problems(results: readonly Result[]): string[] {
  const failed = results.filter(({ problem }) => problem !== undefined);
  return failed.length === 0 ? [] : ["", ...failed.map(({ row, problem }) => `- ${row.label}: ${problem}`)];
}

function speedList(
  speeds: Readonly<Record<string, number>>,
  rows: readonly Pick<Row, "id" | "label">[],
): string {
  return rows
    .flatMap(({ id, label }) => (speeds[id] === undefined ? [] : [`${label} ${whole(speeds[id])}`]))
    .join("; ");
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}
