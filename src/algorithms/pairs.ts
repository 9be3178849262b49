/** Preference pairs out of ranked rollouts: for objectives that learn from "this was better than that". */
import { episodesOf, groupsOf, type Episode } from "./advantages/episodes.js";
import type { PairSelector } from "./algorithm.js";

/**
 * One pair from each group whose returns differ: its best rollout against its worst. Of equal returns the
 * first is taken.
 *
 * Where an episode was written in several contexts, the n-th of the one is paired with the n-th of the other:
 * only the first two have the same prompt for certain, the later ones stand for what the episode led to.
 *
 * @param atLeast smallest difference of returns for a pair; above 0 by default, however little.
 */
export function bestVersusWorst({ atLeast = 0 } = {}): PairSelector {
  return (trajectories) =>
    groupsOf(episodesOf(trajectories)).flatMap((group) => {
      const best = group.reduce((a, b) => (b.return > a.return ? b : a));
      const worst = group.reduce((a, b) => (b.return < a.return ? b : a));
      const difference = best.return - worst.return;
      return difference > 0 && difference >= atLeast ? contextPairs(best, worst) : [];
    });
}

/**
 * One pair from each group with successful rollouts of different lengths: the shortest successful one is
 * preferred to the longest successful one, so that the policy learns to be brief where it already succeeds
 * (the pairs of LCPO, Hong et al. 2025, arXiv 2508.10164, after a published summary). Length is counted in
 * written tokens.
 */
export function shortestVersusLongest(): PairSelector {
  return (trajectories) =>
    groupsOf(episodesOf(trajectories)).flatMap((group) => {
      const solved = group
        .filter(({ success }) => success)
        .map((episode) => ({ episode, length: writtenTokens(episode) }))
        .sort((a, b) => a.length - b.length);
      const shortest = solved[0];
      const longest = solved.at(-1);
      if (!shortest || !longest || shortest.length === longest.length) return [];
      return contextPairs(shortest.episode, longest.episode);
    });
}

function contextPairs(chosen: Episode, rejected: Episode): { chosen: number; rejected: number }[] {
  const count = Math.min(chosen.rows.length, rejected.rows.length);
  return Array.from({ length: count }, (_, i) => ({ chosen: chosen.rows[i]!, rejected: rejected.rows[i]! }));
}

function writtenTokens({ trajectories }: Episode): number {
  return trajectories.reduce((total, { mask }) => total + mask.reduce((sum, bit) => sum + bit, 0), 0);
}
