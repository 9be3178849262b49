import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import type { LossInputs, Regularizer } from "../algorithm.js";
import { aggregate, aggregateFigures, requireAtLeast, type Aggregation } from "../objectives/aggregate.js";

export type KlEstimator = "k1" | "k2" | "k3";

export interface KlOptions {
  /** What the term is multiplied by, at the first update. */
  coefficient: number;
  /** See {@link klToReference}. Default "k3", as in GRPO. */
  estimator?: KlEstimator;
  /** Adapts the coefficient so that the measured KL approaches a target. Default: it is fixed. */
  adaptive?: AdaptiveKl;
  /** How tokens are weighed. Default "token". */
  aggregation?: Aggregation;
}

export interface AdaptiveKl {
  /** The KL aimed at, in nats per token (with aggregation "token" or "sequence"). */
  target: number;
  /** How fast the coefficient moves: the paper's K_β. Default 0.1. */
  rate?: number;
}

/**
 * KL(π ‖ π_ref), estimated from the log-probabilities of the written tokens alone (Schulman 2020,
 * http://joschu.net/blog/kl-approx.html). With x = log π_ref − log π:
 *
 * - k1 = −x: unbiased, but high in variance, and it may be negative. As a *loss* it does not pull at all: the
 *   expected gradient of log π under π is 0. It is here to be compared with, and to measure.
 * - k2 = x²/2: biased, low in variance; on fresh rollouts the expected gradient is exactly that of the KL.
 * - k3 = eˣ − 1 − x: unbiased, low in variance, never negative; GRPO's term. Its expected gradient is that of
 *   the reverse divergence KL(π_ref ‖ π) on fresh rollouts.
 *
 * The metric is `loss/kl`: the term before it is multiplied.
 *
 * The adaptive coefficient is Ziegler et al.'s controller (2019, arXiv 1909.08593; formula as in verl, whose
 * n_steps/horizon is K_β here): e = clip(KL/target − 1, −0.2, 0.2), β ← β·(1 + K_β·e).
 *
 * @throws RangeError for a negative coefficient, a target or rate that is not above 0.
 */
export function klToReference(options: KlOptions): Regularizer {
  const { coefficient, estimator = "k3", adaptive, aggregation = "token" } = options;
  requireAtLeast(coefficient, 0, "kl");
  return {
    name: `kl (${estimator})`,
    coefficient,
    needsReference: true,
    metric: "loss/kl",
    loss: (inputs) => aggregate(perToken(inputs, estimator), inputs.mask, inputs.counts, aggregation),
    closedForm(numbers) {
      const { logProbs, referenceLogProbs } = numbers;
      if (!referenceLogProbs) throw new TypeError(noReference);
      const figure = figures[estimator];
      const { loss, slopes } = aggregateFigures(numbers, aggregation, (i) =>
        figure(referenceLogProbs[i]! - logProbs[i]!),
      );
      return { loss, slopes: { logProbs: slopes } };
    },
    ...(adaptive && { adapt: controller(adaptive) }),
  };
}

const noReference = "The KL term needs referenceLogProbs; give the algorithm a reference";

/** Each estimator and its derivative with respect to log π, of which x = log π_ref − log π falls by 1 per 1. */
const figures: Record<KlEstimator, (x: number) => { value: number; slope: number }> = {
  k1: (x) => ({ value: -x, slope: 1 }),
  k2: (x) => ({ value: (x * x) / 2, slope: -x }),
  k3: (x) => ({ value: Math.expm1(x) - x, slope: -Math.expm1(x) }),
};

function perToken({ logProbs, referenceLogProbs, mask }: LossInputs, estimator: KlEstimator): Tensor2D {
  if (!referenceLogProbs) throw new TypeError(noReference);
  // Masked before the exponential: padding must not overflow.
  const x = tf.mul<Tensor2D>(tf.sub(referenceLogProbs, logProbs), mask);
  switch (estimator) {
    case "k1":
      return tf.neg(x);
    case "k2":
      return tf.mul(tf.square(x), 0.5);
    case "k3":
      return tf.sub(tf.expm1(x), x);
  }
}

function controller({ target, rate = 0.1 }: AdaptiveKl): (coefficient: number, measured: number) => number {
  if (!(target > 0 && Number.isFinite(target))) {
    throw new RangeError(`adaptive.target must be above 0, not ${target}`);
  }
  if (!(rate > 0 && Number.isFinite(rate)))
    throw new RangeError(`adaptive.rate must be above 0, not ${rate}`);
  return (coefficient, measured) => {
    const error = Math.min(0.2, Math.max(-0.2, measured / target - 1));
    return coefficient * (1 + rate * error);
  };
}
