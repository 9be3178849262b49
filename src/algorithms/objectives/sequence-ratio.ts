import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { LossInputs, Objective } from "../algorithm.js";
import { aggregate, both, logRatios, rowMeans, stopGradient } from "./aggregate.js";
import { requireClip } from "./clipped-ratio.js";
import { ratioMetrics } from "./ratio-metrics.js";

/**
 * GSPO's clipped surrogate at the level of sequences (Zheng et al. 2025, arXiv 2507.18071; formula taken from
 * the documentation of TRL and of Tinker):
 *
 *     s_i = (π(y_i | x) / π_old(y_i | x))^{1/|y_i|} = exp(1/|y_i| Σ_t log ρ_{i,t})
 *     loss = −1/B Σ_i min(s_i·A_i, clip(s_i, 1 − clipLow, 1 + clipHigh)·A_i)
 *
 * A sequence is a context, y_i its written tokens; it is kept or dropped whole. s_i stays far closer to 1
 * than the ratio of a token, so the clips are far smaller: the defaults are the paper's 3e-4 and 4e-4. They
 * suit answers of a thousand tokens; for ten tokens take some hundredths.
 *
 * Written in the token form GSPO-token, s_{i,t} = sg[s_i]·π_t/sg[π_t] (sg: no gradient), so that turns of one
 * context may have different advantages; where they are equal, value and gradient are those of the formula
 * above.
 *
 * @throws RangeError for a negative clip or a `clipLow` above 1.
 */
export function sequenceRatio({ clipLow = 3e-4, clipHigh = 4e-4 } = {}): Objective {
  requireClip(clipLow, clipHigh);
  return {
    name: "sequence-ratio",
    kind: "policy",
    loss(inputs) {
      const { logProbs, advantages, mask, counts } = inputs;
      const own = tf.mul(tf.sub(logProbs, stopGradient(logProbs)), mask);
      const ratio = tf.exp(tf.add(stopGradient(column(sequenceLogRatios(inputs))), own));
      const clipped = tf.clipByValue(ratio, 1 - clipLow, 1 + clipHigh);
      const surrogate = tf.minimum<Tensor2D>(tf.mul(ratio, advantages), tf.mul(clipped, advantages));
      return aggregate(tf.neg(surrogate), mask, counts, "sequence");
    },
    metrics(inputs) {
      const { advantages } = inputs;
      const ratio = tf.exp<Tensor2D>(column(sequenceLogRatios(inputs)));
      const high = both(tf.greater(advantages, 0), tf.greater(ratio, 1 + clipHigh));
      const low = both(tf.less(advantages, 0), tf.less(ratio, 1 - clipLow));
      return ratioMetrics(inputs, ratio, tf.add<Tensor2D>(high, low));
    },
  };
}

/**
 * GMPO: the geometric mean of the tokens' ratios, each clipped before the mean is taken (Zhao et al. 2025,
 * arXiv 2507.20673; formula as in the authors' published code and TRL's documentation):
 *
 *     loss = −1/B Σ_i A_i·exp(1/|y_i| Σ_t c(log ρ_{i,t}))
 *     c(x) = min(x, clipHigh) if A_i ≥ 0, else max(x, −clipLow)
 *
 * The clips are in *log* space: ratios stay within (e^−clipLow, e^clipHigh), one-sided by the advantage's
 * sign as in PPO. One outlier token moves a geometric mean little, so the interval can be wide: default 0.4,
 * the paper's.
 *
 * A_i is the mean advantage of the context's written tokens: the paper knows one advantage for a sequence.
 *
 * @throws RangeError for a negative clip.
 */
export function geometricMeanRatio({ clipLow = 0.4, clipHigh = 0.4 } = {}): Objective {
  requireClip(Math.min(clipLow, 1), clipHigh);
  return {
    name: "geometric-mean-ratio",
    kind: "policy",
    loss(inputs) {
      const { mask, counts } = inputs;
      const advantages = rowMeans(inputs.advantages, mask);
      const positive = tf.greaterEqual(column(advantages), 0);
      const logRatio = logRatios(inputs);
      const low: Tensor2D = tf.maximum(logRatio, -clipLow);
      const clipped: Tensor2D = tf.where(positive, tf.minimum<Tensor2D>(logRatio, clipHigh), low);
      const ratio = tf.exp(rowMeans(clipped, mask));
      return tf.div(tf.neg(tf.sum(tf.mul(advantages, ratio))), Math.max(1, counts.rows));
    },
    metrics(inputs) {
      const advantages = column(rowMeans(inputs.advantages, inputs.mask));
      const logRatio = logRatios(inputs);
      const high = both(tf.greaterEqual(advantages, 0), tf.greater(logRatio, clipHigh));
      const low = both(tf.less(advantages, 0), tf.less(logRatio, -clipLow));
      return ratioMetrics(inputs, tf.exp(logRatio), tf.add<Tensor2D>(high, low));
    },
  };
}

/** Mean log ratio of each context's written tokens, [B]. */
function sequenceLogRatios(inputs: LossInputs): Tensor1D {
  return rowMeans(logRatios(inputs), inputs.mask);
}

/** [B] as [B, 1], to stand beside [B, T − 1]. */
function column(rows: Tensor1D): Tensor2D {
  return tf.reshape(rows, [rows.shape[0], 1]);
}
