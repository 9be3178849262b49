/** The gradient of a slice of an update's rows: by closed forms where there are any, else through tfjs's tape. */
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { BatchCounts, LossInputs } from "../algorithms/algorithm.js";
import { read } from "../engine/pace.js";
import { packRows, type Row } from "./batch.js";
import { closedGradient } from "./closed-gradient.js";
import { lossGradient } from "./loss-gradient.js";
import type { Metrics, UpdateOptions } from "./update.js";

export type SliceOptions = Pick<
  UpdateOptions,
  "policy" | "reference" | "algorithm" | "coefficients" | "temperature"
>;

/**
 * Gradient and metrics of one slice of rows; both are sums that add up over slices.
 * @param computed written tokens of all rows that are computed: those without a gradient are not
 */
export async function sliceGradient(
  options: SliceOptions,
  rows: readonly Row[],
  counts: BatchCounts,
  computed: number,
): Promise<{ gradient: Tensor1D; metrics: Metrics }> {
  const { policy, reference, algorithm, coefficients, temperature } = options;
  const packed = packRows(rows);
  const lengths = rows.map((row) => row.tokens.length);
  let names: string[] = [];
  let measured: Tensor1D | undefined;
  let gradient: Tensor1D | undefined;
  try {
    const shortcut = closedGradient(options, packed, lengths, counts, computed);
    if (shortcut !== undefined) return shortcut;
    gradient = tf.tidy(() => {
      const { tokens, mask, ...rest } = packed;
      const referenceLogProbs =
        algorithm.reference === undefined
          ? undefined
          : reference!.score(tokens, temperature, lengths, mask).logProbs;
      const scored = { tokens, temperature, lengths, asked: mask };
      return lossGradient(policy, scored, (scores) => {
        const inputs: LossInputs = {
          ...scores,
          ...rest,
          mask,
          ...(referenceLogProbs === undefined ? {} : { referenceLogProbs }),
          ...(algorithm.objective.kind === "preference" ? { pairs: alternating(rows.length) } : {}),
          counts,
        };
        const loss = algorithm.objective.loss(inputs);
        const terms = algorithm.regularizers.map((regularizer) => regularizer.loss(inputs));
        const figures: Record<string, Scalar> = { "loss/policy": loss, ...commonMetrics(inputs, computed) };
        for (const [i, { metric }] of algorithm.regularizers.entries()) figures[metric] = terms[i]!;
        Object.assign(figures, algorithm.objective.metrics?.(inputs));
        names = Object.keys(figures);
        measured = tf.keep(tf.stack(Object.values(figures)) as Tensor1D);
        return terms.reduce<Scalar>(
          (sum, term, i) => (coefficients[i] === 0 ? sum : tf.add(sum, tf.mul(term, coefficients[i]!))),
          loss,
        );
      });
    });
    const figures = await read(measured!);
    return { gradient, metrics: Object.fromEntries(names.map((name, i) => [name, figures[i]!])) };
  } catch (error) {
    gradient?.dispose();
    throw error;
  } finally {
    measured?.dispose();
    tf.dispose({ ...packed });
  }
}

/** Rows of pairs are laid out chosen, rejected, chosen, rejected … */
function alternating(rows: number): { chosen: number[]; rejected: number[] } {
  const pairs = Array.from({ length: rows / 2 }, (_, i) => 2 * i);
  return { chosen: pairs, rejected: pairs.map((row) => row + 1) };
}

/** Reported for every algorithm; additive over rows. */
function commonMetrics(
  { logProbs, oldLogProbs, mask: all, demonstrated }: LossInputs,
  tokens: number,
): Record<string, Scalar> {
  // Demonstrations were not sampled by an old policy.
  const mask = demonstrated === undefined ? all : tf.mul(all, tf.sub(1, demonstrated));
  const logRatio = tf.mul(tf.sub(logProbs, oldLogProbs), mask) as Tensor2D;
  // k3 of http://joschu.net/blog/kl-approx.html with samples of the old policy: r − 1 − log r.
  const divergence = tf.sub(tf.sub(tf.exp(logRatio), 1), logRatio) as Tensor2D;
  return { "policy/kl_old": tf.div(tf.sum(divergence), Math.max(1, tokens)) as Scalar };
}
