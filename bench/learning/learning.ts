/**
 * `npm run learning`: every environment's default run and its baselines, over seeds, two processes at a time.
 * Writes bench/learning.jsonl (a line per run) and bench/learning.md (the table).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { environments } from "../../src/environments/registry.js";
import { packageRoot } from "../../kernel-extensions/package-root.js";
import type { Job, LearningResult } from "./job.js";
import { report } from "./report.js";
import { readResults, runJobs, writeResults } from "./runs.js";

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
  const failures = await runJobs(jobs, {
    processes: Number(values.processes),
    name: ({ environment, variant, seed }) => `${environment} (${variant}, seed ${seed})`,
    done(job, result) {
      const results = [...readResults(lines).filter((other) => !same(other, job)), result].sort(byName);
      writeResults(lines, results);
      writeFileSync(table, report(results));
    },
  });
  if (failures.length > 0) {
    process.stderr.write(`${failures.join("\n")}\n`);
    process.exitCode = 1;
  }
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
