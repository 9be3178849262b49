import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { LossInputs } from "../algorithm.js";

/**
 * What a ratio objective reports, divided by all of the batch's written tokens:
 *
 * - `policy/clip_fraction`: the share of tokens whose gradient the clip takes away;
 * - `policy/ratio_change`: |ρ − 1|, how far the ratio to the sampling policy has moved, summed over the
 *   tokens that have an advantage. Contexts without one may not be in the tensors, so they count as 0.
 *
 * @param ratio [B, T − 1], or [B, 1] where a context has one ratio for all of its tokens.
 * @param clipped 1 where the clip takes the gradient away, of the same shape.
 */
export function ratioMetrics(
  { advantages, mask, counts }: LossInputs,
  ratio: Tensor2D,
  clipped: Tensor2D,
): Record<string, Scalar> {
  const perToken = (figure: Tensor): Scalar =>
    tf.div(tf.sum(tf.mul(figure, mask)), Math.max(1, counts.tokens));
  const moved = tf.mul(tf.abs(tf.sub(ratio, 1)), tf.cast(tf.notEqual(advantages, 0), "float32"));
  return { "policy/ratio_change": perToken(moved), "policy/clip_fraction": perToken(clipped) };
}
