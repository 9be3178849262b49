/**
 * `npm run bench -- challenges`: the runs over seeds that lesson 6 reads, a line each in
 * bench/lessons/challenges/NAME.jsonl. One training at a time; what is there already is not run again.
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../../kernel-extensions/package-root.js";
import { run } from "./challenges/run.js";
import { experiments } from "./challenges/settings.js";

const usage = `usage: npm run bench -- challenges [--only entropy,scaling] [--seeds 1,2,3]

Experiments: ${Object.keys(experiments).join(", ")}. Runs that are in bench/lessons/challenges/ are kept: delete a
file, or lines of it, to run them again.
`;

export async function benchChallenges(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", default: Object.keys(experiments).join() },
      seeds: { type: "string", default: "1,2,3" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  for (const name of values.only.split(",")) {
    const settings = experiments[name];
    if (settings === undefined) throw new RangeError(`there is no experiment "${name}"\n${usage}`);
    const path = join(packageRoot(), "bench", "lessons", "challenges", `${name}.jsonl`);
    for (const setting of settings) {
      for (const seed of values.seeds.split(",").map(Number)) {
        const { environment, variant } = setting;
        if (isThere(path, { environment, variant, seed })) continue;
        const line = await run(setting, seed, `npm run bench -- challenges --only ${name}`);
        appendFileSync(path, `${JSON.stringify(line)}\n`);
        const { before, after, seconds } = line;
        process.stderr.write(
          `${name}: ${environment}, ${variant}, seed ${seed}: ` +
            `${before.success.toFixed(2)} → ${after.success.toFixed(2)} in ${seconds.toFixed(0)} s\n`,
        );
      }
    }
  }
}

export interface Run {
  environment: string;
  variant: string;
  seed: number;
}

export function isThere(path: string, run: Run): boolean {
  if (!existsSync(path)) return false;
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.some((line) => {
    if (line === "") return false;
    const there = JSON.parse(line) as Run;
    return there.environment === run.environment && there.variant === run.variant && there.seed === run.seed;
  });
}
