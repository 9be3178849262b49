/** Tree-shaped rollouts: new ones begin in the middle of old ones, by replaying their first actions. */
import type { Random } from "../../random.js";
import type { RolloutRequest } from "../../rollout/rollout.js";
import type { Trajectory } from "../../rollout/trajectory.js";
import type { SamplingStrategy } from "../algorithm.js";
import { byEpisode, byGroup, drawTasks, merged, requestsFor, requireCount } from "./tasks.js";

export interface BranchingOptions {
  /** Rollouts of each task that start from its beginning; the rest of `groupSize` branch off. */
  roots?: number;
}

/**
 * Tree rollouts (after TreePO, Li et al. 2025, arXiv 2508.17445): each task begins with `roots` rollouts;
 * then every round lets rollouts of the task branch at a turn drawn uniformly from their second to their
 * last, until it has `groupSize`. A branch replays the actions before that turn and goes on with fresh
 * samples, so that siblings share a beginning and differ in what followed.
 *
 * The replayed part has mask 0: it is learned from only in the rollout that first wrote it. Simplified:
 * TreePO branches at segments of a fixed number of tokens, and its advantages compare within subtrees.
 *
 * @param roots default half of `groupSize`, rounded up.
 */
export function treeSampling({ roots }: BranchingOptions = {}): SamplingStrategy {
  return branchingSampling("tree", roots, (episode, random) => {
    const steps = actionsOf(episode).length;
    return steps < 2 ? 0 : random.between(1, steps - 1);
  });
}

export interface EntropyBranchingOptions extends BranchingOptions {
  /** Probability to branch at a turn that is no more uncertain than the first. Default 0.2. */
  base?: number;
  /** What a nat of additional uncertainty adds to it. Default 0.5. */
  weight?: number;
}

/**
 * Entropy-triggered branching (after ARPO, Dong et al. 2025, arXiv 2507.19849): agents are most uncertain
 * right after a tool has answered, so new rollouts branch off where a turn is more uncertain than the
 * episode's first one. Turns are visited from the second on and branched at with probability base + weight·ΔH
 * (within [0, 1]); where none is taken, the new rollout starts from the task's beginning.
 *
 * H of a turn is the mean entropy at the tokens written in it; for trajectories without entropies the mean
 * −log π, its one-sample estimate. Simplified: ARPO reads the entropy of the first tokens after each tool
 * call while sampling.
 *
 * @param roots default half of `groupSize`, rounded up.
 */
export function entropyBranching(options: EntropyBranchingOptions = {}): SamplingStrategy {
  const { roots, base = 0.2, weight = 0.5 } = options;
  if (!(base >= 0 && base <= 1)) throw new RangeError(`base must be from 0 to 1, not ${base}`);
  if (!(weight >= 0)) throw new RangeError(`weight must be at least 0, not ${weight}`);
  return branchingSampling("entropy branching", roots, (episode, random) => {
    const [first, ...later] = writtenTurns(episode);
    for (const turn of later) {
      if (random.chance(base + weight * (turn.surprise - first!.surprise))) return turn.step;
    }
    return 0;
  });
}

/**
 * @param branchAt from which step of an episode a new rollout goes on; 0 from its beginning.
 */
function branchingSampling(
  name: string,
  roots: number | undefined,
  branchAt: (episode: readonly Trajectory[], random: Random) => number,
): SamplingStrategy {
  if (roots !== undefined) requireCount(roots, 1, "roots");
  return {
    name,
    async sample(context) {
      const { groupSize, prompts, random } = context;
      const first = Math.min(roots ?? Math.ceil(groupSize / 2), groupSize);
      let all = await context.rollout(requestsFor(drawTasks(context, prompts), first));
      for (let size = first; size < groupSize;) {
        const added = Math.min(size, groupSize - size);
        const requests = byGroup(all).flatMap((group) =>
          random.sample(byEpisode(group), added).map((parent) => branch(parent, branchAt(parent, random))),
        );
        all = merged([all, await context.rollout(requests)]);
        size += added;
      }
      return all;
    },
  };
}

/** The request for a rollout that replays an episode's first `step` actions. */
export function branch(episode: readonly Trajectory[], step: number): RolloutRequest {
  const { seed, group } = episode[0]!;
  return { seed, group, prefix: actionsOf(episode).slice(0, step) };
}

/**
 * The actions of an episode in the order they were played, by whichever agent and in whichever context.
 *
 * @throws TypeError when one is missing: replaying would then end up elsewhere.
 */
export function actionsOf(episode: readonly Trajectory[]): string[] {
  const turns = episode.flatMap((trajectory) => trajectory.turns).sort((a, b) => a.step - b.step);
  return turns.map(({ action, step }, i) => {
    if (step !== i) throw new TypeError(`Episode ${episode[0]!.episode} lacks the action of step ${i}`);
    return action;
  });
}

/** The turns the policy wrote itself, with the mean entropy at their tokens (or its estimate, −log π). */
function writtenTurns(episode: readonly Trajectory[]): { step: number; surprise: number }[] {
  return episode
    .flatMap(({ turns, mask, logProbs, entropies }) =>
      turns
        .filter(({ start }) => mask[start])
        .map(({ step, start, end }) => {
          let surprise = 0;
          for (let t = start; t < end; t++) surprise += entropies?.[t] ?? -logProbs[t]!;
          return { step, surprise: surprise / (end - start) };
        }),
    )
    .sort((a, b) => a.step - b.step);
}
