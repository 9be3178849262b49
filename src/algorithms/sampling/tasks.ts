/** What the sampling strategies share: requests for tasks, merged batches, groups worth learning from. */
import type { RolloutRequest } from "../../rollout/rollout.js";
import type { Trajectory } from "../../rollout/trajectory.js";
import { episodesOf, groupsOf } from "../advantages/episodes.js";
import type { SamplingContext } from "../algorithm.js";

/** `count` new task seeds. */
export function drawTasks(context: SamplingContext, count: number): number[] {
  return Array.from({ length: count }, () => context.nextSeed());
}

/** `each` rollouts of every task, from its beginning; task i is group `firstGroup` + i. */
export function requestsFor(tasks: readonly number[], each: number, firstGroup = 0): RolloutRequest[] {
  return tasks.flatMap((seed, i) => Array.from({ length: each }, () => ({ seed, group: firstGroup + i })));
}

/** Batches of several calls to `rollout` as one: their episodes are numbered on, groups stay as they are. */
export function merged(batches: readonly (readonly Trajectory[])[]): Trajectory[] {
  const all: Trajectory[] = [];
  let first = 0;
  for (const batch of batches) {
    let last = -1;
    for (const trajectory of batch) {
      all.push(first === 0 ? trajectory : { ...trajectory, episode: first + trajectory.episode });
      last = Math.max(last, trajectory.episode);
    }
    first += last + 1;
  }
  return all;
}

/** The trajectories by group, in the order of the groups' first trajectories. */
export function byGroup(trajectories: readonly Trajectory[]): Trajectory[][] {
  return partition(trajectories, ({ group }) => group);
}

/** The trajectories by episode, all agents and contexts together. */
export function byEpisode(trajectories: readonly Trajectory[]): Trajectory[][] {
  return partition(trajectories, ({ episode }) => episode);
}

/**
 * Whether a group-relative advantage can learn from the group: for at least one agent, its rollouts' returns
 * are not all equal.
 */
export function isInformative(group: readonly Trajectory[]): boolean {
  return groupsOf(episodesOf(group)).some((episodes) =>
    episodes.some((episode) => episode.return !== episodes[0]!.return),
  );
}

/**
 * A fixed pool of task seeds, drawn at its first use and kept in the state: strategies that go by a task's
 * history need tasks that come again.
 */
export function taskPool(context: SamplingContext, key: string, size: number): number[] {
  if (size < context.prompts) {
    throw new RangeError(`tasks must be at least the ${context.prompts} prompts of an update, not ${size}`);
  }
  const known = context.state[key] as number[] | undefined;
  if (known) return known;
  const pool = new Set<number>();
  // A small environment may have fewer seeds than that: then the pool is smaller.
  for (let draws = 0; pool.size < size && draws < 20 * size; draws++) pool.add(context.nextSeed());
  context.state[key] = [...pool];
  return [...pool];
}

/** Throws a RangeError that names the option unless the value is a whole number of at least `least`. */
export function requireCount(value: number, least: number, name: string): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new RangeError(`${name} must be a whole number of at least ${least}, not ${value}`);
  }
}

function partition(
  trajectories: readonly Trajectory[],
  key: (trajectory: Trajectory) => number,
): Trajectory[][] {
  const parts = new Map<number, Trajectory[]>();
  for (const trajectory of trajectories) {
    const known = parts.get(key(trajectory));
    if (known) known.push(trajectory);
    else parts.set(key(trajectory), [trajectory]);
  }
  return [...parts.values()];
}
