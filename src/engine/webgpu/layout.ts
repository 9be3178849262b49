/**
 * Rows of unequal length without their padding: the tokens that are computed become the lines of one matrix, row after
 * row, so that what works on lines never meets a padded one.
 * Shapes: B rows of T predictions, R ≤ B · T lines.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { run, type Program } from "./program.js";

/**
 * The number of lines is a multiple of this, or all there are: tfjs keeps a buffer of every size it has once used, and
 * sizes that differ from batch to batch would fill a GPU's memory with them.
 */
export const linesAtOnce = 128;

export interface Rows {
  rows: number;
  /** T: places of a row. */
  length: number;
  /** R: places that are computed. */
  lines: number;
  /** Most lines of a row. */
  longest: number;
  /** int32 [B + 1]: each row's first line; at the end R. */
  starts: Tensor;
}

/** @param lengths how many of a row's T places are computed at least; all by default */
export function rowsOf(rows: number, length: number, lengths?: readonly number[]): Rows {
  const counts = lengths === undefined ? new Array<number>(rows).fill(length) : [...lengths];
  let lines = counts.reduce((sum, count) => sum + count, 0);
  let missing = Math.min(Math.ceil(lines / linesAtOnce) * linesAtOnce, rows * length) - lines;
  for (let row = 0; missing > 0; row++) {
    const more = Math.min(missing, length - counts[row]!);
    counts[row]! += more;
    missing -= more;
    lines += more;
  }
  const starts = new Int32Array(rows + 1);
  for (const [row, count] of counts.entries()) starts[row + 1] = starts[row]! + count;
  return { rows, length, lines, longest: Math.max(...counts), starts: tf.tensor1d(starts, "int32") };
}

const threads = 64;

const placesProgram = {
  name: "places",
  inputs: { tokens: "i32", starts: "i32" },
  outputs: { places: "vec4<i32>" },
  uniforms: { length: "u32", size: "u32" },
  threads,
  // A row has one token more than the network sees: the last is only predicted.
  main: /* wgsl */ `
  let place = group * ${threads}u + lane;
  if (place >= u.size) { return; }
  let row = place / u.length;
  let line = starts[row] + i32(place % u.length);
  let at = place + row;
  places[place] = vec4(tokens[at], tokens[at + 1u], select(-1, line, line < starts[row + 1u]), 0);`,
} as const satisfies Program;

/**
 * What stands at each of the B · T places, int32 [B · T, 4]: the token, the one that comes after it, and the place's line
 * or −1 where nothing is computed.
 * @param tokens int32 [B, T + 1]
 */
export function placesOf(tokens: Tensor2D, { rows, length, starts }: Rows): Tensor {
  const size = rows * length;
  const outputs = { places: [size, 4] };
  return run(placesProgram, { tokens, starts }, outputs, { length, size }, Math.ceil(size / threads)).places;
}
