/**
 * `npm run bench -- engines`: every environment's default run on each engine of the CPU.
 * Writes bench/engines.jsonl (a line per run) and bench/engines.md (the table).
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../../kernel-extensions/package-root.js";
import { environments } from "../../src/environments/registry.js";
import type { Job, LearningResult } from "../learning/job.js";
import { readResults, runJobs, writeResults } from "../learning/runs.js";
import { engines, report, type EngineName } from "./report.js";

const usage = `usage: npm run bench -- engines [--only weather,nim] [--engines native,wasm] [--seeds 1] [--episodes 512]
         [--processes 2]

Runs what is asked for, replaces its lines in bench/engines.jsonl, and writes the table bench/engines.md anew.
With more than one process at a time, each computes with one thread.
`;

interface EngineJob extends Job {
  engine: EngineName;
}

export async function benchEngines(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string" },
      engines: { type: "string", default: engines.join() },
      seeds: { type: "string", default: "1" },
      episodes: { type: "string", default: "512" },
      processes: { type: "string", default: "2" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const ids = environments().map(({ id }) => id);
  const wanted = chosen("--only", values.only ?? ids.join(), ids);
  const on = chosen("--engines", values.engines, engines);
  const seeds = values.seeds.split(",").map(Number);
  const jobs: EngineJob[] = wanted.flatMap((environment) =>
    seeds.flatMap((seed) =>
      on.map((engine) => ({
        ...{ environment, variant: "default", seed, episodes: Number(values.episodes), engine },
      })),
    ),
  );
  const processes = Number(values.processes);
  const lines = join(packageRoot(), "bench", "engines.jsonl");
  const failures = await runJobs(jobs, {
    processes,
    environment: ({ engine }) => ({ ARL_ENGINE: engine, ...(processes > 1 ? { ARL_THREADS: "1" } : {}) }),
    name: ({ environment, engine, seed }) => `${environment} on ${engine} (seed ${seed})`,
    done(job, result) {
      const others = readResults(lines).filter((other) => !same(other, job));
      const results = [...others, result].sort(
        (a, b) =>
          ids.indexOf(a.environment) - ids.indexOf(b.environment) ||
          engines.indexOf(a.engine as EngineName) - engines.indexOf(b.engine as EngineName) ||
          a.seed - b.seed,
      );
      writeResults(lines, results);
      writeFileSync(join(packageRoot(), "bench", "engines.md"), report(results, processes));
    },
  });
  if (failures.length > 0) {
    process.stderr.write(`${failures.join("\n")}\n`);
    process.exitCode = 1;
  }
}

/** @throws RangeError that names the flag and what it takes. */
function chosen<Name extends string>(flag: string, text: string, known: readonly Name[]): Name[] {
  const names = text.split(",");
  const strange = names.find((name) => !known.includes(name as Name));
  if (strange !== undefined) throw new RangeError(`${flag} takes ${known.join(", ")}; got "${strange}"`);
  return known.filter((name) => names.includes(name));
}

function same(a: LearningResult, b: EngineJob): boolean {
  return a.environment === b.environment && a.engine === b.engine && a.seed === b.seed;
}
