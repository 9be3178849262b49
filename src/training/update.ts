/** One update: trajectories and advantages → objective → gradient → optimizer steps → metrics. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import type { Algorithm, BatchCounts } from "../algorithms/algorithm.js";
import { Pace } from "../engine/pace.js";
import type { TrainablePolicy } from "../policy/policy.js";
import type { Random } from "../random.js";
import type { Trajectory } from "../rollout/trajectory.js";
import type { Adam } from "./adam.js";
import { sliceRows, type Row } from "./batch.js";
import { sliceGradient } from "./slice-gradient.js";

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
  const row: Row = { tokens, mask, logProbs, advantages: options.advantages[i]! };
  if (demonstrated !== undefined) row.demonstrated = demonstrated;
  if (values !== undefined) row.values = values;
  if (options.returns !== undefined) row.returns = options.returns[i]!;
  return row;
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
