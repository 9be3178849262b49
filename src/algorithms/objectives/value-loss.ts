import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import type { LossInputs, LossNumbers, Objective } from "../algorithm.js";
import { aggregate, aggregateFigures, requireAtLeast } from "./aggregate.js";

export interface ValueLossOptions {
  /** What the value loss is multiplied by before it is added. Default 0.5. */
  coefficient?: number;
  /** How far an estimate may move from the one at sampling before it stops learning. Default: not clipped. */
  clip?: number;
}

/**
 * Adds the value head's loss to a policy objective (PPO; the clipped form is that of OpenAI Baselines,
 * described in "The 37 implementation details of PPO", Huang et al. 2022):
 *
 *     ½·max((V − R)², (V_old + clip(V − V_old, −ε, ε) − R)²),   without a clip ½·(V − R)²
 *
 * as a mean over the batch's written tokens. R is the estimator's `returns`. The metric `loss/value` is the
 * mean without the coefficient.
 *
 * @throws RangeError for a negative coefficient or clip; TypeError when the inputs have no values or returns.
 */
export function withValueLoss(objective: Objective, options: ValueLossOptions = {}): Objective {
  const { coefficient = 0.5, clip } = options;
  requireAtLeast(coefficient, 0, "the value loss's coefficient");
  if (clip !== undefined) requireAtLeast(clip, 0, "the value loss's clip");
  const { closedForm } = objective;
  return {
    kind: objective.kind,
    ...(objective.needsReference === undefined ? {} : { needsReference: objective.needsReference }),
    name: `${objective.name} + value`,
    needsValues: true,
    loss: (inputs) => tf.add(objective.loss(inputs), tf.mul(valueLoss(inputs, clip), coefficient)),
    metrics: (inputs) => ({ ...objective.metrics?.(inputs), "loss/value": valueLoss(inputs, clip) }),
    ...(closedForm && {
      closedForm(numbers) {
        const inner = closedForm(numbers);
        const { loss, slopes } = valueFigures(numbers, clip);
        return {
          loss: inner.loss + coefficient * loss,
          slopes: { ...inner.slopes, values: slopes.map((slope) => coefficient * slope) },
          metrics: { ...inner.metrics, "loss/value": loss },
        };
      },
    }),
  };
}

const missing = "The value loss needs values, oldValues and returns; use a policy with a value head";

/** The same in closed form: the mean, and its derivative V − R, or 0 where the clipped estimate counts. */
function valueFigures(numbers: LossNumbers, clip = Infinity): { loss: number; slopes: Float32Array } {
  const { values, oldValues, returns } = numbers;
  if (!values || !returns || (clip !== Infinity && !oldValues)) throw new TypeError(missing);
  return aggregateFigures(numbers, "token", (i) => {
    const error = values[i]! - returns[i]!;
    const moved = oldValues === undefined ? 0 : values[i]! - oldValues[i]!;
    const near = error - moved + Math.sign(moved) * clip;
    return Math.abs(moved) > clip && Math.abs(near) > Math.abs(error)
      ? { value: near ** 2 / 2, slope: 0 }
      : { value: error ** 2 / 2, slope: error };
  });
}

function valueLoss({ values, oldValues, returns, mask, counts }: LossInputs, clip?: number): Scalar {
  if (!values || !returns || (clip !== undefined && !oldValues)) throw new TypeError(missing);
  let error = tf.square(tf.sub(values, returns));
  if (clip !== undefined) {
    const near = tf.add(oldValues!, tf.clipByValue(tf.sub(values, oldValues!), -clip, clip));
    error = tf.maximum(error, tf.square(tf.sub(near, returns)));
  }
  return aggregate(tf.mul(error, 0.5), mask, counts, "token");
}
