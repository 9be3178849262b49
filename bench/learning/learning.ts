/**
 * `npm run learning`: every environment's default run and its baselines, over seeds, two processes at a time.
 * Writes bench/learning.jsonl (a line per run) and bench/learning.md (the table).
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { environments } from "../../src/environments/registry.js";
import { packageRoot } from "../../kernel-extensions/package-root.js";
import type { Job, LearningResult } from "./job.js";
import { report } from "./report.js";

const usage = `usage: npm run learning [-- --only weather,nim] [--seeds 1,2,3] [--no-baselines] [--episodes 512] [--processes 2]

Runs what is asked for, replaces its lines in bench/learning.jsonl, and writes the table bench/learning.md anew.
`;

export async function learning(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      seeds: { type: "string", default: "1,2,3" },
      "no-baselines": { type: "boolean", default: false },
      "baselines-only": { type: "boolean", default: false },
      episodes: { type: "string", default: "512" },
      processes: { type: "string", default: "2" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const only = values.only?.split(",");
  const jobs: Job[] = [];
  for (const { id, baselines } of environments()) {
    if (only !== undefined && !only.includes(id)) continue;
    const variants = [
      ...(values["baselines-only"] ? [] : ["default"]),
      ...(values["no-baselines"] ? [] : baselines.map(({ name }) => name)),
    ];
    for (const variant of variants) {
      for (const seed of values.seeds.split(",").map(Number)) {
        jobs.push({ environment: id, variant, seed, episodes: Number(values.episodes) });
      }
    }
  }
  const lines = join(packageRoot(), "bench", "learning.jsonl");
  const table = join(packageRoot(), "bench", "learning.md");
  const queue = [...jobs];
  const failures: string[] = [];
  await Promise.all(
    Array.from({ length: Number(values.processes) }, async () => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        try {
          const result = await runInProcess(job);
          const { before, after, seconds } = result;
          process.stderr.write(
            `${job.environment} (${job.variant}, seed ${job.seed}): ${before.success.toFixed(2)} → ` +
              `${after.success.toFixed(2)} in ${seconds.toFixed(0)} s; ${queue.length} to go\n`,
          );
          const results = [...read(lines).filter((other) => !same(other, job)), result].sort(byName);
          writeFileSync(lines, results.map((each) => `${JSON.stringify(each)}\n`).join(""));
          writeFileSync(table, report(results));
        } catch (error) {
          failures.push(`${job.environment} (${job.variant}, seed ${job.seed}): ${(error as Error).message}`);
        }
      }
    }),
  );
  if (failures.length > 0) {
    process.stderr.write(`${failures.join("\n")}\n`);
    process.exitCode = 1;
  }
}

async function runInProcess(job: Job): Promise<LearningResult> {
  const worker = fileURLToPath(new URL("./worker.js", import.meta.url));
  const child = spawn(process.execPath, [worker, JSON.stringify(job)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`the run ended with exit code ${code}`);
  return JSON.parse(output.trimEnd().split("\n").at(-1)!) as LearningResult;
}

function read(path: string): LearningResult[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as LearningResult);
}

function same(a: Job, b: Job): boolean {
  return a.environment === b.environment && a.variant === b.variant && a.seed === b.seed;
}

/** By environment in the registry's order, the default first, then by seed. */
function byName(a: LearningResult, b: LearningResult): number {
  const ids = environments().map(({ id }) => id);
  const variant = (each: LearningResult) => (each.variant === "default" ? "" : each.variant);
  return (
    ids.indexOf(a.environment) - ids.indexOf(b.environment) ||
    variant(a).localeCompare(variant(b)) ||
    a.seed - b.seed
  );
}
