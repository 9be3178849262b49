/** From a figure per token to one scalar: how the tokens of a batch are weighed against each other. */
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { BatchCounts, LossInputs, LossNumbers } from "../algorithm.js";

/**
 * How a loss averages over tokens. With B contexts of n_i written tokens each:
 *
 * - "sequence": 1/B Σ_i 1/n_i Σ_t: mean over a context's tokens, then over contexts (GRPO). Every context
 *   weighs the same, so a token of a long one weighs less.
 * - "token": Σ_i Σ_t / Σ_i n_i: mean over all tokens of the batch (DAPO). Every token weighs the same.
 * - "constant": 1/(B·L) Σ_i Σ_t with L the longest context there can be (Dr. GRPO): like "token", but what a
 *   token weighs does not depend on how long the batch's contexts happen to be (with a fresh context each turn
 *   it does depend on how many turns, that is contexts, there are).
 */
export type Aggregation = "sequence" | "token" | "constant";

/**
 * Sums `perToken` ([B, T − 1]) over the written tokens, weighed as {@link Aggregation} says. Divides by the
 * counts of the whole update's batch, so the results of slices of rows add up to that of the batch.
 */
export function aggregate(
  perToken: Tensor2D,
  mask: Tensor2D,
  counts: BatchCounts,
  aggregation: Aggregation,
): Scalar {
  // The sum of no numbers is not 0 on every engine.
  if (mask.size === 0) return tf.scalar(0);
  const written = tf.mul(perToken, mask);
  switch (aggregation) {
    case "sequence":
      return tf.div(tf.sum(tf.div(tf.sum(written, 1), lengths(mask))), Math.max(1, counts.rows));
    case "token":
      return tf.div(tf.sum(written), Math.max(1, counts.tokens));
    case "constant":
      return tf.div(tf.sum(written), Math.max(1, counts.rows * counts.maxTokens));
  }
}

/** What {@link aggregate} multiplies each token's figure by, [B, T − 1] like the mask. */
export function tokenWeights(
  mask: Float32Array,
  columns: number,
  { rows, tokens, maxTokens }: BatchCounts,
  aggregation: Aggregation,
): Float64Array {
  const weights = new Float64Array(mask.length);
  for (let start = 0; start < mask.length; start += columns) {
    let length = 0;
    for (let i = start; i < start + columns; i++) length += mask[i]!;
    const divisor = {
      sequence: Math.max(1, length) * Math.max(1, rows),
      token: Math.max(1, tokens),
      constant: Math.max(1, rows * maxTokens),
    }[aggregation];
    for (let i = start; i < start + columns; i++) weights[i] = mask[i]! / divisor;
  }
  return weights;
}

/**
 * A mean over the written tokens in closed form: of a figure per token, and of its slope by a score.
 * @param figure what a written token's figure and slope are, by its index
 */
export function aggregateFigures(
  { mask, columns, counts }: Pick<LossNumbers, "mask" | "columns" | "counts">,
  aggregation: Aggregation,
  figure: (i: number) => { value: number; slope: number },
): { loss: number; slopes: Float32Array } {
  const weights = tokenWeights(mask, columns, counts, aggregation);
  const slopes = new Float32Array(mask.length);
  let loss = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    const { value, slope } = figure(i);
    loss += weights[i]! * value;
    slopes[i] = weights[i]! * slope;
  }
  return { loss, slopes };
}

/** Written tokens of each context, [B]; at least 1, so that a context without any can be divided by it. */
export function lengths(mask: Tensor2D): Tensor1D {
  return tf.maximum(tf.sum(mask, 1), 1);
}

/** Mean of a figure over each context's written tokens, [B]. */
export function rowMeans(perToken: Tensor2D, mask: Tensor2D): Tensor1D {
  return tf.div(tf.sum(tf.mul(perToken, mask), 1), lengths(mask));
}

/**
 * log(π/π_old) of each written token, [B, T − 1]; 0 elsewhere. Kept within ±20: e^±20 is past every clip, and
 * an overflow to infinity would make the loss NaN.
 */
export function logRatios({ logProbs, oldLogProbs, mask }: LossInputs): Tensor2D {
  const difference = tf.sub<Tensor2D>(logProbs, oldLogProbs);
  const written: Tensor2D = tf.where(tf.cast(mask, "bool"), difference, tf.zerosLike(difference));
  return tf.clipByValue(written, -largestLogRatio, largestLogRatio);
}

export const largestLogRatio = 20;

/** The value, through which no gradient flows. */
export function stopGradient<T extends Tensor>(value: T): T {
  return tf.customGrad((input) => ({
    value: tf.clone(input as Tensor),
    gradFunc: (dy: Tensor) => tf.zerosLike(dy),
  }))(value) as T;
}

/** 1 where both conditions of a token hold, as float32. */
export function both(a: Tensor, b: Tensor): Tensor2D {
  return tf.cast(tf.logicalAnd(a, b), "float32");
}

/** Throws a RangeError that names the option unless the value is a finite number of at least `least`. */
export function requireAtLeast(value: number, least: number, name: string): void {
  if (!Number.isFinite(value) || value < least) {
    throw new RangeError(`${name} must be a number of at least ${least}, not ${value}`);
  }
}
