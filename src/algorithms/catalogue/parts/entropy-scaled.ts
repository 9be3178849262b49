import { episodesOf, mean, type Episode } from "../../advantages/episodes.js";
import type { AdvantageEstimator } from "../../algorithm.js";

/**
 * EDGE-GRPO's entropy-driven advantage (Zhang et al. 2025, arXiv 2507.21848; formula as in the authors' code,
 * trl_edge/trainer/grpo_aha_trainer.py):
 *
 *     A_i ← A_i·mean(H)/H_i
 *
 * with H_i the mean entropy of a rollout's predictions and mean(H) that of the batch: what was written with
 * confidence counts more, right or wrong, so that equal rewards no longer mean equal advantages.
 *
 * Where trajectories carry no entropies, H_i is its one-sample estimate, the mean −log π of the written tokens. The
 * factor stays within [0.1, 10] (the bounds that stand, commented out, in the authors' code): a rollout of
 * certain tokens would make it infinite.
 *
 * @param inner the advantage that is scaled.
 */
export function entropyScaled(inner: AdvantageEstimator): AdvantageEstimator {
  return {
    ...inner,
    name: `${inner.name}, entropy-scaled`,
    estimate(trajectories, state) {
      const advantages = inner.estimate(trajectories, state);
      const episodes = episodesOf(trajectories);
      const entropies = episodes.map(uncertainty);
      const usual = mean(entropies);
      for (const [i, { rows }] of episodes.entries()) {
        const factor = usual === 0 ? 1 : 1 / Math.min(10, Math.max(0.1, entropies[i]! / usual));
        for (const row of rows) advantages[row] = advantages[row]!.map((value) => value * factor);
      }
      return advantages;
    },
  };
}

/** Mean entropy of an episode's predictions at written tokens, or its estimate; 0 where there are none. */
function uncertainty({ trajectories }: Episode): number {
  return mean(
    trajectories.flatMap(({ entropies, logProbs, mask }) => {
      const figures = entropies ?? logProbs.map((logProb) => -logProb);
      return [...figures].filter((_, t) => mask[t]);
    }),
  );
}
