import * as tf from "@tensorflow/tfjs-core";
import type { Objective } from "../../algorithm.js";
import { requireAtLeast } from "../aggregate.js";
import { logRatioToReference, pairwise } from "./pairwise.js";

export interface KtoOptions {
  /** Inverse temperature β. Default 0.1. */
  beta?: number;
  /** Weight of desirable contexts λ_D. Default 1. */
  desirable?: number;
  /** Weight of undesirable contexts λ_U. Default 1. */
  undesirable?: number;
  /** The reference point z₀ in nats, at least 0. Default 0. */
  referencePoint?: number;
}

/**
 * KTO's loss (Ethayarajh et al. 2024, arXiv 2402.01306): a context is desirable or undesirable by itself, no
 * pair is needed. With r = log(π/π_ref) summed over the written tokens,
 *
 *     desirable:    λ_D·(1 − σ(β·(r − z₀)))          undesirable:    λ_U·(1 − σ(β·(z₀ − r)))
 *
 * Pairs are how this library hands over contexts: the chosen one of each is desirable, the rejected one
 * undesirable, and the loss of a pair is the mean of the two. They interact in no way.
 *
 * Simplified: z₀ is a constant. The paper estimates it in each batch as KL(π ‖ π_ref) from mismatched prompts
 * and answers (and lets no gradient through); a loss that must add up over slices of a batch cannot know it.
 * 0 is its value before training.
 */
export function ktoLoss(options: KtoOptions = {}): Objective {
  const { beta = 0.1, desirable = 1, undesirable = 1, referencePoint = 0 } = options;
  requireAtLeast(beta, 0, "beta");
  requireAtLeast(desirable, 0, "desirable");
  requireAtLeast(undesirable, 0, "undesirable");
  requireAtLeast(referencePoint, 0, "referencePoint");
  return pairwise({
    name: "kto",
    needsReference: true,
    score: logRatioToReference,
    loss({ chosen, rejected }) {
      // 1 − σ(x) = σ(−x)
      const gain = tf.sigmoid(tf.mul(tf.sub(referencePoint, chosen), beta));
      const loss = tf.sigmoid(tf.mul(tf.sub(rejected, referencePoint), beta));
      return tf.mul(tf.add(tf.mul(gain, desirable), tf.mul(loss, undesirable)), 0.5);
    },
  });
}
