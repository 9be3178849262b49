import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { LossFigures, LossInputs, LossNumbers, Objective } from "../algorithm.js";
import {
  aggregate,
  both,
  largestLogRatio,
  logRatios,
  requireAtLeast,
  tokenWeights,
  type Aggregation,
} from "./aggregate.js";
import { ratioMetrics } from "./ratio-metrics.js";

export interface ClippedRatioOptions {
  /** How far below 1 the ratio may fall before a token with negative advantage is left alone. Default 0.2. */
  clipLow?: number;
  /** How far above 1 it may rise for a positive advantage; DAPO's "clip higher" is 0.28. Default 0.2. */
  clipHigh?: number;
  /**
   * c > 1 bounds the loss of a token with a negative advantage, whose ratio may otherwise grow without limit:
   * the objective is at least c·A (dual-clip PPO, Ye et al. 2020, arXiv 1912.09729). Default: no such bound.
   */
  dualClip?: number;
  /** How tokens are weighed. Default "token". */
  aggregation?: Aggregation;
}

/**
 * PPO's clipped surrogate at the level of tokens (Schulman et al. 2017, arXiv 1707.06347; formula as in
 * Tinker's and TRL's documentation):
 *
 *     loss = −min(ρ_t·A_t, clip(ρ_t, 1 − clipLow, 1 + clipHigh)·A_t),  ρ_t = π(a_t | s_t) / π_old(a_t | s_t)
 *
 * A token whose ratio has left the interval in the direction its advantage asks for has gradient 0. In the
 * first optimizer step after sampling every ratio is 1 and nothing is clipped.
 *
 * @throws RangeError for a negative clip, a `clipLow` above 1 and a `dualClip` of 1 or less.
 */
export function clippedRatio(options: ClippedRatioOptions = {}): Objective {
  const { clipLow = 0.2, clipHigh = 0.2, dualClip, aggregation = "token" } = options;
  requireClip(clipLow, clipHigh);
  if (dualClip !== undefined && !(dualClip > 1 && Number.isFinite(dualClip))) {
    throw new RangeError(`dualClip must be a number above 1, not ${dualClip}`);
  }
  return {
    name: "clipped-ratio",
    kind: "policy",
    loss(inputs) {
      const { advantages, mask, counts } = inputs;
      const ratio = tf.exp(logRatios(inputs));
      const clipped = tf.clipByValue(ratio, 1 - clipLow, 1 + clipHigh);
      let surrogate = tf.minimum<Tensor2D>(tf.mul(ratio, advantages), tf.mul(clipped, advantages));
      if (dualClip !== undefined) {
        const bounded: Tensor2D = tf.maximum(surrogate, tf.mul(advantages, dualClip));
        surrogate = tf.where(tf.less(advantages, 0), bounded, surrogate);
      }
      return aggregate(tf.neg(surrogate), mask, counts, aggregation);
    },
    metrics(inputs) {
      const ratio = tf.exp(logRatios(inputs));
      return ratioMetrics(inputs, ratio, outside(inputs, ratio, clipLow, clipHigh, dualClip));
    },
    closedForm: (numbers) => closedForm(numbers, aggregation, clipLow, clipHigh, dualClip),
  };
}

/**
 * d loss / d log π(a_t | s_t) = −w_t·ρ_t·A_t with w_t the token's share in the mean: ρ is its own derivative, and a
 * clipped token has none.
 */
function closedForm(
  { logProbs, oldLogProbs, advantages, mask, columns, counts }: LossNumbers,
  aggregation: Aggregation,
  clipLow: number,
  clipHigh: number,
  dualClip = Infinity,
): LossFigures {
  const weights = tokenWeights(mask, columns, counts, aggregation);
  const slopes = new Float32Array(mask.length);
  let loss = 0;
  let change = 0;
  let clipped = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    const advantage = advantages[i]!;
    const difference = logProbs[i]! - oldLogProbs[i]!;
    const ratio = Math.exp(Math.max(-largestLogRatio, Math.min(largestLogRatio, difference)));
    const near = Math.max(1 - clipLow, Math.min(1 + clipHigh, ratio));
    let surrogate = Math.min(ratio * advantage, near * advantage);
    if (advantage < 0) surrogate = Math.max(surrogate, dualClip * advantage);
    const outside =
      (advantage > 0 && ratio > 1 + clipHigh) || (advantage < 0 && (ratio < 1 - clipLow || ratio > dualClip));
    loss -= weights[i]! * surrogate;
    if (outside) clipped++;
    else if (Math.abs(difference) <= largestLogRatio) slopes[i] = -weights[i]! * ratio * advantage;
    if (advantage !== 0) change += Math.abs(ratio - 1);
  }
  const tokens = Math.max(1, counts.tokens);
  const metrics = { "policy/ratio_change": change / tokens, "policy/clip_fraction": clipped / tokens };
  return { loss, metrics, slopes: { logProbs: slopes } };
}

/** 1 on the tokens whose gradient the clip takes away. */
function outside(
  { advantages }: LossInputs,
  ratio: Tensor2D,
  clipLow: number,
  clipHigh: number,
  dualClip = Infinity,
): Tensor2D {
  const high = both(tf.greater(advantages, 0), tf.greater(ratio, 1 + clipHigh));
  const low = both(tf.less(advantages, 0), tf.less(ratio, 1 - clipLow));
  if (dualClip === Infinity) return tf.add<Tensor2D>(high, low);
  return tf.add(high, tf.add(low, both(tf.less(advantages, 0), tf.greater(ratio, dualClip))));
}

export function requireClip(clipLow: number, clipHigh: number): void {
  requireAtLeast(clipLow, 0, "clipLow");
  requireAtLeast(clipHigh, 0, "clipHigh");
  if (clipLow > 1) throw new RangeError(`clipLow must be at most 1, not ${clipLow}: no ratio is negative`);
}
