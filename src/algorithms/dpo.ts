import { groupRelative } from "./advantages/group-relative.js";
import type { Algorithm, AlgorithmOptions } from "./algorithm.js";
import { dpoLoss } from "./objectives/preferences/dpo.js";
import { withDefaults } from "./options.js";
import { bestVersusWorst } from "./pairs.js";
import { groupSampling } from "./sampling/groups.js";

/**
 * Online DPO: direct preference optimization (Rafailov et al. 2023, arXiv 2305.18290) on pairs of the
 * policy's own rollouts. Of each task's rollouts the best is preferred to the worst.
 *
 *     loss = −log σ(β·[log π(y⁺)/π_ref(y⁺) − log π(y⁻)/π_ref(y⁻)])
 *
 * No reward enters the loss, only which of two was better: β·log(π/π_ref) is the reward the policy itself
 * implies, and the pair asks it to rank them right. The reference is the initial policy, and β how dear it is
 * to leave it.
 *
 * The paper's pairs are human preferences collected once; here they are fresh in every update, ranked by
 * return.
 *
 * Options: `beta` (0.1); `epochs` (1) and `minibatches` (1). The advantage estimator plays no part in the
 * loss; it is there for figures, and shows who is preferred.
 */
export function dpo(options: AlgorithmOptions = {}): Algorithm {
  const { beta, epochs, minibatches } = withDefaults(
    "dpo",
    { beta: 0.1, epochs: 1, minibatches: 1 },
    options,
  );
  return {
    name: "dpo",
    sampling: groupSampling(),
    advantage: groupRelative({ std: "none" }),
    objective: dpoLoss({ beta }),
    regularizers: [],
    epochs,
    minibatches,
    pairs: bestVersusWorst(),
    valueHead: false,
    reference: {},
  };
}
