import type { AdvantageEstimator } from "../algorithm.js";
import { episodesOf, fillTurn, requireFraction, turnRewards, zeros } from "./episodes.js";

/**
 * Advantage from Monte-Carlo values, one per turn (VinePPO, Kazemnejad et al. 2024, arXiv 2410.01679):
 *
 *     A_k = r_k + γ·V̂(s_{k+1}) − V̂(s_k)
 *
 * where V̂(s_k), `value` of turn k, is the mean return-to-go of extra rollouts started from that state (the
 * sampling strategy `monteCarloValues` makes them). It is unbiased, unlike a value head's, and costs only
 * samples. The state after the last turn has value 0, also when the horizon cut the episode off: no rollout
 * starts there.
 *
 * The paper's steps are the reasoning steps of one answer; here they are the turns of an episode.
 *
 * @param gamma discount per turn, in [0, 1]; the extra rollouts' returns must be discounted by the same.
 * Default 1.
 * @throws TypeError for a written turn without a value.
 */
export function vineAdvantage({ gamma = 1 }: { gamma?: number } = {}): AdvantageEstimator {
  requireFraction(gamma, "gamma");
  return {
    name: "monte-carlo-value",
    estimate(trajectories) {
      const advantages = zeros(trajectories);
      for (const episode of episodesOf(trajectories)) {
        const rewards = turnRewards(episode);
        for (const [k, turn] of episode.turns.entries()) {
          const next = episode.turns[k + 1];
          const value = turn.value;
          if (value === undefined || (next && next.value === undefined)) {
            throw new TypeError(
              `vineAdvantage: step ${turn.step} has no value; sample with the strategy monteCarloValues`,
            );
          }
          const nextValue = next ? next.value! : 0;
          fillTurn(advantages, trajectories, turn, rewards[k]! + gamma * nextValue - value);
        }
      }
      return advantages;
    },
  };
}
