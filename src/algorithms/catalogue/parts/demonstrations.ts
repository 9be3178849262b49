/** Sampling with the environment's scripted policy beside the policy in training. */
import type { RolloutRequest } from "../../../rollout/rollout.js";
import type { Trajectory } from "../../../rollout/trajectory.js";
import type { SamplingContext, SamplingStrategy } from "../../algorithm.js";
import { actionsOf } from "../../sampling/branching.js";
import { byEpisode, byGroup, drawTasks, merged, requestsFor } from "../../sampling/tasks.js";

/**
 * Groups with one demonstration each: `groupSize` − 1 rollouts of the policy and one of the scripted policy when
 * `inGroup` (LUFFY: it is ranked among them), `groupSize` rollouts and one beside them otherwise (CHORD).
 */
export function withDemonstrations({ inGroup }: { inGroup: boolean }): SamplingStrategy {
  return {
    name: inGroup ? "groups with a demonstration" : "groups and demonstrations",
    async sample(context) {
      const tasks = drawTasks(context, context.prompts);
      const rollouts = inGroup ? context.groupSize - 1 : context.groupSize;
      const own = await context.rollout(requestsFor(tasks, rollouts));
      return merged([own, await demonstrated(context, requestsFor(tasks, 1))]);
    },
  };
}

/** Shares of a demonstration that are given away, one after the other (authors' code: 25, 50 and 75 %). */
const hintShares = [0.25, 0.5, 0.75];

/**
 * GHPO's difficulty-aware hints (Liu et al. 2025, arXiv 2507.10628; stages as in the authors' code,
 * src/ghpo/ghpo_trainer.py): a task that none of its rollouts solved is rolled out again with the first quarter of
 * a solution given, then with half, then with three quarters, until one of them solves it. Tasks that are solved
 * unaided stay as they are.
 *
 * The authors append the beginning of a written solution to the prompt; here the first actions of a successful
 * demonstration are replayed (their tokens have mask 0). Four demonstrations are tried; a task none of them solves
 * gets no hint, and neither does one whose solution is a single action.
 */
export function guidedHints(): SamplingStrategy {
  return {
    name: "guided hints",
    async sample(context) {
      const tasks = drawTasks(context, context.prompts);
      const batch = await context.rollout(requestsFor(tasks, context.groupSize));
      const groups = new Map(byGroup(batch).map((group) => [group[0]!.group, group]));
      let stuck = unsolved(groups);
      const solutions = await solutionsOf(
        context,
        stuck.map((group) => ({ seed: tasks[group]!, group })),
      );
      for (const share of hintShares) {
        const requests = stuck.flatMap((group) => {
          const prefix = beginning(solutions.get(group) ?? [], share);
          const request = { seed: tasks[group]!, group, prefix };
          return prefix.length === 0 ? [] : Array.from({ length: context.groupSize }, () => request);
        });
        if (requests.length === 0) continue;
        for (const group of byGroup(await context.rollout(requests))) groups.set(group[0]!.group, group);
        stuck = unsolved(groups);
      }
      return merged([...groups.values()].map(numbered));
    },
  };
}

function unsolved(groups: ReadonlyMap<number, readonly Trajectory[]>): number[] {
  return [...groups].filter(([, group]) => !solved(group)).map(([number]) => number);
}

/** That share of a solution's actions, but never its last. */
function beginning(actions: readonly string[], share: number): string[] {
  return actions.slice(0, Math.max(0, Math.min(actions.length - 1, Math.round(share * actions.length))));
}

/** The actions of a successful demonstration of each task, by group, where one of four succeeded. */
async function solutionsOf(
  context: SamplingContext,
  tasks: readonly RolloutRequest[],
): Promise<Map<number, string[]>> {
  if (tasks.length === 0) return new Map();
  const requests = tasks.flatMap((task) => [task, task, task, task]);
  const episodes = byEpisode(await demonstrated(context, requests)).filter(solved);
  return new Map(episodes.map((episode) => [episode[0]!.group, actionsOf(episode)]));
}

/** The group with its episodes counted from 0. */
function numbered(group: readonly Trajectory[]): Trajectory[] {
  return byEpisode(group).flatMap((contexts, episode) =>
    contexts.map((context) => ({ ...context, episode })),
  );
}

function solved(trajectories: readonly Trajectory[]): boolean {
  return trajectories.some(({ success }) => success);
}

async function demonstrated(
  context: SamplingContext,
  requests: readonly RolloutRequest[],
): Promise<Trajectory[]> {
  if (!context.demonstrations) {
    throw new TypeError(
      "This algorithm needs demonstrations; train in an environment with a scripted policy",
    );
  }
  return context.demonstrations(requests);
}
