import { episodesOf, fillEpisode, groupsOf, zeros } from "../../advantages/episodes.js";
import type { AdvantageEstimator } from "../../algorithm.js";

/**
 * The advantage of Pass@k training, in closed form (Chen et al. 2025, arXiv 2508.10751; formula as in the README
 * and code/passk_adv.py of the authors' repository RUCAIBox/Passk_Training). Of a group's n rollouts, m failed;
 * k of them drawn together count as one attempt, which succeeds when any of them does:
 *
 *     R̄ = 1 − C(m, k)/C(n, k)        σ = √(R̄·(1 − R̄))
 *     A⁺ = (1 − R̄)/(σ + ε)           A⁻ = (1 − R̄ − C(m − 1, k − 1)/C(n − 1, k − 1))/(σ + ε)
 *
 * A group with fewer than k failures has nothing to learn: pass@k is certain. With k = 1 this is the
 * group-relative advantage of a success of 1 or 0 (population standard deviation).
 *
 * @param k at least 1; a smaller group takes its own size. Default 4.
 * @param eps Default 1e-6.
 */
export function passAtK({ k = 4, eps = 1e-6 } = {}): AdvantageEstimator {
  if (!(Number.isSafeInteger(k) && k >= 1)) {
    throw new RangeError(`k must be a whole number of at least 1, not ${k}`);
  }
  return {
    name: `pass@${k}`,
    estimate(trajectories) {
      const advantages = zeros(trajectories);
      for (const group of groupsOf(episodesOf(trajectories))) {
        const n = group.length;
        const drawn = Math.min(k, n);
        const failed = group.filter(({ success }) => !success).length;
        const allFail = binomialRatio(failed, n, drawn);
        const sigma = Math.sqrt(allFail * (1 - allFail)) + eps;
        const positive = allFail / sigma;
        const negative = (allFail - binomialRatio(failed - 1, n - 1, drawn - 1)) / sigma;
        for (const episode of group) fillEpisode(advantages, episode, episode.success ? positive : negative);
      }
      return advantages;
    },
  };
}

/** C(a, k)/C(b, k), without the large numbers. */
function binomialRatio(a: number, b: number, k: number): number {
  let ratio = 1;
  for (let i = 0; i < k; i++) ratio *= Math.max(0, a - i) / (b - i);
  return ratio;
}
