/** `npm run bench -- train`: the same training work by this library's engines and its peers, in one run. */
import { writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { packageRoot } from "../../kernel-extensions/package-root.js";
import type { Row } from "./contestant.js";
import { entrants } from "./contestants.js";
import { parseFlags, usage, type Flags } from "./flags.js";
import { report } from "./report.js";
import { laggards, type Results } from "./results.js";
import { grpoStage, introductions, sampleStage, stepStage, type Plan } from "./stages.js";
import { environments, sizeNames } from "./workload.js";

export async function benchTrain(args: string[]): Promise<void> {
  let flags: Flags;
  let chosen;
  try {
    flags = parseFlags(args);
    if (flags.help) {
      process.stdout.write(usage);
      return;
    }
    chosen = entrants(flags);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    process.stderr.write(`train: ${error.message}\n`);
    process.exitCode = 2;
    return;
  }
  const started = performance.now();
  const plan: Plan = { rounds: flags.rounds, patience: flags.patience * 1000, progress };
  const { present, absent, peaks } = await introductions(chosen.rows, flags.sizes, plan);
  const missing = [...chosen.absent, ...absent];
  if (present.length === 0) {
    const reasons = missing.map(({ label, reason }) => `train: ${label}: ${reason}\n`);
    process.stderr.write(`${reasons.join("")}train: nobody can take part, so nothing was measured\n`);
    process.exitCode = 1;
    return;
  }
  const rows = present.map(({ row }) => row);
  const results: Results = { step: [], sample: [], grpo: [], peaks };
  const occasion = {
    command: ["npm run bench -- train", ...args].join(" "),
    machine: `${os.cpus().length} × ${os.cpus()[0]?.model.trim() ?? "unknown processor"}`,
    date: new Date().toISOString().slice(0, 10),
    rounds: flags.rounds,
    present,
    absent: missing,
  };
  const file = flags.out ?? standardFile(flags);
  const end = started + flags.minutes * 60_000;
  const stages = stagesOf(flags, rows, plan, results);
  let text = "";
  while (text === "" || (stages.length > 0 && performance.now() < end)) {
    await stages.shift()?.run();
    text = report({ ...occasion, missing: stages.map(({ what }) => what) }, results);
    if (file !== undefined) writeFileSync(file, text);
  }
  progress("");
  process.stdout.write(text);
  if (stages.length > 0) {
    process.stderr.write(
      `train: the ${flags.minutes} minutes are over; --minutes and --patience set other limits\n`,
    );
    process.exitCode = 1;
  }

  const wrong = [
    ...results.step.flatMap(({ size, results }) =>
      results
        .filter(({ agreement }) => agreement?.agrees === false)
        .map(({ row }) => `${row.label}: its losses at ${size} are not the first contestant's`),
    ),
    ...results.grpo.flatMap(({ environment, results }) =>
      laggards(results).map(
        ({ row }) => `${row.label}: it does not learn ${environment} as the first contestant does`,
      ),
    ),
  ];
  if (wrong.length > 0) {
    process.stderr.write(wrong.map((line) => `train: ${line}\n`).join(""));
    process.exitCode = 1;
  }
}

/** What is to be measured, in order; each adds its figures to the results. */
function stagesOf(
  { works, sizes }: Flags,
  rows: readonly Row[],
  plan: Plan,
  results: Results,
): { what: string; run: () => Promise<void> }[] {
  const step = sizes.map((size) => ({
    what: `training steps of ${size}`,
    run: async () => void results.step.push({ size, results: await stepStage(rows, size, plan) }),
  }));
  const sample = sizes.map((size) => ({
    what: `sampling with ${size}`,
    run: async () => void results.sample.push(...(await sampleStage(rows, size, plan))),
  }));
  const grpo = environments.map((environment) => ({
    what: `GRPO in ${environment}`,
    run: async () =>
      void results.grpo.push({ environment, results: await grpoStage(rows, environment, plan) }),
  }));
  const all = { step, sample, grpo };
  return works.flatMap((work) => all[work]);
}

/** Only a complete run replaces the committed tables. */
function standardFile({ only, works, sizes, device }: Flags): string | undefined {
  if (only !== undefined || works.length < 3 || sizes.length < sizeNames.length) return undefined;
  return path.join(packageRoot(), "bench", device === "cuda" ? "train-cuda.md" : "train.md");
}

/** One line on standard error that is written over. */
function progress(text: string): void {
  if (process.stderr.isTTY)
    process.stderr.write(`\r${text.slice(0, 78).padEnd(78)}${text === "" ? "\r" : ""}`);
  else if (text !== "") process.stderr.write(`${text}\n`);
}
