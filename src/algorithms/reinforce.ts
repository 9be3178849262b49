import { movingAverageBaseline } from "./advantages/moving-average.js";
import type { Algorithm, AlgorithmOptions } from "./algorithm.js";
import { policyGradient } from "./objectives/policy-gradient.js";
import { regularized, withDefaults } from "./options.js";
import { groupSampling } from "./sampling/groups.js";

/**
 * REINFORCE with a moving-average baseline (Williams 1992): the simplest algorithm that learns here.
 *
 *     ∇J = E[ Σ_t (G_t − b)·∇log π(a_t | s_t) ]
 *
 * Raise the log-probability of every token by how much more was received from its turn on (G, discounted per
 * turn) than was usual lately (b). One value of b serves all tasks: an easy task's rollouts look good and a
 * hard one's bad, whatever was done in them. That is the variance the group-relative methods take away.
 *
 * The loss is the mean over the batch's tokens, the sum above over a number that an optimizer like Adam does
 * not notice.
 *
 * Options: `gamma` (1) discount per turn; `entropy` (0) bonus; `kl` (0) pull to the initial policy. One
 * epoch: the gradient above is that of fresh rollouts.
 */
export function reinforce(options: AlgorithmOptions = {}): Algorithm {
  const { gamma, ...terms } = withDefaults("reinforce", { gamma: 1, entropy: 0, kl: 0 }, options);
  return {
    name: "reinforce",
    sampling: groupSampling(),
    advantage: movingAverageBaseline({ gamma }),
    objective: policyGradient(),
    ...regularized(terms),
    epochs: 1,
    minibatches: 1,
    valueHead: false,
  };
}
