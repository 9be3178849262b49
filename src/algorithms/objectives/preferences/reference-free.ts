import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import type { LossInputs, Objective } from "../../algorithm.js";
import { requireAtLeast, rowMeans } from "../aggregate.js";
import { negativeLogSigmoid, pairScores, pairwise } from "./pairwise.js";

/**
 * SimPO's loss (Meng et al. 2024, arXiv 2405.14734, formula as in its abstract and TRL's documentation):
 *
 *     loss = −log σ(β/|y_c|·log π(y_c) − β/|y_r|·log π(y_r) − γ)
 *
 * The score is the mean log-probability of a context's written tokens: no reference policy, and no reward for
 * length.
 *
 * @param beta scale of the mean log-probabilities. Default 2.
 * @param margin the target margin γ. Default 1.
 */
export function simpoLoss({ beta = 2, margin = 1 } = {}): Objective {
  requireAtLeast(beta, 0, "beta");
  requireAtLeast(margin, 0, "margin");
  return pairwise({
    name: "simpo",
    needsReference: false,
    score: meanLogProb,
    loss: ({ chosen, rejected }) =>
      negativeLogSigmoid(tf.sub(tf.mul(tf.sub(chosen, rejected), beta), margin)),
  });
}

/**
 * ORPO's loss (Hong et al. 2024, arXiv 2403.07691; formula as in TRL's and other public implementations):
 *
 *     loss = −1/|y_c|·log π(y_c) + λ·(−log σ(log odds(y_c) − log odds(y_r))),   odds(y) = P/(1 − P)
 *
 * with P = exp of the mean log-probability of the written tokens: imitation of the chosen context, and a
 * penalty on the odds of the rejected one; no reference policy. A P that rounds to 1 has infinite odds, so
 * log P is kept at or below −10⁻⁶.
 *
 * @param lambda weight of the odds-ratio term. Default 0.1.
 */
export function orpoLoss({ lambda = 0.1 } = {}): Objective {
  requireAtLeast(lambda, 0, "lambda");
  return pairwise({
    name: "orpo",
    needsReference: false,
    score: (inputs) => logOdds(meanLogProb(inputs)),
    loss({ chosen, rejected }, inputs) {
      const imitation = tf.neg(pairScores(meanLogProb(inputs), inputs)!.chosen);
      const oddsRatio = negativeLogSigmoid(tf.sub(chosen, rejected));
      return tf.add(imitation, tf.mul(oddsRatio, lambda));
    },
  });
}

function meanLogProb({ logProbs, mask }: LossInputs): Tensor1D {
  return rowMeans(logProbs, mask);
}

/** log(P/(1 − P)) from log P. */
function logOdds(logP: Tensor1D): Tensor1D {
  const below = tf.minimum(logP, -1e-6);
  return tf.sub(below, tf.log(tf.neg(tf.expm1(below))));
}
