import type { AdvantageEstimator } from "../algorithm.js";
import { episodesOf, fillTurn, mean, requireFraction, returnsToGo, turnRewards, zeros } from "./episodes.js";

const key = "advantages/moving-average";

/**
 * Return-to-go less a moving average b of the returns of earlier batches: A_k = G_k − b, then
 * b ← decay·b + (1 − decay)·(mean return of this batch).
 *
 * The baseline of REINFORCE (Williams 1992, "reinforcement comparison"): it does not depend on the action, so
 * it leaves the gradient's expectation and takes away the part of its variance that all tasks share. At the
 * first update, where nothing has been averaged yet, b is the mean of that batch.
 *
 * The mean is one over episodes and agents of the return at the first turn (discounted by `gamma`).
 *
 * @param gamma discount per turn, in [0, 1]. Default 1.
 * @param decay share of the old average that is kept, in [0, 1]. Default 0.9.
 */
export function movingAverageBaseline({
  gamma = 1,
  decay = 0.9,
}: { gamma?: number; decay?: number } = {}): AdvantageEstimator {
  requireFraction(gamma, "gamma");
  requireFraction(decay, "decay");
  return {
    name: "moving-average",
    estimate(trajectories, state) {
      const advantages = zeros(trajectories);
      const episodes = episodesOf(trajectories).filter(({ turns }) => turns.length > 0);
      if (episodes.length === 0) return advantages;
      const returns = episodes.map((episode) => returnsToGo(turnRewards(episode), gamma));
      const present = mean(returns.map(([first]) => first!));
      const baseline = (state[key] as number | undefined) ?? present;
      for (const [i, { turns }] of episodes.entries()) {
        for (const [k, turn] of turns.entries()) {
          fillTurn(advantages, trajectories, turn, returns[i]![k]! - baseline);
        }
      }
      state[key] = decay * baseline + (1 - decay) * present;
      return advantages;
    },
  };
}
