import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { episodesOf, groupsOf } from "../../advantages/episodes.js";
import type { Objective, PairSelector } from "../../algorithm.js";
import { rowMeans } from "../../objectives/aggregate.js";
import { negativeLogSigmoid, pairwise } from "../../objectives/preferences/pairwise.js";
import { shortestVersusLongest } from "../../pairs.js";

/**
 * LCPO's loss (Hong et al. 2025, arXiv 2508.10164; formula as in a published note on the paper, which prints it
 * without the minus of a loss):
 *
 *     loss = −log σ(log P(y_c)/(1 − P(y_c)) − log P(y_r)/(1 − P(y_r))),    P(y) = exp(1/|y|·log π(y))
 *
 * A Bradley–Terry loss on the odds of length-normalised probabilities: no reference policy, no temperature, no
 * margin. It is ORPO's odds ratio without the imitation term, which the paper finds to work against brevity. A P
 * that rounds to 1 has infinite odds, so log P is kept at or below −10⁻⁶.
 */
export function lcpoLoss(): Objective {
  return pairwise({
    name: "lcpo",
    needsReference: false,
    score({ logProbs, mask }) {
      const logP: Tensor1D = tf.minimum(rowMeans(logProbs, mask), -1e-6);
      return tf.sub(logP, tf.log(tf.neg(tf.expm1(logP))));
    },
    loss: ({ chosen, rejected }) => negativeLogSigmoid(tf.sub(chosen, rejected)),
  });
}

/**
 * LCPO's pairs: the shortest against the longest rollout of each task that *all* rollouts solved. A task that is
 * only sometimes solved may need its length.
 */
export function easyLengthPairs(): PairSelector {
  const pairs = shortestVersusLongest();
  return (trajectories) => {
    const easy = new Set(
      groupsOf(episodesOf(trajectories))
        .filter((group) => group.every(({ success }) => success))
        .flatMap((group) => group.flatMap(({ rows }) => rows)),
    );
    return pairs(trajectories).filter(({ chosen }) => easy.has(chosen));
  };
}
