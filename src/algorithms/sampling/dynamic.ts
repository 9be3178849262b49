import type { Trajectory } from "../../rollout/trajectory.js";
import type { SamplingStrategy } from "../algorithm.js";
import { byGroup, drawTasks, isInformative, merged, requestsFor, requireCount } from "./tasks.js";

/**
 * Dynamic sampling (DAPO, Yu et al. 2025, arXiv 2503.14476): groups whose rollouts all have the same return
 * have advantage 0 and teach nothing, so they are dropped, and new tasks are rolled out in their place until
 * `prompts` groups are left.
 *
 * After `maxRounds` calls of `rollout` the update goes on with what there is: fewer groups, or none at all
 * (an empty batch) when every task is always solved or never.
 *
 * @param maxRounds default 4.
 */
export function dynamicSampling({ maxRounds = 4 } = {}): SamplingStrategy {
  requireCount(maxRounds, 1, "maxRounds");
  return {
    name: "dynamic",
    async sample(context) {
      const kept: Trajectory[][] = [];
      let tried = 0;
      let missing = context.prompts;
      for (let round = 0; round < maxRounds && missing > 0; round++) {
        const tasks = drawTasks(context, missing);
        const batch = await context.rollout(requestsFor(tasks, context.groupSize, tried));
        const informative = byGroup(batch).filter(isInformative);
        kept.push(informative.flat());
        tried += tasks.length;
        missing -= informative.length;
      }
      return merged(kept);
    },
  };
}
