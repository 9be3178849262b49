/**
 * `npm run bench -- preliminaries`: the runs over seeds that lesson 2 reads, a line each in
 * bench/lessons/preliminaries.jsonl. One training at a time; what is there already is not run again.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../../kernel-extensions/package-root.js";
import type { Algorithm, SamplingStrategy } from "../../src/algorithms/algorithm.js";
import { groupRelative } from "../../src/algorithms/advantages/group-relative.js";
import { grpo } from "../../src/algorithms/grpo.js";
import { rloo } from "../../src/algorithms/rloo.js";
import { groupSampling } from "../../src/algorithms/sampling/groups.js";
import { isThere } from "./challenges.js";
import { run } from "./challenges/run.js";
import type { Setting } from "./challenges/settings.js";

const environment = "weather";
const command = "npm run bench -- preliminaries";

export async function benchPreliminaries(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { seeds: { type: "string", default: "1,2,3,4,5,6,7,8,9,10" } },
  });
  const path = join(packageRoot(), "bench", "lessons", "preliminaries.jsonl");
  for (const seed of values.seeds.split(",").map(Number)) {
    for (const setting of preliminaries) {
      const { variant } = setting;
      if (isThere(path, { environment, variant, seed })) continue;
      const line = await run(setting, seed, command);
      appendFileSync(path, `${JSON.stringify(line)}\n`);
      process.stderr.write(`${variant}, seed ${seed}: ${line.after.success.toFixed(3)}\n`);
    }
  }
}

/** The algorithms lesson 2 builds, each with its defaults, and one that learns from what it did not write. */
export const preliminaries: readonly Setting[] = [
  ...["reinforce", "rloo", "ppo", "dpo", "grpo"].map((name): Setting => {
    const stages = [{ algorithm: name }];
    return { environment, variant: name, stages, ...(name === "ppo" && { valueHead: true }) };
  }),
  {
    ...{ environment, variant: "grpo without std" },
    stages: [
      { algorithm: { ...grpo(), name: "grpo-without-std", advantage: groupRelative({ std: "none" }) } },
    ],
  },
  { environment, variant: "rloo, mask off", stages: [{ algorithm: maskOff(rloo()) }] },
];

/** The same algorithm, learning from every token after the prompt: the tool's too. */
function maskOff(algorithm: Algorithm): Algorithm {
  const sampling: SamplingStrategy = {
    name: "groups, mask off",
    sample: async (context) =>
      (await groupSampling().sample(context)).map((trajectory) => {
        const first = trajectory.mask.indexOf(1);
        return { ...trajectory, mask: trajectory.mask.map((_, i) => (i >= first ? 1 : 0)) };
      }),
  };
  return { ...algorithm, name: `${algorithm.name}-mask-off`, sampling };
}
