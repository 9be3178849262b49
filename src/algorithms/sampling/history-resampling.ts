import type { SamplingStrategy } from "../algorithm.js";
import { byGroup, drawTasks, requestsFor, requireCount, taskPool } from "./tasks.js";

const poolKey = "sampling/history-resampling/tasks";
const epochKey = "sampling/history-resampling/epoch";

/** An epoch's progress: tasks still to come, and tasks dropped for the next one. */
interface Epoch {
  waiting: number[];
  dropped: number[];
}

/**
 * History resampling (SRPO, Zhang et al. 2025, arXiv 2504.14286; after its abstract and a published summary):
 * training goes through a pool of tasks epoch by epoch; at an epoch's end the tasks that all rollouts solved
 * are dropped as too easy, while tasks with mixed outcomes and those that nothing solved yet stay.
 *
 * Here every dropped task is replaced by a new one, so that the pool keeps its size: the paper's pool
 * shrinks.
 *
 * @param tasks size of the pool. Default 256.
 */
export function historyResampling({ tasks = 256 } = {}): SamplingStrategy {
  requireCount(tasks, 1, "tasks");
  return {
    name: "history resampling",
    async sample(context) {
      const { state, random, prompts, groupSize } = context;
      let pool = taskPool(context, poolKey, tasks);
      const epoch = (state[epochKey] ??= { waiting: random.shuffle(pool), dropped: [] }) as Epoch;
      if (epoch.waiting.length === 0) {
        const easy = new Set(epoch.dropped);
        const staying = pool.filter((task) => !easy.has(task));
        pool = [...staying, ...drawTasks(context, pool.length - staying.length)];
        state[poolKey] = pool;
        epoch.waiting = random.shuffle(pool);
        epoch.dropped = [];
      }
      const batch = await context.rollout(requestsFor(epoch.waiting.splice(0, prompts), groupSize));
      for (const group of byGroup(batch)) {
        if (group.every(({ success }) => success)) epoch.dropped.push(group[0]!.seed);
      }
      return batch;
    },
  };
}
