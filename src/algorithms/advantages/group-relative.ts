import type { AdvantageEstimator } from "../algorithm.js";
import {
  allEqual,
  episodesOf,
  fillEpisode,
  groupsOf,
  mean,
  standardDeviation,
  zeros,
  type Episode,
} from "./episodes.js";

export interface GroupRelativeOptions {
  /**
   * What the difference to the group's mean is divided by:
   * "sample": the group's standard deviation with n − 1 (as verl and TRL compute it), "population": with n,
   * "batch": the sample standard deviation of all returns in the batch (LitePPO: the mean is the group's, the
   * scale the batch's), "none": nothing (Dr. GRPO: dividing would weigh too easy and too hard tasks more).
   * Default "sample".
   */
  std?: "sample" | "population" | "batch" | "none";
  /** Added to the standard deviation. Default 1e-6. */
  eps?: number;
  /** What an episode is worth; its return by default. Shaped rewards (length, process) go here. */
  score?: (episode: Episode, group: readonly Episode[]) => number;
}

/**
 * Group-relative advantage: A_i = (R_i − mean(R)) / (std(R) + eps) over the rollouts of one task.
 *
 * GRPO's outcome supervision (Shao et al. 2024, arXiv 2402.03300): the other rollouts of the task
 * stand in for a value function. A group is the episodes with the same `group` and `agent`. An episode counts
 * once, however many contexts it was written in, and all of its written tokens share its advantage.
 *
 * A group whose returns are all equal, also a group of one, has advantage 0: nothing is learned from it.
 *
 * @throws RangeError when a return or score is not finite, and when no group has more than one rollout.
 */
export function groupRelative(options: GroupRelativeOptions = {}): AdvantageEstimator {
  const { std = "sample", eps = 1e-6, score = ({ return: total }) => total } = options;
  return {
    name: std === "none" ? "group-relative without std" : `group-relative (${std} std)`,
    estimate(trajectories) {
      const advantages = zeros(trajectories);
      const groups = groupsOf(episodesOf(trajectories));
      if (groups.length > 1 && groups.every((group) => group.length === 1)) {
        throw new RangeError("group-relative: every group has one rollout; set groupSize to 2 or more");
      }
      const scores = groups.map((group) => group.map((episode) => finite(score(episode, group))));
      const batchStd = standardDeviation(scores.flat(), "sample");
      for (const [g, group] of groups.entries()) {
        const own = scores[g]!;
        // Their advantages are the zeros that are there.
        if (allEqual(own)) continue;
        const centre = mean(own);
        const divisor = scale(std, own, batchStd, eps);
        for (const [i, episode] of group.entries()) {
          fillEpisode(advantages, episode, (own[i]! - centre) / divisor);
        }
      }
      return advantages;
    },
  };
}

function scale(
  std: NonNullable<GroupRelativeOptions["std"]>,
  scores: readonly number[],
  batchStd: number,
  eps: number,
): number {
  if (std === "none") return 1;
  return (std === "batch" ? batchStd : standardDeviation(scores, std)) + eps;
}

function finite(score: number): number {
  if (!Number.isFinite(score)) throw new RangeError(`group-relative: a score is ${score}; it must be finite`);
  return score;
}
