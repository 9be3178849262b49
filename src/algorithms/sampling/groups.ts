import type { SamplingStrategy } from "../algorithm.js";
import { drawTasks, requestsFor } from "./tasks.js";

/** Plain sampling: `prompts` new tasks, `groupSize` rollouts of each. */
export function groupSampling(): SamplingStrategy {
  return {
    name: "groups",
    sample: (context) => context.rollout(requestsFor(drawTasks(context, context.prompts), context.groupSize)),
  };
}
