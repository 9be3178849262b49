import type { Regularizer } from "../algorithm.js";
import { aggregate, aggregateFigures, requireAtLeast, type Aggregation } from "../objectives/aggregate.js";

/**
 * Entropy bonus: the mean entropy in nats of the predictions at written tokens, rewarded with `entropy` per
 * nat. Keeps a policy from becoming certain before it has tried alternatives (Williams & Peng 1991; A3C,
 * PPO).
 *
 * The regularizer's coefficient is −`entropy`: a loss is minimised.
 *
 * @param entropy at least 0; 0.01 is common.
 * @param aggregation how tokens are weighed. Default "token".
 */
export function entropyBonus(
  entropy: number,
  { aggregation = "token" }: { aggregation?: Aggregation } = {},
): Regularizer {
  requireAtLeast(entropy, 0, "entropy");
  return {
    name: "entropy bonus",
    coefficient: -entropy,
    metric: "policy/entropy",
    loss: (inputs) => aggregate(inputs.entropy, inputs.mask, inputs.counts, aggregation),
    closedForm(numbers) {
      const { entropy } = numbers;
      const { loss, slopes } = aggregateFigures(numbers, aggregation, (i) => ({
        value: entropy[i]!,
        slope: 1,
      }));
      return { loss, slopes: { entropy: slopes } };
    },
  };
}
