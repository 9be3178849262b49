import { leaveOneOut } from "./advantages/leave-one-out.js";
import type { Algorithm, AlgorithmOptions } from "./algorithm.js";
import { policyGradient } from "./objectives/policy-gradient.js";
import { regularized, withDefaults } from "./options.js";
import { groupSampling } from "./sampling/groups.js";

/**
 * RLOO, REINFORCE leave-one-out (Ahmadian et al. 2024, arXiv 2402.14740): k rollouts of each task, and each
 * one's baseline is the mean return of the k − 1 others.
 *
 *     ∇J = 1/k Σ_i (R_i − 1/(k − 1) Σ_{j ≠ i} R_j)·∇log π(y_i | x)
 *
 * The others are independent of the rollout, so the gradient is unbiased; they are of the same task, so the
 * baseline knows how hard it is. GRPO's advantage is the same up to the factor (k − 1)/k and its division by
 * the standard deviation. No value head, no ratio, no clip.
 *
 * Options: `entropy` (0) bonus; `kl` (0) pull to the initial policy (the paper subtracts it from the reward;
 * here it is the term k3 in the loss). One epoch. Needs a `groupSize` of at least 2.
 */
export function rloo(options: AlgorithmOptions = {}): Algorithm {
  return {
    name: "rloo",
    sampling: groupSampling(),
    advantage: leaveOneOut(),
    objective: policyGradient(),
    ...regularized(withDefaults("rloo", { entropy: 0, kl: 0 }, options)),
    epochs: 1,
    minibatches: 1,
    valueHead: false,
  };
}
