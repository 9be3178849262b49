import type { AdvantageEstimator } from "../algorithm.js";
import { episodesOf, fillTurn, requireFraction, returnsToGo, turnRewards, zeros } from "./episodes.js";

/**
 * Monte-Carlo return-to-go: the tokens of turn k are credited with G_k = Σ_{j ≥ k} γ^{j−k} r_j, what the
 * agent received from that turn on. No baseline is subtracted.
 *
 * The action cannot change what came before it, so leaving out earlier rewards keeps the gradient's
 * expectation and lowers its variance (Sutton & Barto, Reinforcement Learning, 2nd ed., on REINFORCE).
 *
 * @param gamma discount per turn, in [0, 1]. Default 1.
 * @throws RangeError for a discount outside [0, 1] and for rewards that are not finite.
 */
export function monteCarlo({ gamma = 1 }: { gamma?: number } = {}): AdvantageEstimator {
  requireFraction(gamma, "gamma");
  return {
    name: "monte-carlo",
    estimate(trajectories) {
      const advantages = zeros(trajectories);
      for (const episode of episodesOf(trajectories)) {
        const returns = returnsToGo(turnRewards(episode), gamma);
        for (const [k, turn] of episode.turns.entries()) {
          fillTurn(advantages, trajectories, turn, returns[k]!);
        }
      }
      return advantages;
    },
  };
}
