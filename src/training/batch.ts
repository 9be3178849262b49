/** Packs trajectories into rectangular arrays, and cuts them into slices small enough to work on without a pause. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor2D } from "@tensorflow/tfjs-core";
import { fusedKernels } from "../engine/fused.js";

/** One context with what a loss needs to know of each of its T tokens. */
export interface Row {
  tokens: Int32Array;
  mask: Uint8Array;
  logProbs: Float32Array;
  advantages: Float32Array;
  values?: Float32Array;
  returns?: Float32Array;
  /** Written by the scripted policy. */
  demonstrated?: boolean;
}

/** B rows padded to T tokens; all but `tokens` [B, T] are predictions, [B, T − 1]: column t belongs to token t + 1. */
export interface PackedRows {
  tokens: Tensor2D;
  mask: Tensor2D;
  oldLogProbs: Tensor2D;
  advantages: Tensor2D;
  oldValues?: Tensor2D;
  returns?: Tensor2D;
  /** [B, 1]: 1 for demonstrations; absent when there are none. */
  demonstrated?: Tensor2D;
}

/** @returns tensors the caller disposes. */
export function packRows(rows: readonly Row[]): PackedRows {
  const length = Math.max(2, ...rows.map(({ tokens }) => tokens.length));
  const tokens = new Int32Array(rows.length * length);
  for (const [i, row] of rows.entries()) tokens.set(row.tokens, i * length);
  const predictions = (of: (row: Row) => ArrayLike<number>): Tensor2D => {
    const values = new Float32Array(rows.length * (length - 1));
    for (const [i, row] of rows.entries()) {
      const from = of(row);
      for (let t = 1; t < from.length; t++) values[i * (length - 1) + t - 1] = from[t]!;
    }
    return tf.tensor2d(values, [rows.length, length - 1]);
  };
  return {
    tokens: tf.tensor2d(tokens, [rows.length, length], "int32"),
    mask: predictions(({ mask }) => mask),
    oldLogProbs: predictions(({ logProbs }) => logProbs),
    advantages: predictions(({ advantages }) => advantages),
    ...(rows.every(({ values }) => values !== undefined)
      ? { oldValues: predictions((row) => row.values!) }
      : {}),
    ...(rows.some(({ demonstrated }) => demonstrated)
      ? { demonstrated: tf.tensor2d(rows.map((row) => [row.demonstrated === true ? 1 : 0])) }
      : {}),
    ...(rows.every(({ returns }) => returns !== undefined)
      ? { returns: predictions((row) => row.returns!) }
      : {}),
  };
}

/**
 * Cuts rows into slices of at most `tokens` tokens after padding. Rows of like length come together, so that
 * little is padded; rows of one unit (a preference pair) stay together.
 */
export function sliceRows(
  rows: readonly Row[],
  units: readonly (readonly number[])[],
  tokens: number,
): number[][] {
  const lengthOf = (unit: readonly number[]) => Math.max(...unit.map((row) => rows[row]!.tokens.length));
  const sorted = units.map((unit) => ({ unit, length: lengthOf(unit) })).sort((a, b) => b.length - a.length);
  const slices: number[][] = [];
  let longest = 0;
  for (const { unit, length } of sorted) {
    const slice = slices.at(-1);
    if (slice === undefined || (slice.length + unit.length) * longest > tokens) {
      slices.push([...unit]);
      longest = length;
    } else {
      slice.push(...unit);
    }
  }
  return slices;
}

/**
 * Tokens of a slice, so that its forward and backward pass keeps the event loop waiting for well under 250 ms: four
 * times as many where the engine has fused kernels, which are about that much faster.
 */
export function sliceTokens({ width, layers }: { width: number; layers: number }): number {
  const tokens = fusedKernels()?.score === undefined ? 1024 : 4096;
  return Math.max(64, Math.round((tokens * 2 * 64 * 64) / (layers * width * width)));
}
