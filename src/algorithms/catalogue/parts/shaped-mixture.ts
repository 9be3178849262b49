import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { Objective } from "../../algorithm.js";
import { aggregate, logRatios, requireAtLeast } from "../../objectives/aggregate.js";
import { clippedRatio } from "../../objectives/clipped-ratio.js";
import { ownPart } from "./own-rollouts.js";

export interface ShapedMixtureOptions {
  clipLow?: number;
  clipHigh?: number;
  /** γ of the shaping, above 0. Default 0.1, the paper's. */
  shaping?: number;
}

/**
 * LUFFY's mixed-policy objective with policy shaping (Yan et al. 2025, arXiv 2504.14945; formula as in the
 * authors' code, luffy/verl/verl/mix_src/mix_core_alg.py, with its reshaping "p_div_p_0.1"):
 *
 *     own rollouts:      −min(ρ_t·A_t, clip(ρ_t, 1 − clipLow, 1 + clipHigh)·A_t)
 *     demonstrations:    −f(π_t)·A_t,    f(π) = π/(π + γ)
 *
 * as a mean over all tokens. The demonstrator's probability is taken to be 1, so π is the ratio to it; f is
 * steep where π is small, so that unlikely tokens of a demonstration are learned from, not only those the policy
 * would have written anyway. No clip there.
 */
export function shapedMixture(options: ShapedMixtureOptions = {}): Objective {
  const { clipLow = 0.2, clipHigh = 0.2, shaping = 0.1 } = options;
  requireAtLeast(shaping, Number.MIN_VALUE, "shaping");
  const clipped = clippedRatio({ clipLow, clipHigh });
  return {
    ...clipped,
    name: "shaped mixture",
    metrics: (inputs) => clipped.metrics!(ownPart(inputs)),
    loss(inputs) {
      const { logProbs, advantages, mask, counts, demonstrated } = inputs;
      if (!demonstrated) return clipped.loss(inputs);
      const ratio = tf.exp(logRatios(inputs));
      const bounded = tf.clipByValue(ratio, 1 - clipLow, 1 + clipHigh);
      const own = tf.minimum<Tensor2D>(tf.mul(ratio, advantages), tf.mul(bounded, advantages));
      // π/(π + γ) = σ(log π − log γ)
      const shaped = tf.mul(tf.sigmoid(tf.sub(logProbs, Math.log(shaping))), advantages);
      const mixed = tf.add<Tensor2D>(tf.mul(own, tf.sub(1, demonstrated)), tf.mul(shaped, demonstrated));
      return aggregate(tf.neg(mixed), mask, counts, "token");
    },
  };
}
