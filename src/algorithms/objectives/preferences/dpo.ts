import * as tf from "@tensorflow/tfjs-core";
import type { Objective } from "../../algorithm.js";
import { requireAtLeast, stopGradient } from "../aggregate.js";
import { logRatioToReference, negativeLogSigmoid, pairwise } from "./pairwise.js";

/**
 * DPO's loss (Rafailov et al. 2023, arXiv 2305.18290; formula as in the published code of β-DPO's authors and
 * in TRL): with h the difference of log(π/π_ref) between the chosen and the rejected context, each summed
 * over its written tokens,
 *
 *     loss = −log σ(β·h)
 *
 * Tokens that both contexts share from the beginning cancel in h, value and gradient alike.
 *
 * @param beta inverse temperature: the larger, the nearer the policy stays to the reference. Default 0.1.
 */
export function dpoLoss({ beta = 0.1 }: { beta?: number } = {}): Objective {
  requireAtLeast(beta, 0, "beta");
  return pairwise({
    name: "dpo",
    needsReference: true,
    score: logRatioToReference,
    loss: ({ chosen, rejected }) => negativeLogSigmoid(tf.mul(tf.sub(chosen, rejected), beta)),
  });
}

/**
 * IPO's loss (Azar et al. 2024, arXiv 2310.12036; formula as in TRL): h is regressed on a margin instead of
 * being pushed up without end,
 *
 *     loss = (h − 1/(2β))²
 *
 * with h as in {@link dpoLoss}, summed over tokens as in the paper (TRL takes means over tokens instead).
 *
 * @param beta the paper's τ. Default 0.1.
 */
export function ipoLoss({ beta = 0.1 }: { beta?: number } = {}): Objective {
  if (!(beta > 0 && Number.isFinite(beta))) throw new RangeError(`beta must be above 0, not ${beta}`);
  return pairwise({
    name: "ipo",
    needsReference: true,
    score: logRatioToReference,
    loss: ({ chosen, rejected }) => tf.square(tf.sub(tf.sub(chosen, rejected), 1 / (2 * beta))),
  });
}

/**
 * DPO with a dynamic β (Wu et al. 2024, β-DPO, arXiv 2407.08639; formula taken from the authors' published
 * code):
 *
 *     M = β₀·h      β = max(10⁻³, β₀·(1 + α·(M − M₀)))      loss = −log σ(β·h),   no gradient through β
 *
 * Pairs that are already far apart are trusted less (a larger β), close pairs more.
 *
 * Simplified: the authors use one β a batch, from the batch's mean M, and a moving average M₀, and drop
 * outlying pairs. Here each pair has its own β and M₀ is fixed, since a loss that must add up over slices of
 * a batch cannot know the batch's mean.
 *
 * @param beta β₀. Default 0.1.
 * @param alpha how strongly β follows the margin. Default 0.6.
 * @param margin M₀. Default 0: the margin before training, when policy and reference are the same.
 */
export function betaDpoLoss({ beta = 0.1, alpha = 0.6, margin = 0 } = {}): Objective {
  requireAtLeast(beta, 0, "beta");
  requireAtLeast(alpha, 0, "alpha");
  return pairwise({
    name: "beta-dpo",
    needsReference: true,
    score: logRatioToReference,
    loss({ chosen, rejected }) {
      const h = tf.sub(chosen, rejected);
      const shifted = tf.sub(tf.mul(stopGradient(h), beta), margin);
      const dynamic = tf.maximum(tf.mul(tf.add(tf.mul(shifted, alpha), 1), beta), 1e-3);
      return negativeLogSigmoid(tf.mul(dynamic, h));
    },
  });
}
