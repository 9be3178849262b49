import { whitened } from "./advantages/batch.js";
import { gae } from "./advantages/gae.js";
import type { Algorithm, AlgorithmOptions } from "./algorithm.js";
import { clippedRatio } from "./objectives/clipped-ratio.js";
import { withValueLoss } from "./objectives/value-loss.js";
import { regularized, withDefaults } from "./options.js";
import { groupSampling } from "./sampling/groups.js";

/**
 * PPO, proximal policy optimization (Schulman et al. 2017, arXiv 1707.06347) over tokens, with a value head.
 *
 *     A_t:   generalized advantage estimation from the value head, then whitened over the batch
 *     loss = −mean min(ρ_t·A_t, clip(ρ_t, 1 − clipLow, 1 + clipHigh)·A_t) + ½·value loss
 *
 * The value head predicts the return before each token, so credit can be given inside an episode: a token
 * after which the outlook is better than before gets a positive advantage, long before the reward arrives.
 * The clip lets one batch of rollouts serve several optimizer steps: a token whose probability has moved far
 * enough is left alone.
 *
 * Options: `epochs` (2) and `minibatches` (1) passes over a batch and steps in each; `clipLow`, `clipHigh`
 * (0.2); `gamma` (1) discount per turn; `lambda` (0.95) of GAE, per token; `entropy` (0) bonus; `kl` (0) pull
 * to the initial policy. The value loss is clipped at 0.2 like the ratio and weighs 0.5.
 */
export function ppo(options: AlgorithmOptions = {}): Algorithm {
  const { epochs, minibatches, clipLow, clipHigh, gamma, lambda, ...terms } = withDefaults(
    "ppo",
    { epochs: 2, minibatches: 1, clipLow: 0.2, clipHigh: 0.2, gamma: 1, lambda: 0.95, entropy: 0, kl: 0 },
    options,
  );
  return {
    name: "ppo",
    sampling: groupSampling(),
    advantage: whitened(gae({ gamma, lambda })),
    objective: withValueLoss(clippedRatio({ clipLow, clipHigh }), { clip: 0.2 }),
    ...regularized(terms),
    epochs,
    minibatches,
    valueHead: true,
  };
}
