import { groupRelative } from "./advantages/group-relative.js";
import type { Algorithm, AlgorithmOptions } from "./algorithm.js";
import { clippedRatio } from "./objectives/clipped-ratio.js";
import { withDefaults } from "./options.js";
import { entropyBonus } from "./regularizers/entropy.js";
import { klToReference } from "./regularizers/kl.js";
import { groupSampling } from "./sampling/groups.js";

/** How slowly the magnet follows the policy: its weights are averaged over about 1 / (1 − decay) updates. */
const decay = 0.95;

/**
 * A policy gradient with a magnet, for games an agent plays against itself.
 *
 *     A_i = R_i − mean(R)          over the games of one deal and seat; not divided by their deviation
 *     loss = clipped ratio objective + kl · KL(π ‖ magnet) − entropy · H(π)
 *
 * In self-play each player learns against the other's present policy, so plain policy gradients chase each
 * other in circles: in a game whose best play is random they collapse to one pure strategy after another. Two
 * pulls stop that: towards randomness (entropy), and towards a magnet, a slow moving average of the policy's own
 * weights. The idea is magnetic mirror descent's (Sokota et al. 2023, arXiv 2206.05825); theirs moves by the KL to
 * the previous policy where ours clips, and theirs is proved to converge, which ours is not. Returns are left in
 * their own unit, or the two pulls would have another price in every deal.
 *
 * Options: `entropy` (0.1), `kl` (0.4), `epochs` (1), `minibatches` (1), `clipLow`, `clipHigh` (0.2). Needs a
 * `groupSize` of at least 2.
 */
export function magnet(options: AlgorithmOptions = {}): Algorithm {
  const { epochs, minibatches, clipLow, clipHigh, entropy, kl } = withDefaults(
    "magnet",
    { epochs: 1, minibatches: 1, clipLow: 0.2, clipHigh: 0.2, entropy: 0.1, kl: 0.4 },
    options,
  );
  // k2, whose gradient is that of KL(π ‖ magnet) itself: the pull must not depend on which side was sampled.
  const pulls = [
    entropyBonus(entropy),
    klToReference({ coefficient: kl, estimator: "k2", aggregation: "sequence" }),
  ];
  return {
    name: "magnet",
    sampling: groupSampling(),
    advantage: groupRelative({ std: "none" }),
    objective: clippedRatio({ clipLow, clipHigh, aggregation: "sequence" }),
    regularizers: pulls,
    reference: { averageDecay: decay },
    epochs,
    minibatches,
    valueHead: false,
  };
}
