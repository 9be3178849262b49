import type { Trajectory } from "../../rollout/trajectory.js";
import type { SamplingContext, SamplingStrategy } from "../algorithm.js";
import { byGroup, isInformative, requestsFor, requireCount, taskPool } from "./tasks.js";

const poolKey = "sampling/pre-rollout-filter/tasks";
const historyKey = "sampling/pre-rollout-filter/history";

/** How often in a row, up to now, all rollouts of a task were solved ("easy") or all alike ("hard"). */
type Streak = { kind: "easy" | "hard"; count: number } | undefined;

/** What is remembered: the streak of each task, and how readily tasks in one are explored. */
interface History {
  streaks: Record<string, NonNullable<Streak>>;
  explore: { easy: number; hard: number };
}

export interface PreRolloutFilterOptions {
  /** Size of the pool of tasks. Default 256. */
  tasks?: number;
  /** Exploration probability at the beginning, in (0, 1]. Default 0.5. */
  explore?: number;
  /** Share of uninformative groups in an update that is aimed at. Default 0.25. */
  target?: number;
}

/**
 * Pre-rollout filter (GRESO, Zheng et al. 2025, arXiv 2506.02177; rule and constants taken from the authors'
 * published code): tasks whose last z groups of rollouts were uninformative are skipped *before* they are
 * rolled out, with probability 1 − max(p^z, 0.01), since what taught nothing lately seldom teaches something
 * now.
 *
 * p is kept apart for tasks that were always solved (easy) and for those that never were (hard), and follows
 * a target: when more of an update's groups were easy than a third of `target` (hard: two thirds), p falls by
 * 0.01, else it rises by 0.01, within [0.05, 0.95].
 *
 * Tasks come from a pool of their own, so that they come again and have a history. When too few of the pool
 * pass, skipped ones fill up the update. The authors fill by rolling out further batches.
 */
export function preRolloutFilter(options: PreRolloutFilterOptions = {}): SamplingStrategy {
  const { tasks = 256, explore = 0.5, target = 0.25 } = options;
  requireCount(tasks, 1, "tasks");
  if (!(explore > 0 && explore <= 1)) throw new RangeError(`explore must be in (0, 1], not ${explore}`);
  if (!(target >= 0 && target <= 1)) throw new RangeError(`target must be from 0 to 1, not ${target}`);
  return {
    name: "pre-rollout filter",
    async sample(context) {
      const pool = taskPool(context, poolKey, tasks);
      const history = (context.state[historyKey] ??= {
        streaks: {},
        explore: { easy: explore, hard: explore },
      }) as History;
      const batch = await context.rollout(requestsFor(choose(context, pool, history), context.groupSize));
      remember(history, batch, target);
      return batch;
    },
  };
}

function choose({ random, prompts }: SamplingContext, pool: readonly number[], history: History): number[] {
  const passed: number[] = [];
  const skipped: number[] = [];
  for (const task of random.shuffle(pool)) {
    if (passed.length === prompts) break;
    const streak = history.streaks[task];
    const keep = streak ? Math.max(history.explore[streak.kind] ** streak.count, 0.01) : 1;
    (random.chance(keep) ? passed : skipped).push(task);
  }
  return [...passed, ...skipped].slice(0, prompts);
}

function remember({ streaks, explore }: History, batch: readonly Trajectory[], target: number): void {
  const groups = byGroup(batch);
  const seen = { easy: 0, hard: 0 };
  for (const group of groups) {
    const task = group[0]!.seed;
    if (isInformative(group)) {
      Reflect.deleteProperty(streaks, task);
      continue;
    }
    const kind = group.every(({ success }) => success) ? "easy" : "hard";
    const before = streaks[task];
    streaks[task] = { kind, count: before?.kind === kind ? before.count + 1 : 1 };
    seen[kind]++;
  }
  if (groups.length === 0) return;
  for (const [kind, share] of [
    ["easy", 1 / 3],
    ["hard", 2 / 3],
  ] as const) {
    const step = seen[kind] / groups.length >= target * share ? -0.01 : 0.01;
    explore[kind] = Math.min(0.95, Math.max(0.05, explore[kind] + step));
  }
}
