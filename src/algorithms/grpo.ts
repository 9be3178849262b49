import { groupRelative } from "./advantages/group-relative.js";
import type { Algorithm, AlgorithmOptions } from "./algorithm.js";
import { clippedRatio } from "./objectives/clipped-ratio.js";
import { regularized, withDefaults } from "./options.js";
import { groupSampling } from "./sampling/groups.js";

/**
 * GRPO, group relative policy optimization (Shao et al. 2024, arXiv 2402.03300): PPO without a value head.
 *
 *     A_i = (R_i − mean(R)) / (std(R) + ε)            over the rollouts of one task
 *     loss = −mean over contexts of the mean over tokens of
 *            min(ρ_t·A_i, clip(ρ_t, 1 − clipLow, 1 + clipHigh)·A_i)
 *
 * The other rollouts of the task tell what could be expected of it; every token of a rollout gets the same
 * credit. A task that is always solved, or never, has A = 0 and teaches nothing.
 *
 * Options: `epochs` (1) and `minibatches` (1): with one of each, ρ is 1 and the clip does nothing; `clipLow`,
 * `clipHigh` (0.2); `entropy` (0) bonus; `kl` (0) weight of the k3 term to the initial policy: 0.04 in the
 * paper, left out here since a small model trained on one task has nothing else to forget. The standard
 * deviation is that of a sample (n − 1), as verl and TRL compute it. Needs a `groupSize` of at least 2.
 */
export function grpo(options: AlgorithmOptions = {}): Algorithm {
  const { epochs, minibatches, clipLow, clipHigh, ...terms } = withDefaults(
    "grpo",
    { epochs: 1, minibatches: 1, clipLow: 0.2, clipHigh: 0.2, entropy: 0, kl: 0 },
    options,
  );
  return {
    name: "grpo",
    sampling: groupSampling(),
    advantage: groupRelative(),
    objective: clippedRatio({ clipLow, clipHigh, aggregation: "sequence" }),
    ...regularized(terms),
    epochs,
    minibatches,
    valueHead: false,
  };
}
