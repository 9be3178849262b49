import * as tf from "@tensorflow/tfjs-core";
import type { Regularizer } from "../algorithm.js";
import { aggregate, aggregateFigures, requireAtLeast, type Aggregation } from "../objectives/aggregate.js";

/**
 * Supervised mix: the negative log-likelihood of the tokens with a positive advantage, whatever its size,
 * added to the objective. A loss sees no success flag; a positive advantage says that the rollout (or turn)
 * did better than its baseline. Rollouts of tasks that always succeed have advantage 0 and are not imitated.
 *
 * On the policy's own rollouts this is self-imitation; on rollouts of another policy or on demonstrations
 * that the sampling strategy mixed in, it is the supervised term of methods that add one to GRPO.
 *
 * As a mean over all of the batch's tokens; the metric `loss/supervised` is the term before it is multiplied.
 *
 * @param coefficient weight of the term, at least 0.
 */
export function supervisedMix(
  coefficient: number,
  { aggregation = "token" }: { aggregation?: Aggregation } = {},
): Regularizer {
  requireAtLeast(coefficient, 0, "the supervised coefficient");
  return {
    name: "supervised mix",
    coefficient,
    metric: "loss/supervised",
    loss({ logProbs, advantages, mask, counts }) {
      const better = tf.cast(tf.greater(advantages, 0), "float32");
      return aggregate(tf.neg(tf.mul(better, logProbs)), mask, counts, aggregation);
    },
    closedForm(numbers) {
      const { logProbs, advantages } = numbers;
      const { loss, slopes } = aggregateFigures(numbers, aggregation, (i) =>
        advantages[i]! > 0 ? { value: -logProbs[i]!, slope: -1 } : { value: 0, slope: 0 },
      );
      return { loss, slopes: { logProbs: slopes } };
    },
  };
}
