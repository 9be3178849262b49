import * as tf from "@tensorflow/tfjs-core";
import type { Regularizer } from "../../algorithm.js";
import { aggregate, aggregateFigures, requireAtLeast } from "../../objectives/aggregate.js";

const noReturns = "positiveExamples needs returns; use an algorithm with a value head";

/**
 * VAPO's positive-example language-modelling loss (Yue et al. 2025, arXiv 2504.05118; formula as in published
 * summaries of the paper): the negative log-likelihood of the rollouts that came out right, so that a rare
 * success is not only reinforced but imitated.
 *
 * A loss sees no success flag. A token counts as right where its return (the value head's target, with λ = 1 the
 * reward that followed) is positive. The paper divides by the tokens of right rollouts, this by all of the
 * batch's tokens: a loss that adds up over slices of a batch cannot count the right ones.
 *
 * @param coefficient weight of the term, at least 0; the paper's is 0.1.
 */
export function positiveExamples(coefficient: number): Regularizer {
  requireAtLeast(coefficient, 0, "the positive examples' coefficient");
  return {
    name: "positive examples",
    coefficient,
    metric: "loss/positive_examples",
    loss({ logProbs, returns, mask, counts }) {
      if (!returns) throw new TypeError(noReturns);
      const right = tf.cast(tf.greater(returns, 0), "float32");
      return aggregate(tf.neg(tf.mul(right, logProbs)), mask, counts, "token");
    },
    closedForm(numbers) {
      const { logProbs, returns } = numbers;
      if (!returns) throw new TypeError(noReturns);
      const { loss, slopes } = aggregateFigures(numbers, "token", (i) =>
        returns[i]! > 0 ? { value: -logProbs[i]!, slope: -1 } : { value: 0, slope: 0 },
      );
      return { loss, slopes: { logProbs: slopes } };
    },
  };
}
