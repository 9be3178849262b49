import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import type { LossInputs, Objective } from "../algorithm.js";
import { aggregate, requireAtLeast } from "./aggregate.js";

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
  return {
    kind: objective.kind,
    ...(objective.needsReference === undefined ? {} : { needsReference: objective.needsReference }),
    name: `${objective.name} + value`,
    needsValues: true,
    loss: (inputs) => tf.add(objective.loss(inputs), tf.mul(valueLoss(inputs, clip), coefficient)),
    metrics: (inputs) => ({ ...objective.metrics?.(inputs), "loss/value": valueLoss(inputs, clip) }),
  };
}

function valueLoss({ values, oldValues, returns, mask, counts }: LossInputs, clip?: number): Scalar {
  if (!values || !returns || (clip !== undefined && !oldValues)) {
    throw new TypeError("The value loss needs values, oldValues and returns; use a policy with a value head");
  }
  let error = tf.square(tf.sub(values, returns));
  if (clip !== undefined) {
    const near = tf.add(oldValues!, tf.clipByValue(tf.sub(values, oldValues!), -clip, clip));
    error = tf.maximum(error, tf.square(tf.sub(near, returns)));
  }
  return aggregate(tf.mul(error, 0.5), mask, counts, "token");
}
