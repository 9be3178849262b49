/**
 * `npm run bench -- capabilities`: the runs over seeds that lesson 3 reads, a line each in
 * bench/lessons/capabilities.jsonl. One training at a time; what is there already is not run again.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../../kernel-extensions/package-root.js";
import { groupRelative } from "../../src/algorithms/advantages/group-relative.js";
import { grpo } from "../../src/algorithms/grpo.js";
import { isThere } from "./challenges.js";
import { run } from "./challenges/run.js";
import type { Setting } from "./challenges/settings.js";

const command = "npm run bench -- capabilities";

export async function benchCapabilities(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { seeds: { type: "string", default: "1,2,3" } } });
  const path = join(packageRoot(), "bench", "lessons", "capabilities.jsonl");
  for (const setting of capabilitySettings) {
    for (const seed of values.seeds.split(",").map(Number)) {
      const { environment, variant } = setting;
      if (isThere(path, { environment, variant, seed })) continue;
      const line = await run(setting, seed, command);
      appendFileSync(path, `${JSON.stringify(line)}\n`);
      process.stderr.write(`${environment}, ${variant}, seed ${seed}: ${line.after.success.toFixed(3)}\n`);
    }
  }
}

/** GRPO as it is, and with advantages that are not divided by the group's standard deviation. */
const algorithms = {
  grpo: grpo(),
  "grpo without std": { ...grpo(), advantage: groupRelative({ std: "none" }) },
};

export const capabilitySettings: readonly Setting[] = [
  // Is the tool kept at this price?
  ...Object.entries(algorithms).flatMap(([name, algorithm]) =>
    [0, 0.02, 0.05, 0.1, 0.2, 0.4].map((callCost): Setting => {
      const stages = [{ algorithm, updates: 60, environmentOptions: { callCost } }];
      return { environment: "weather", variant: `${name}, a call costs ${callCost}`, stages };
    }),
  ),
  // Is it a plan, or a table of the pairs that were trained on?
  {
    environment: "number-line",
    variant: "pairs held out",
    stages: [{ environmentOptions: { heldOut: true } }],
    evaluation: { heldOut: true },
  },
];
