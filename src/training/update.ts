/** One update: trajectories and advantages → objective → gradient → optimizer steps → metrics. */
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import type { Algorithm, BatchCounts, LossInputs } from "../algorithms/algorithm.js";
import { variableGrads } from "../engine/gradients.js";
import { Pace, read } from "../engine/pace.js";
import type { TrainablePolicy } from "../policy/policy.js";
import type { Random } from "../random.js";
import type { Trajectory } from "../rollout/trajectory.js";
import { flatten, type Adam } from "./adam.js";
import { packRows, sliceRows, type Row } from "./batch.js";

export interface UpdateOptions {
  policy: TrainablePolicy;
  /** Frozen; needed by algorithms with a reference. */
  reference?: TrainablePolicy;
  algorithm: Algorithm;
  /** One per regularizer. */
  coefficients: readonly number[];
  trajectories: readonly Trajectory[];
  /** As the algorithm's estimator returned them. */
  advantages: readonly Float32Array[];
  returns?: readonly Float32Array[];
  optimizer: Adam;
  learningRate: number;
  temperature: number;
  /** Orders the minibatches. */
  random: Random;
  /** Tokens worked on at once. */
  sliceTokens: number;
  signal?: AbortSignal;
}

export type Metrics = Record<string, number>;

/** Something that cannot be divided further: a row, or the two rows of a preference pair. */
type Unit = readonly number[];

/**
 * Runs all epochs and minibatches of an update.
 * @returns `loss/policy`, `policy/gradient_norm`, `policy/kl_old` (k3 estimate of the divergence
 * from the sampling policy), each regularizer's metric and the objective's own: means over the update's passes.
 * @throws Error when the loss or the gradient is not a finite number; the parameters are then unchanged by that step.
 */
export async function update(options: UpdateOptions): Promise<Metrics> {
  const { algorithm, trajectories, random } = options;
  const rows = trajectories.map((trajectory, i): Row => rowOf(trajectory, options, i));
  const units = unitsOf(options, rows);
  const totals: Metrics = { "loss/policy": 0, "policy/kl_old": 0, "policy/gradient_norm": 0 };
  let steps = 0;
  for (let epoch = 0; epoch < algorithm.epochs; epoch++) {
    const shuffled = algorithm.minibatches > 1 ? random.shuffle(units.all) : units.all;
    for (let minibatch = 0; minibatch < algorithm.minibatches; minibatch++) {
      const part = shuffled.filter((_, i) => i % algorithm.minibatches === minibatch);
      if (part.length === 0) continue;
      const metrics = await step(options, rows, part, units.silent);
      for (const [name, value] of Object.entries(metrics)) totals[name] = (totals[name] ?? 0) + value;
      steps++;
    }
  }
  return Object.fromEntries(
    Object.entries(totals).map(([name, total]) => [name, total / Math.max(1, steps)]),
  );
}

function rowOf(
  { tokens, mask, logProbs, values, demonstrated }: Trajectory,
  options: UpdateOptions,
  i: number,
): Row {
  return {
    ...{ tokens, mask, logProbs },
    advantages: options.advantages[i]!,
    ...(demonstrated === undefined ? {} : { demonstrated }),
    ...(values === undefined ? {} : { values }),
    ...(options.returns === undefined ? {} : { returns: options.returns[i]! }),
  };
}

/** What minibatches are made of, and which rows need no computing because they have no gradient. */
function unitsOf({ algorithm, trajectories, coefficients }: UpdateOptions, rows: readonly Row[]) {
  if (algorithm.objective.kind === "preference") {
    const pairs = algorithm.pairs?.(trajectories) ?? [];
    return { all: pairs.map(({ chosen, rejected }): Unit => [chosen, rejected]), silent: new Set<number>() };
  }
  const only = !algorithm.valueHead && coefficients.every((coefficient) => coefficient === 0);
  const silent = rows.flatMap(({ advantages, demonstrated }, i) =>
    only && demonstrated !== true && advantages.every((a) => a === 0) ? [i] : [],
  );
  return { all: rows.map((_, i): Unit => [i]), silent: new Set(silent) };
}

async function step(
  options: UpdateOptions,
  rows: readonly Row[],
  units: readonly Unit[],
  silent: ReadonlySet<number>,
): Promise<Metrics> {
  const { policy, optimizer, algorithm } = options;
  const counts = countsOf(algorithm, policy, rows, units);
  const speaking = units.filter(([row]) => !silent.has(row!));
  const parameters = [...policy.parameters.values()];
  const computed = writtenTokens(
    speaking
      .flat()
      .map((row) => rows[row]!)
      .filter(({ demonstrated }) => demonstrated !== true),
  );
  const metrics: Metrics = {};
  let gradient: Tensor1D | undefined;
  const pace = new Pace(options.signal);
  try {
    for (const slice of sliceRows(rows, speaking, options.sliceTokens)) {
      await pace.breathe();
      const part = await sliceGradient(
        options,
        slice.map((row) => rows[row]!),
        counts,
        computed,
        parameters,
      );
      for (const [name, value] of Object.entries(part.metrics)) metrics[name] = (metrics[name] ?? 0) + value;
      const sum = gradient === undefined ? part.gradient : (tf.add(gradient, part.gradient) as Tensor1D);
      if (sum !== part.gradient) tf.dispose([gradient!, part.gradient]);
      gradient = sum;
    }
    if (!Object.values(metrics).every(Number.isFinite)) {
      const name = Object.keys(metrics).find((key) => !Number.isFinite(metrics[key]))!;
      throw new Error(
        `${name} is ${metrics[name]}: training stopped before the step; a smaller learning rate may help`,
      );
    }
    options.signal?.throwIfAborted();
    const norm = gradient === undefined ? 0 : await optimizer.step(gradient, options.learningRate);
    if (!Number.isFinite(norm)) {
      throw new Error(
        `The gradient's norm is ${norm}: training stopped before the step; a smaller learning rate may help`,
      );
    }
    return { "loss/policy": 0, "policy/kl_old": 0, ...metrics, "policy/gradient_norm": norm };
  } finally {
    gradient?.dispose();
  }
}

function countsOf(
  algorithm: Algorithm,
  policy: TrainablePolicy,
  rows: readonly Row[],
  units: readonly Unit[],
): BatchCounts {
  const all = units.flat().map((row) => rows[row]!);
  const demonstratedTokens = writtenTokens(all.filter(({ demonstrated }) => demonstrated === true));
  return {
    rows: all.length,
    tokens: writtenTokens(all),
    ...(demonstratedTokens > 0 ? { demonstratedTokens } : {}),
    pairs: algorithm.objective.kind === "preference" ? units.length : 0,
    maxTokens: policy.contextLength,
  };
}

function writtenTokens(rows: readonly Row[]): number {
  let count = 0;
  for (const { mask } of rows) for (const written of mask) count += written;
  return count;
}

/**
 * Gradient and metrics of one slice of rows; both are sums that add up over slices.
 * @param computed written tokens of all rows that are computed: those without a gradient are not
 */
async function sliceGradient(
  { policy, reference, algorithm, coefficients, temperature }: UpdateOptions,
  rows: readonly Row[],
  counts: BatchCounts,
  computed: number,
  parameters: readonly Variable[],
): Promise<{ gradient: Tensor1D; metrics: Metrics }> {
  const packed = packRows(rows);
  const lengths = rows.map((row) => row.tokens.length);
  let names: string[] = [];
  let measured: Tensor1D | undefined;
  let gradient: Tensor1D | undefined;
  try {
    gradient = tf.tidy(() => {
      const { tokens, mask, ...rest } = packed;
      const referenceLogProbs =
        algorithm.reference === undefined
          ? undefined
          : reference!.score(tokens, temperature, lengths).logProbs;
      const { value, grads } = variableGrads(() => {
        const scores = policy.score(tokens, temperature, lengths);
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
      }, parameters);
      value.dispose();
      return flatten(parameters, grads);
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
