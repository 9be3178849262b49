/** `npm run bench -- train`: the same training work by this library's engines and its peers, in one run. */
import { writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { packageRoot } from "../../kernel-extensions/package-root.js";
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
  const plan: Plan = { rounds: flags.rounds, patience: flags.patience * 1000, progress };
  const { present, absent, peaks } = await introductions(chosen.rows, flags.sizes, plan);
  const rows = present.map(({ row }) => row);
  const results: Results = { step: [], sample: [], grpo: [], peaks };
  if (flags.works.includes("step")) {
    for (const size of flags.sizes) results.step.push({ size, results: await stepStage(rows, size, plan) });
  }
  if (flags.works.includes("sample")) {
    for (const size of flags.sizes) results.sample.push(...(await sampleStage(rows, size, plan)));
  }
  if (flags.works.includes("grpo")) {
    for (const environment of environments) {
      results.grpo.push({ environment, results: await grpoStage(rows, environment, plan) });
    }
  }
  progress("");

  const text = report(
    {
      command: ["npm run bench -- train", ...args].join(" "),
      machine: `${os.cpus().length} × ${os.cpus()[0]?.model.trim() ?? "unknown processor"}`,
      date: new Date().toISOString().slice(0, 10),
      rounds: flags.rounds,
      present,
      absent: [...chosen.absent, ...absent],
    },
    results,
  );
  process.stdout.write(text);
  const file = flags.out ?? standardFile(flags);
  if (file !== undefined) writeFileSync(file, text);

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
