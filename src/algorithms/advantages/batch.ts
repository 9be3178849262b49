import type { AdvantageEstimator } from "../algorithm.js";
import { episodesOf, fillEpisode, mean, standardDeviation, zeros } from "./episodes.js";

/**
 * Batch baseline: every episode's return less the mean of all returns of the batch, whatever their task;
 * with `std` also divided by their standard deviation (population) + `eps`.
 *
 * Each agent of a game is compared with itself only: the returns of one seat say nothing about another's.
 *
 * @param std divide by the standard deviation. Default false.
 * @param eps added to the standard deviation. Default 1e-6.
 */
export function batchBaseline({ std = false, eps = 1e-6 } = {}): AdvantageEstimator {
  return {
    name: std ? "batch-normalised" : "batch-baseline",
    estimate(trajectories) {
      const advantages = zeros(trajectories);
      const episodes = episodesOf(trajectories);
      for (const agent of new Set(episodes.map((episode) => episode.agent))) {
        const own = episodes.filter((episode) => episode.agent === agent);
        const returns = own.map((episode) => episode.return);
        const baseline = mean(returns);
        const scale = std ? standardDeviation(returns, "population") + eps : 1;
        for (const episode of own) fillEpisode(advantages, episode, (episode.return - baseline) / scale);
      }
      return advantages;
    },
  };
}

/**
 * Whitening: another estimator's advantages shifted and scaled to mean 0 and standard deviation 1
 * (population, + `eps`) over all written tokens of the batch. PPO implementations do this to the advantages
 * of GAE ("The 37 implementation details of PPO", Huang et al. 2022; there per minibatch).
 *
 * A batch whose advantages are all equal becomes all zeros: there is nothing to tell its tokens apart.
 *
 * @param eps added to the standard deviation. Default 1e-8.
 */
export function whitened(inner: AdvantageEstimator, { eps = 1e-8 } = {}): AdvantageEstimator {
  return {
    ...inner,
    name: `whitened ${inner.name}`,
    estimate(trajectories, state) {
      const advantages = inner.estimate(trajectories, state);
      const written = advantages.flatMap((row, i) => [...row].filter((_, t) => trajectories[i]!.mask[t]));
      const centre = mean(written);
      const scale = standardDeviation(written, "population") + eps;
      return advantages.map((row, i) =>
        row.map((value, t) => (trajectories[i]!.mask[t] ? (value - centre) / scale : 0)),
      );
    },
  };
}
