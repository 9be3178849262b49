/**
 * `npm run bench -- applications`: the runs over seeds that lesson 4 reads, a line each in
 * bench/lessons/applications.jsonl: the same tasks under different rewards. One training at a time; what is there
 * already is not run again.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../../kernel-extensions/package-root.js";
import { turnLevel } from "../../src/algorithms/advantages/turn-level.js";
import { grpo } from "../../src/algorithms/grpo.js";
import type { RewardedStep } from "../../src/environments/with-reward.js";
import { isThere } from "./challenges.js";
import { run } from "./challenges/run.js";
import type { Setting } from "./challenges/settings.js";

const command = "npm run bench -- applications";

export async function benchApplications(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { seeds: { type: "string", default: "1,2,3" } } });
  const path = join(packageRoot(), "bench", "lessons", "applications.jsonl");
  for (const setting of applications) {
    for (const seed of values.seeds.split(",").map(Number)) {
      const { environment, variant } = setting;
      if (isThere(path, { environment, variant, seed })) continue;
      const line = await run(setting, seed, command);
      appendFileSync(path, `${JSON.stringify(line)}\n`);
      const { before, after } = line;
      process.stderr.write(
        `${environment}, ${variant}, seed ${seed}: ${before.success.toFixed(3)} → ${after.success.toFixed(3)}\n`,
      );
    }
  }
}

/** The share of the form's fields that are right. */
const filled = ({ filled }: RewardedStep["after"]) => Number(filled);

const outcome = ({ reward }: RewardedStep) => reward;

/** Half a point for what is right in the form, paid when it gets there and taken back when it goes. */
const progress = ({ before, after, reward }: RewardedStep) => reward + (filled(after) - filled(before)) / 2;

/** The same for as long as the episode lasts: with its end all that was paid on the way is taken back. */
const potential = ({ before, after, reward, terminated, truncated }: RewardedStep) =>
  reward + (terminated || truncated ? 0 : filled(after)) - filled(before);

/** What is right when the episode ends by the task's rules: that need not be by sending the form. */
const gradedAtEnd = ({ after, terminated }: RewardedStep) => (terminated ? filled(after) : 0);

/** What is right in a form that is sent. */
const gradedWhenSent = ({ after, terminated }: RewardedStep) =>
  terminated && after["bad_format"] !== true ? filled(after) : 0;

/** A proof's outcome, and a tenth off for a law that applies nowhere. */
const checked = ({ before, after, reward }: RewardedStep) =>
  reward - (Number(after["refused"]) - Number(before["refused"])) / 10;

const byTurns: Setting["stages"] = [
  { algorithm: { ...grpo(), name: "grpo-turn-level", advantage: turnLevel() } },
];

export const applications: readonly Setting[] = [
  ...(
    [
      ["outcome", outcome],
      ["progress", progress],
      ["potential", potential],
      ["potential, credit by turns", potential, byTurns],
      ["graded at the end", gradedAtEnd],
      ["graded when sent", gradedWhenSent],
    ] as const
  ).map(([variant, reward, stages = [{}]]): Setting => ({ environment: "form", variant, reward, stages })),
  ...(
    [
      ["outcome", outcome],
      ["checked steps", checked],
    ] as const
  ).map(([variant, reward]): Setting => {
    const stages = [{ algorithm: "grpo", algorithmOptions: { entropy: 0.003 } }];
    return { environment: "proof", variant, reward, stages };
  }),
];
