import * as tf from "@tensorflow/tfjs-core";
import type { Objective } from "../algorithm.js";
import { aggregate, aggregateFigures, type Aggregation } from "./aggregate.js";

/**
 * The policy gradient: loss −A_t·log π(a_t | s_t), whose gradient is the score function times the advantage
 * (REINFORCE, Williams 1992).
 *
 * Right for one pass over fresh rollouts. It knows no ratio to the sampling policy: a second pass would
 * follow data of a policy that is no longer there; use {@link clippedRatio} then.
 *
 * @param aggregation how tokens are weighed. Default "token".
 */
export function policyGradient({ aggregation = "token" }: { aggregation?: Aggregation } = {}): Objective {
  return {
    name: "policy-gradient",
    kind: "policy",
    loss: ({ logProbs, advantages, mask, counts }) =>
      aggregate(tf.neg(tf.mul(advantages, logProbs)), mask, counts, aggregation),
    closedForm(numbers) {
      const { logProbs, advantages } = numbers;
      const { loss, slopes } = aggregateFigures(numbers, aggregation, (i) => ({
        value: -advantages[i]! * logProbs[i]!,
        slope: -advantages[i]!,
      }));
      return { loss, slopes: { logProbs: slopes } };
    },
  };
}
