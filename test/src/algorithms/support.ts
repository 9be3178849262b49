/** Made-up trajectories and batches, and what the library's results are held against: plain float64 code. */
import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import type { BatchCounts, LossInputs, Objective } from "../../../src/algorithms/algorithm.js";
import { startCpu } from "../../../src/engine/cpu.js";
import { loadTensorFlow } from "../../../src/engine/tensorflow.js";
import type { Trajectory } from "../../../src/rollout/trajectory.js";
import { Random } from "../../../src/random.js";

loadTensorFlow();
await startCpu();

export type Rows = number[][];

/** A batch in plain numbers; every matrix is B rows of T columns. */
export interface PlainBatch {
  logProbs: Rows;
  oldLogProbs: Rows;
  referenceLogProbs: Rows;
  advantages: Rows;
  entropy: Rows;
  mask: Rows;
  values: Rows;
  oldValues: Rows;
  returns: Rows;
  pairs: { chosen: number[]; rejected: number[] };
  counts: BatchCounts;
}

const matrices = [
  "logProbs",
  "oldLogProbs",
  "referenceLogProbs",
  "advantages",
  "entropy",
  "mask",
  "values",
  "oldValues",
  "returns",
] as const;

type Differentiable = "logProbs" | "entropy" | "values";

/**
 * A random batch: ragged lengths, gaps in the mask (tool output), one row with a single written token, ratios on
 * both sides of the usual clips. Numbers are float32, so that both sides start from the same.
 */
export function randomBatch(seed: number, rows = 5, columns = 8): PlainBatch {
  const random = new Random(seed, 17);
  const fill = (draw: () => number): Rows =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => Math.fround(draw())));
  const logProbs = fill(() => -0.05 - 2 * random.next());
  const lengths = Array.from({ length: rows }, (_, i) => (i === 0 ? 1 : random.between(2, columns)));
  const mask = lengths.map((length, i) =>
    Array.from({ length: columns }, (_, t) => {
      if (i === 0) return t === 3 ? 1 : 0;
      return t === 0 || (t < length && random.chance(0.7)) ? 1 : 0;
    }),
  );
  const near = (spread: number): Rows =>
    logProbs.map((row) => row.map((value) => Math.fround(value + spread * random.normal())));
  const values = fill(() => random.normal());
  return {
    logProbs,
    oldLogProbs: near(0.3),
    referenceLogProbs: near(0.4),
    advantages: fill(() => random.normal()),
    entropy: fill(() => 2 * random.next()),
    mask,
    values,
    oldValues: values.map((row) => row.map((value) => Math.fround(value + 0.3 * random.normal()))),
    returns: fill(() => random.normal()),
    pairs: { chosen: [0, 2], rejected: [1, 3] },
    counts: { rows, tokens: total(mask), pairs: 2, maxTokens: 2 * columns },
  };
}

/** The batch with one advantage for each row. */
export function withRowAdvantages(batch: PlainBatch, seed = 1): PlainBatch {
  const random = new Random(seed, 18);
  return {
    ...batch,
    advantages: batch.advantages.map((row) => {
      const advantage = Math.fround(random.normal());
      return row.map(() => advantage);
    }),
  };
}

export function total(rows: Rows): number {
  return rows.flat().reduce((sum, value) => sum + value, 0);
}

/** Σ over written tokens of a figure, by row. */
export function rowSums(batch: PlainBatch, figure: (i: number, t: number) => number): number[] {
  return batch.mask.map((row, i) => row.reduce((sum, bit, t) => (bit ? sum + figure(i, t) : sum), 0));
}

export function rowLengths(batch: PlainBatch): number[] {
  return batch.mask.map((row) => row.reduce((sum, bit) => sum + bit, 0));
}

/** The batch as tensors, all or some of its rows; the caller disposes. */
export function inputsOf(batch: PlainBatch, rows = batch.mask.map((_, i) => i)): LossInputs {
  const columns = batch.mask[0]?.length ?? 0;
  const tensors = Object.fromEntries(
    matrices.map((name) => [
      name,
      tf.tensor2d(
        rows.flatMap((i) => batch[name][i]!),
        [rows.length, columns],
        "float32",
      ),
    ]),
  ) as Record<(typeof matrices)[number], tf.Tensor2D>;
  const inside = batch.pairs.chosen
    .map((chosen, p) => ({ chosen: rows.indexOf(chosen), rejected: rows.indexOf(batch.pairs.rejected[p]!) }))
    .filter(({ chosen, rejected }) => chosen >= 0 && rejected >= 0);
  return {
    ...tensors,
    pairs: { chosen: inside.map((p) => p.chosen), rejected: inside.map((p) => p.rejected) },
    counts: batch.counts,
  };
}

/** The inputs without one of them. */
export function without(inputs: LossInputs, missing: keyof LossInputs): LossInputs {
  return Object.fromEntries(
    Object.entries(inputs).filter(([name]) => name !== missing),
  ) as unknown as LossInputs;
}

/** The loss and its gradients. */
export function lossAndGradients(
  loss: (inputs: LossInputs) => tf.Scalar,
  inputs: LossInputs,
  names: readonly Differentiable[],
): { loss: number; gradients: Rows[] } {
  return tf.tidy(() => {
    const run = (...tensors: tf.Tensor[]): tf.Scalar =>
      loss({ ...inputs, ...Object.fromEntries(names.map((name, k) => [name, tensors[k]!])) });
    const { value, grads } = tf.valueAndGrads(run)(names.map((name) => inputs[name]!));
    return { loss: value.dataSync()[0]!, gradients: grads.map((grad) => grad.arraySync() as Rows) };
  });
}

/**
 * Holds a loss and its gradient against a plain formula: the value directly, the gradient by central differences
 * in float64. `formula(batch, frozen)` takes what no gradient flows through from `frozen`.
 */
export function expectFormula(
  loss: (inputs: LossInputs) => tf.Scalar,
  batch: PlainBatch,
  formula: (batch: PlainBatch, frozen: PlainBatch) => number,
  names: readonly Differentiable[] = ["logProbs"],
): void {
  const inputs = inputsOf(batch);
  const result = lossAndGradients(loss, inputs, names);
  expectClose(result.loss, formula(batch, batch));
  for (const [k, name] of names.entries()) {
    for (const [i, row] of batch[name].entries()) {
      for (const t of row.keys()) {
        expectClose(result.gradients[k]![i]![t]!, derivative(batch, name, i, t, formula));
      }
    }
  }
}

function derivative(
  batch: PlainBatch,
  name: Differentiable,
  i: number,
  t: number,
  formula: (batch: PlainBatch, frozen: PlainBatch) => number,
): number {
  const h = 1e-6;
  const moved = (by: number): number => {
    const rows = batch[name].map((row) => [...row]);
    rows[i]![t]! += by;
    return formula({ ...batch, [name]: rows }, batch);
  };
  return (moved(h) - moved(-h)) / (2 * h);
}

/** Holds that the loss of the batch is the sum of the losses of slices of its rows, gradients alike. */
export function expectAdditive(
  loss: (inputs: LossInputs) => tf.Scalar,
  batch: PlainBatch,
  slices: readonly number[][],
  names: readonly Differentiable[] = ["logProbs"],
): void {
  const whole = lossAndGradients(loss, inputsOf(batch), names);
  const parts = slices.map((rows) => lossAndGradients(loss, inputsOf(batch, rows), names));
  expectClose(
    parts.reduce((sum, part) => sum + part.loss, 0),
    whole.loss,
  );
  for (const k of names.keys()) {
    for (const [s, rows] of slices.entries()) {
      for (const [j, i] of rows.entries()) {
        for (const [t, value] of whole.gradients[k]![i]!.entries()) {
          expectClose(parts[s]!.gradients[k]![j]![t]!, value);
        }
      }
    }
  }
}

/**
 * Holds a closed form against what the tensors of the same loss come to: its value, its gradients with respect to all
 * scores, and its metrics.
 */
export function expectSameInClosedForm(
  part: Pick<Objective, "loss" | "closedForm" | "metrics">,
  batch: PlainBatch,
): void {
  const flat = (name: (typeof matrices)[number]) => Float32Array.from(batch[name].flat());
  const closed = part.closedForm!({
    ...(Object.fromEntries(matrices.map((name) => [name, flat(name)])) as Record<
      (typeof matrices)[number],
      Float32Array
    >),
    ...{ columns: batch.mask[0]!.length, counts: batch.counts },
  });
  // A loss that does not use a score has no gradient for tfjs: every one is used, with a weight of 0.
  const inputs = inputsOf(batch);
  const all = (given: LossInputs): tf.Scalar =>
    tf.addN([part.loss(given), ...scored.map((name) => tf.mul<tf.Scalar>(tf.sum(given[name]!), 0))]);
  const { loss, gradients } = lossAndGradients(all, inputs, scored);
  expectClose(closed.loss, loss, 1e-6);
  const largest = Math.max(...gradients.flat(2).map(Math.abs));
  expect(largest).toBeGreaterThan(0);
  for (const [k, name] of scored.entries()) {
    for (const [i, slope] of gradients[k]!.flat().entries()) {
      expect(Math.abs((closed.slopes[name]?.[i] ?? 0) - slope), name).toBeLessThan(1e-6 * largest);
    }
  }
  const metrics = tf.tidy(() =>
    Object.entries(part.metrics?.(inputs) ?? {}).map(
      ([name, value]) => [name, value.dataSync()[0]!] as const,
    ),
  );
  expect(Object.keys(closed.metrics ?? {}).sort()).toEqual(metrics.map(([name]) => name).sort());
  for (const [name, value] of metrics) expectClose(closed.metrics![name]!, value, 1e-6);
}

const scored = ["logProbs", "entropy", "values"] as const;

/** Equal to float32's accuracy. */
export function expectClose(actual: number, expected: number, tolerance = 2e-5): void {
  expect(Math.abs(actual - expected), `${actual} against ${expected}`).toBeLessThanOrEqual(
    tolerance * Math.max(1, Math.abs(expected)),
  );
}

export interface TurnSpec {
  /** Tokens the policy writes. */
  tokens: number;
  reward: number;
  /** Tokens of tool output after it. */
  observed?: number;
  value?: number;
  action?: string;
  replayed?: boolean;
  /** Mean log-probability of its tokens. */
  logProb?: number;
}

export interface TrajectorySpec {
  episode: number;
  group?: number;
  agent?: number;
  context?: number;
  seed?: number;
  prompt?: number;
  turns: TurnSpec[];
  firstStep?: number;
  return?: number;
  success?: boolean;
  truncated?: boolean;
  values?: (t: number) => number;
}

/** A trajectory of this shape: a prompt, then turns with tool output between them. */
export function trajectory(spec: TrajectorySpec): Trajectory {
  const { turns: specs, prompt = 2, firstStep = 0 } = spec;
  const mask: number[] = new Array<number>(prompt).fill(0);
  const logProbs: number[] = new Array<number>(prompt).fill(0);
  const turns = specs.map((turn, k) => {
    const start = mask.length;
    for (let t = 0; t < turn.tokens; t++) {
      mask.push(turn.replayed ? 0 : 1);
      logProbs.push(turn.replayed ? 0 : (turn.logProb ?? -0.5));
    }
    const end = mask.length;
    for (let t = 0; t < (turn.observed ?? 0); t++) {
      mask.push(0);
      logProbs.push(0);
    }
    return {
      start,
      end,
      reward: turn.reward,
      action: turn.action ?? `a${firstStep + k}`,
      step: firstStep + k,
      ...(turn.value !== undefined && { value: turn.value }),
    };
  });
  const outcome = spec.return ?? specs.reduce((sum, turn) => sum + turn.reward, 0);
  return {
    episode: spec.episode,
    group: spec.group ?? 0,
    agent: spec.agent ?? 0,
    context: spec.context ?? 0,
    seed: spec.seed ?? 1000 + (spec.group ?? 0),
    tokens: Int32Array.from(mask, (_, t) => t % 7),
    mask: Uint8Array.from(mask),
    logProbs: Float32Array.from(logProbs),
    ...(spec.values && { values: Float32Array.from(mask, (_, t) => spec.values!(t)) }),
    turns,
    return: outcome,
    success: spec.success ?? outcome > 0,
    terminated: !(spec.truncated ?? false),
    truncated: spec.truncated ?? false,
    info: {},
  };
}

/** Random trajectories: groups of rollouts with ragged turns, rewards on the way, tool output between turns. */
export function randomTrajectories(
  seed: number,
  { groups = 3, groupSize = 4, values = false } = {},
): Trajectory[] {
  const random = new Random(seed, 19);
  return Array.from({ length: groups * groupSize }, (_, episode) => {
    const drawn = Array.from({ length: 40 }, () => random.normal());
    return trajectory({
      episode,
      group: Math.floor(episode / groupSize),
      prompt: random.between(1, 4),
      truncated: random.chance(0.3),
      turns: Array.from({ length: random.between(1, 3) }, () => ({
        tokens: random.between(1, 4),
        observed: random.between(0, 2),
        reward: random.choice([0, 0, 1, -0.5, 0.25]),
      })),
      ...(values && { values: (t: number) => drawn[t]! }),
    });
  });
}
