/** What the preference losses share: pairs of contexts, their scores and the margin between them. */
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { LossInputs, Objective } from "../../algorithm.js";

/** Scores of the better and the worse context of each pair, [P] each. */
export interface PairScores {
  chosen: Tensor1D;
  rejected: Tensor1D;
}

export interface PairwiseLoss {
  name: string;
  needsReference: boolean;
  /** A score for each context, [B], whose difference is the pair's margin. */
  score(inputs: LossInputs): Tensor1D;
  /** Loss of each pair, [P], from its scores. */
  loss(scores: PairScores, inputs: LossInputs): Tensor1D;
}

/**
 * A preference objective: the mean of a loss over the batch's pairs. Without pairs it is 0, with gradient 0.
 *
 * Metrics: `policy/preference_accuracy`, the share of pairs whose chosen context has the higher score, and
 * `policy/preference_margin`, the mean difference of the scores.
 */
export function pairwise({ name, needsReference, score, loss }: PairwiseLoss): Objective {
  return {
    name,
    kind: "preference",
    needsReference,
    loss(inputs) {
      const scores = pairScores(score(inputs), inputs);
      return scores ? mean(loss(scores, inputs), inputs) : nothing(inputs);
    },
    metrics(inputs) {
      const scores = pairScores(score(inputs), inputs);
      const margins = scores ? tf.sub<Tensor1D>(scores.chosen, scores.rejected) : tf.zeros<tf.Rank.R1>([1]);
      return {
        "policy/preference_accuracy": mean(tf.cast(tf.greater(margins, 0), "float32"), inputs),
        "policy/preference_margin": mean(margins, inputs),
      };
    },
  };
}

/** Sum of log(π/π_ref) over each context's written tokens, [B]: β times this is DPO's implicit reward. */
export function logRatioToReference({ logProbs, referenceLogProbs, mask }: LossInputs): Tensor1D {
  if (!referenceLogProbs) {
    throw new TypeError("This preference loss needs referenceLogProbs; give the algorithm a reference");
  }
  return tf.sum(tf.mul(tf.sub(logProbs, referenceLogProbs), mask), 1);
}

/** The figures of the chosen and of the rejected rows, in the pairs' order; `undefined` without pairs. */
export function pairScores(rows: Tensor1D, { pairs }: LossInputs): PairScores | undefined {
  if (!pairs || pairs.chosen.length === 0) return undefined;
  return { chosen: pick(rows, pairs.chosen), rejected: pick(rows, pairs.rejected) };
}

/** Picks by a matrix product: the gradient of `gather` is not there on every engine. */
function pick(rows: Tensor1D, numbers: readonly number[]): Tensor1D {
  const size = rows.shape[0];
  const selection = tf.cast(tf.oneHot(tf.tensor1d([...numbers], "int32"), size), "float32");
  return tf.reshape(tf.matMul(selection as Tensor2D, tf.reshape(rows, [size, 1])), [numbers.length]);
}

/**
 * −log σ(x), element by element. As softplus(−x), which is stable for large |x|; the gradient of tfjs's own
 * `logSigmoid` reads a tensor that `tidy` may already have disposed of.
 */
export function negativeLogSigmoid(x: Tensor1D): Tensor1D {
  return tf.softplus(tf.neg(x));
}

function mean(perPair: Tensor1D, { counts }: LossInputs): Scalar {
  return tf.div(tf.sum(perPair), Math.max(1, counts.pairs));
}

/** 0, but a function of the parameters: an optimizer asks for a gradient. */
function nothing({ logProbs }: LossInputs): Scalar {
  return tf.mul(tf.sum(logProbs), 0);
}
