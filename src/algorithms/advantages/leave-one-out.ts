import type { AdvantageEstimator } from "../algorithm.js";
import { allEqual, episodesOf, fillEpisode, groupsOf, sum, zeros } from "./episodes.js";

/**
 * Leave-one-out: each rollout's return less the mean return of the *other* k − 1 rollouts of its task,
 *
 *     A_i = R_i − 1/(k − 1) · Σ_{j ≠ i} R_j  =  k/(k − 1) · (R_i − mean(R)).
 *
 * RLOO (Ahmadian et al. 2024, arXiv 2402.14740; the estimator is Kool et al. 2019): since a rollout is not in
 * its own baseline, the gradient is unbiased. Episodes and groups are counted as in {@link groupRelative}.
 *
 * @throws RangeError for a group of one: there is nothing to compare it with.
 */
export function leaveOneOut(): AdvantageEstimator {
  return {
    name: "leave-one-out",
    estimate(trajectories) {
      const advantages = zeros(trajectories);
      for (const group of groupsOf(episodesOf(trajectories))) {
        if (group.length < 2) {
          throw new RangeError(
            `leave-one-out: group ${group[0]!.group} has one rollout; set groupSize to 2 or more`,
          );
        }
        const returns = group.map((episode) => episode.return);
        if (allEqual(returns)) continue;
        const total = sum(returns);
        for (const episode of group) {
          const others = (total - episode.return) / (group.length - 1);
          fillEpisode(advantages, episode, episode.return - others);
        }
      }
      return advantages;
    },
  };
}
