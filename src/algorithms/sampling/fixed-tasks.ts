import type { SamplingStrategy } from "../algorithm.js";
import { requestsFor, requireCount } from "./tasks.js";

/**
 * Trains on the same `tasks` tasks over and over, as on a data set of that size, where {@link groupSampling} draws
 * new ones without end: what a policy learns from few tasks can be compared with what it does on others.
 *
 * The tasks are drawn from the training seeds at the first update and kept in the state. An update takes as many as
 * it asks for, each pass over the set in a new random order; where the set is smaller than an update a task comes
 * several times, each time as a group of its own.
 *
 * @param tasks at least 1.
 */
export function fixedTasks(tasks: number): SamplingStrategy {
  requireCount(tasks, 1, "tasks");
  return {
    name: `${tasks} fixed tasks`,
    sample(context) {
      const { state, random, prompts, groupSize } = context;
      const set = (state["fixedTasks"] ??= Array.from({ length: tasks }, () =>
        context.nextSeed(),
      )) as number[];
      let left = (state["fixedTasksLeft"] ?? []) as number[];
      while (left.length < prompts) left = [...left, ...random.shuffle(set)];
      state["fixedTasksLeft"] = left.slice(prompts);
      return context.rollout(requestsFor(left.slice(0, prompts), groupSize));
    },
  };
}
