import { episodesOf, zeros } from "../../advantages/episodes.js";
import { gae } from "../../advantages/gae.js";
import type { AdvantageEstimator } from "../../algorithm.js";
import { requireAtLeast } from "../../objectives/aggregate.js";

/**
 * VAPO's length-adaptive, decoupled GAE (Yue et al. 2025, arXiv 2504.05118; formula as in published summaries of
 * the paper): the advantages of an episode of l written tokens take
 *
 *     λ = 1 − 1/(α·l),    not below 0,
 *
 * so that short and long episodes spread a reward over comparable shares of their length; the value head's
 * targets take λ = 1, the return itself.
 *
 * @param gamma discount per turn, in [0, 1]. Default 1.
 * @param alpha above 0; the larger, the further a reward reaches back. Default 1 for episodes of tens of
 * tokens; the paper has 0.05 for thousands.
 */
export function lengthAdaptiveGae({ gamma = 1, alpha = 1 } = {}): AdvantageEstimator {
  requireAtLeast(alpha, Number.MIN_VALUE, "alpha");
  const targets = gae({ gamma, returnsLambda: 1 });
  return {
    name: "length-adaptive gae",
    needsValues: true,
    estimate(trajectories, state) {
      const advantages = zeros(trajectories);
      for (const { trajectories: contexts, rows } of episodesOf(trajectories)) {
        const length = contexts.reduce((sum, { mask }) => sum + mask.filter((bit) => bit).length, 0);
        const lambda = Math.max(0, 1 - 1 / (alpha * Math.max(1, length)));
        const own = gae({ gamma, lambda }).estimate(contexts, state);
        for (const [i, row] of rows.entries()) advantages[row] = own[i]!;
      }
      return advantages;
    },
    returns: (trajectories) => targets.returns!(trajectories),
  };
}
