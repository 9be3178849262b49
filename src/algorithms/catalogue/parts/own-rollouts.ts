import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { zeros } from "../../advantages/episodes.js";
import type { AdvantageEstimator, LossInputs } from "../../algorithm.js";

/** Another estimator's advantages, of the policy's own rollouts only: demonstrations have 0 and are in no baseline. */
export function ownRollouts(inner: AdvantageEstimator): AdvantageEstimator {
  return {
    ...inner,
    name: `${inner.name}, own rollouts only`,
    estimate(trajectories, state) {
      const advantages = zeros(trajectories);
      const rows = [...trajectories.keys()].filter((row) => !trajectories[row]!.demonstrated);
      const own = inner.estimate(
        rows.map((row) => trajectories[row]!),
        state,
      );
      for (const [i, row] of rows.entries()) advantages[row] = own[i]!;
      return advantages;
    },
  };
}

/** The inputs without the demonstrations' tokens. */
export function ownPart(inputs: LossInputs): LossInputs {
  const { mask, demonstrated, counts } = inputs;
  if (!demonstrated) return inputs;
  return {
    ...inputs,
    mask: tf.mul<Tensor2D>(mask, tf.sub(1, demonstrated)),
    counts: { ...counts, tokens: counts.tokens - (counts.demonstratedTokens ?? 0) },
  };
}
