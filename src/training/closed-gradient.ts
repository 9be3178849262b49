/** The gradient of a slice of an update's rows without tfjs's tape, where everything that has a say has a closed form. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { Algorithm, BatchCounts, LossFigures, LossNumbers } from "../algorithms/algorithm.js";
import type { Scores } from "../policy/policy.js";
import type { PackedRows } from "./batch.js";
import type { SliceOptions } from "./slice-gradient.js";
import type { Metrics } from "./update.js";

/**
 * As `sliceGradient`; undefined where a term of the algorithm has no closed form, the batch has demonstrations, or the
 * engine has no kernels for it.
 */
export function closedGradient(
  { policy, reference, algorithm, coefficients, temperature }: SliceOptions,
  packed: PackedRows,
  lengths: readonly number[],
  counts: BatchCounts,
  computed: number,
): { gradient: Tensor1D; metrics: Metrics } | undefined {
  const forms = closedForms(algorithm);
  if (forms === undefined || packed.demonstrated !== undefined) return undefined;
  const { tokens, mask } = packed;
  let metrics: Metrics = {};
  const gradient = policy.scoreGradient({ tokens, temperature, lengths, asked: mask }, (scores) => {
    const fixed =
      algorithm.reference === undefined
        ? undefined
        : reference!.score(tokens, temperature, lengths, mask).logProbs;
    const numbers = numbersOf(scores, packed, fixed, counts);
    const objective = forms.objective(numbers);
    const terms = forms.regularizers.map((form) => form(numbers));
    metrics = { "loss/policy": objective.loss, "policy/kl_old": divergence(numbers) / Math.max(1, computed) };
    for (const [i, { metric }] of algorithm.regularizers.entries()) metrics[metric] = terms[i]!.loss;
    Object.assign(metrics, objective.metrics);
    const all = [{ slopes: objective.slopes, coefficient: 1 }].concat(
      terms.map(({ slopes }, i) => ({ slopes, coefficient: coefficients[i]! })),
    );
    const slope = (name: keyof LossFigures["slopes"]) =>
      tf.tensor2d(
        weighedSum(
          mask.size,
          all.map(({ slopes, coefficient }) => ({ slopes: slopes[name], coefficient })),
        ),
        mask.shape,
      );
    return {
      ...{ logProbs: slope("logProbs"), entropy: slope("entropy") },
      ...(scores.values === undefined ? {} : { values: slope("values") }),
    };
  });
  return gradient === undefined ? undefined : { gradient, metrics };
}

type ClosedForm = (numbers: LossNumbers) => LossFigures;

function closedForms({ objective, regularizers }: Algorithm) {
  const forms: ClosedForm[] = [];
  for (const part of [objective, ...regularizers]) {
    if (part.closedForm === undefined) return undefined;
    forms.push((numbers) => part.closedForm!(numbers));
  }
  const [first, ...others] = forms;
  return { objective: first!, regularizers: others };
}

function numbersOf(
  scores: Scores,
  { mask, oldLogProbs, advantages, oldValues, returns }: PackedRows,
  referenceLogProbs: Tensor2D | undefined,
  counts: BatchCounts,
): LossNumbers {
  const numbers = (tensor: Tensor2D) => tensor.dataSync<"float32">();
  const optional = { referenceLogProbs, values: scores.values, oldValues, returns };
  return {
    logProbs: numbers(scores.logProbs),
    entropy: numbers(scores.entropy),
    mask: numbers(mask),
    oldLogProbs: numbers(oldLogProbs),
    advantages: numbers(advantages),
    ...Object.fromEntries(
      Object.entries(optional).flatMap(([name, tensor]) => (tensor ? [[name, numbers(tensor)]] : [])),
    ),
    columns: mask.shape[1],
    counts,
  };
}

/** Terms without slopes or with a coefficient of 0 have no say. */
function weighedSum(
  size: number,
  terms: readonly { slopes: Float32Array | undefined; coefficient: number }[],
): Float32Array {
  const sum = new Float32Array(size);
  for (const { slopes, coefficient } of terms) {
    if (slopes === undefined || coefficient === 0) continue;
    for (let i = 0; i < size; i++) sum[i]! += coefficient * slopes[i]!;
  }
  return sum;
}

/** `policy/kl_old` as slice-gradient.ts has it, summed over the written tokens. */
function divergence({ logProbs, oldLogProbs, mask }: LossNumbers): number {
  let sum = 0;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    const logRatio = logProbs[i]! - oldLogProbs[i]!;
    sum += Math.exp(logRatio) - 1 - logRatio;
  }
  return sum;
}
