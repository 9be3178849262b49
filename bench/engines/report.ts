/** The table of default runs by engine: bench/engines.md. */
import { mean, meanInterval } from "../../src/statistics.js";
import type { LearningResult } from "../learning/job.js";
import { percent, table } from "../learning/report.js";
import { spread } from "../statistics.js";
import { before } from "./before.js";

export const engines = ["native", "wasm"] as const;
export type EngineName = (typeof engines)[number];

/** Most seconds that a default run is to take. */
export const limits: Readonly<Record<EngineName, number>> = { native: 60, wasm: 150 };

/** @param processes how many ran at a time */
export function report(results: readonly LearningResult[], processes: number): string {
  const { machine, node, episodes } = results[0]!;
  const ids = [...new Set(results.map(({ environment }) => environment))];
  const runsOf = (environment: string, engine: string) =>
    results.filter((result) => result.environment === environment && result.engine === engine);
  return [
    "# Every environment's default run, by engine",
    "",
    "From the warm-start checkpoint through reinforcement learning with the environment's default recipe. Made by",
    "`npm run bench -- engines`; the runs are in `engines.jsonl`.",
    "",
    `Machine: ${machine}, Node ${node}, ${processes} runs at a time${processes > 1 ? ", a thread each" : ""}. Seconds are those of`,
    "reinforcement learning, sampling included (the median over seeds, where there are several). Success after it is",
    `_sampled_ (temperature 1) on ${episodes} held-out tasks, with its 95 % interval: Wilson's for a single seed, the`,
    "t-interval over several; _greedy_ takes the likeliest token every time. **Before** is tfjs's WASM backend with our",
    "overrides, without fused kernels: three seeds. ✓ where the intervals of success before and now have a common part.",
    "",
    ...table([
      [
        ...["environment", "updates", "before, s", ...engines.map((engine) => `${engine}, s`)],
        ...["success before", ...engines.flatMap((engine) => [engine, "greedy"])],
      ],
      ...ids.map((id) => {
        const old = before[id];
        const runs = engines.map((engine) => runsOf(id, engine));
        return [
          ...[id, String(results.find(({ environment }) => environment === id)!.updates)],
          ...[old === undefined ? "–" : String(old.seconds), ...runs.map(secondsOf)],
          old === undefined ? "–" : interval(...old.success),
          ...runs.flatMap((runs) => [successOf(id, runs), greedyOf(runs)]),
        ];
      }),
    ]),
    "",
    ...engines.flatMap((engine) =>
      longest(
        engine,
        results.filter((result) => result.engine === engine),
      ),
    ),
    ...exploitabilities(results),
    "",
  ].join("\n");
}

function secondsOf(runs: readonly LearningResult[]): string {
  return runs.length === 0 ? "–" : shownSeconds(spread(runs.map(({ seconds }) => seconds)).median);
}

const shownSeconds = (seconds: number) => seconds.toFixed(seconds < 10 ? 1 : 0);

function successOf(environment: string, runs: readonly LearningResult[]): string {
  if (runs.length === 0) return "–";
  const [first] = runs;
  const over = meanInterval(runs.map(({ after }) => after.success));
  const now = runs.length === 1 ? { ...over, low: first!.after.low, high: first!.after.high } : over;
  const shown = interval(now.mean, Math.max(0, now.low), Math.min(1, now.high));
  const old = before[environment]?.success;
  if (old === undefined) return shown;
  const [, low, high] = old;
  // The earlier bounds are known to two digits.
  const meets = now.low <= high + 0.005 && now.high >= low - 0.005;
  return `${shown} ${meets ? "✓" : "**differs**"}`;
}

function greedyOf(runs: readonly LearningResult[]): string {
  return runs.length === 0 ? "–" : percent(mean(runs.map(({ greedyAfter }) => greedyAfter)));
}

function interval(mean: number, low: number, high: number): string {
  return `${percent(mean)} (${percent(low)}–${percent(high)})`;
}

function longest(engine: EngineName, runs: readonly LearningResult[]): string[] {
  if (runs.length === 0) return [];
  const { environment, seconds } = runs.reduce((a, b) => (b.seconds > a.seconds ? b : a));
  const limit = limits[engine];
  const reached = seconds <= limit ? "✓" : "**not reached**";
  return [
    `- The longest on ${engine}: ${environment}, ${shownSeconds(seconds)} s; goal at most ${limit} s: ${reached}`,
  ];
}

/** Self-play wins half of its games however it plays: there it is exploitability that learning lowers. */
function exploitabilities(results: readonly LearningResult[]): string[] {
  return engines.flatMap((engine) => {
    const runs = results.filter((run) => run.engine === engine && run.after.exploitability !== undefined);
    if (runs.length === 0) return [];
    const of = (which: "before" | "after") => mean(runs.map((run) => run[which].exploitability!)).toFixed(3);
    return [
      `- ${runs[0]!.environment} on ${engine}: exploitability ${of("before")} → ${of("after")} antes a game`,
    ];
  });
}
