import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import type { Objective } from "../../algorithm.js";
import { stopGradient } from "../../objectives/aggregate.js";
import { clippedRatio } from "../../objectives/clipped-ratio.js";
import { ownPart } from "./own-rollouts.js";

export interface ImitationMixOptions {
  clipLow?: number;
  clipHigh?: number;
  /** μ, the share of imitation, in [0, 1]. Default 0.1. */
  imitation?: number;
}

/**
 * CHORD-φ's objective (Zhang et al. 2025, arXiv 2508.11408; formula as in the authors' code, Trinity-RFT's
 * trinity/algorithm/policy_loss_fn/chord_policy_loss.py):
 *
 *     loss = (1 − μ)·L_GRPO(own rollouts) + μ·L_SFT(demonstrations)
 *     L_SFT = −mean φ(π_t)·log π_t,    φ(π) = π·(1 − π), no gradient through φ
 *
 * each as a mean over its own tokens. φ is largest for tokens the policy is undecided about: what it already
 * knows is left alone, and so is what would tear it away from its own ways.
 *
 * μ is constant, as in the authors' defaults (peak and valley of its schedule are both 0.1).
 *
 * @throws RangeError for an `imitation` outside [0, 1].
 */
export function imitationMix(options: ImitationMixOptions = {}): Objective {
  const { clipLow = 0.2, clipHigh = 0.2, imitation = 0.1 } = options;
  if (!(imitation >= 0 && imitation <= 1)) {
    throw new RangeError(`imitation must be from 0 to 1, not ${imitation}`);
  }
  const clipped = clippedRatio({ clipLow, clipHigh });
  return {
    ...clipped,
    name: "imitation mix",
    loss(inputs) {
      const { logProbs, mask, demonstrated, counts } = inputs;
      const own = tf.mul<Scalar>(clipped.loss(ownPart(inputs)), 1 - imitation);
      if (!demonstrated) return own;
      const p = stopGradient(tf.exp(logProbs));
      const weights = tf.mul(tf.mul(p, tf.sub(1, p)), tf.mul(mask, demonstrated));
      const imitated = tf.neg(tf.sum(tf.mul(weights, logProbs)));
      return tf.add(own, tf.mul(imitated, imitation / Math.max(1, counts.demonstratedTokens ?? 0)));
    },
    metrics: (inputs) => clipped.metrics!(ownPart(inputs)),
  };
}
