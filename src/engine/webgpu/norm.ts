/**
 * Layer norm (Ba, Kiros & Hinton 2016) together with what comes before it: a transformer normalises its stream
 * right after something was added to it. Shapes: R lines, D width.
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Rows } from "./layout.js";
import { run, type Program } from "./program.js";
import {
  columnsAtOnce,
  columnStart,
  columnThreads,
  columnTotal,
  rowThreads,
  rowTotal,
} from "./reductions.js";

export interface Normalized {
  /** [R, D], what was normalised. */
  stream: Tensor;
  /** [R, D]: (stream − mean) / √(variance + 10⁻⁵) · scale + shift. */
  normal: Tensor;
  /** [R, 2]: mean and 1 / √(variance + 10⁻⁵). */
  statistics: Tensor;
}

/** The rest of a norm, for a line of which `value` is what is normalised, at `index` of the stream. */
const normalize = (value: string) => /* wgsl */ `
  let base = line * u.width;
  var sum = 0.0;
  for (var i = lane; i < u.width; i += ${rowThreads}u) {
    let index = base + i;
    let value = ${value};
    stream[index] = value;
    sum += value;
  }
  let mean = total(lane, sum) / f32(u.width);
  var squares = 0.0;
  for (var i = lane; i < u.width; i += ${rowThreads}u) {
    let centred = stream[base + i] - mean;
    squares += centred * centred;
  }
  let factor = inverseSqrt(total(lane, squares) / f32(u.width) + 1e-5);
  for (var i = lane; i < u.width; i += ${rowThreads}u) {
    normal[base + i] = (stream[base + i] - mean) * factor * scale[i] + shift[i];
  }
  if (lane == 0u) {
    statistics[2u * line] = mean;
    statistics[2u * line + 1u] = factor;
  }`;

const outputs = { stream: "f32", normal: "f32", statistics: "f32" } as const;

const addNormProgram = {
  name: "add, norm",
  inputs: { x: "f32", update: "f32", bias: "f32", scale: "f32", shift: "f32" },
  outputs,
  uniforms: { width: "u32" },
  threads: rowThreads,
  declarations: rowTotal,
  main: `let line = group; ${normalize("x[index] + update[index] + bias[i]")}`,
} as const satisfies Program;

/** Layer norm of x + update + bias. */
export function addNorm(
  x: Tensor,
  update: Tensor,
  bias: Tensor,
  { scale, shift }: { scale: Tensor; shift: Tensor },
): Normalized {
  const [lines, width] = x.shape as [number, number];
  return run(addNormProgram, { x, update, bias, scale, shift }, shapes(lines, width), { width }, lines);
}

const embedNormProgram = {
  name: "embed, norm",
  inputs: { places: "vec4<i32>", words: "f32", positions: "f32", scale: "f32", shift: "f32" },
  outputs,
  uniforms: { width: "u32", length: "u32" },
  threads: rowThreads,
  declarations: rowTotal,
  main: /* wgsl */ `
  let place = places[group];
  if (place.z < 0) { return; }
  let line = u32(place.z);
  let position = group % u.length;
  let word = u32(place.x);
  ${normalize("words[word * u.width + i] + positions[position * u.width + i]")}`,
} as const satisfies Program;

/**
 * Layer norm of the embeddings of all tokens that are computed.
 * @param places see layout.ts
 * @param words [V, D]
 * @param positions [T or more, D]
 */
export function embedNorm(
  { rows, length, lines }: Rows,
  places: Tensor,
  words: Tensor,
  positions: Tensor,
  { scale, shift }: { scale: Tensor; shift: Tensor },
): Normalized {
  const width = words.shape[1]!;
  const inputs = { places, words, positions, scale, shift };
  return run(embedNormProgram, inputs, shapes(lines, width), { width, length }, rows * length);
}

function shapes(lines: number, width: number) {
  return { stream: [lines, width], normal: [lines, width], statistics: [lines, 2] };
}

const inputGradient = (residual: string) => /* wgsl */ `
  let base = group * u.width;
  let mean = statistics[2u * group];
  let factor = statistics[2u * group + 1u];
  var sum = 0.0;
  var moment = 0.0;
  for (var i = lane; i < u.width; i += ${rowThreads}u) {
    let slope = gradient[base + i] * scale[i];
    sum += slope;
    moment += slope * (stream[base + i] - mean) * factor;
  }
  sum = total(lane, sum) / f32(u.width);
  moment = total(lane, moment) / f32(u.width);
  for (var i = lane; i < u.width; i += ${rowThreads}u) {
    let normal = (stream[base + i] - mean) * factor;
    result[base + i] = ${residual}factor * (gradient[base + i] * scale[i] - sum - normal * moment);
  }`;

const backward = {
  outputs: { result: "f32" },
  uniforms: { width: "u32" },
  threads: rowThreads,
  declarations: rowTotal,
} as const;
const backwardInputs = { gradient: "f32", stream: "f32", statistics: "f32", scale: "f32" } as const;

const normGradientProgram = {
  ...backward,
  name: "norm gradient",
  inputs: backwardInputs,
  main: inputGradient(""),
} as const satisfies Program;

const residualNormGradientProgram = {
  ...backward,
  name: "norm gradient + residual",
  inputs: { ...backwardInputs, residual: "f32" },
  main: inputGradient("residual[base + i] + "),
} as const satisfies Program;

const parameterGradients = (bias: string, result: string) => /* wgsl */ `
  ${columnStart}
  var scaleSum = 0.0;
  var shiftSum = 0.0;
  var biasSum = 0.0;
  if (column < u.width) {
    for (var line = first; line < u.lines; line += lanes) {
      let index = line * u.width + column;
      let slope = gradient[index];
      scaleSum += slope * (stream[index] - statistics[2u * line]) * statistics[2u * line + 1u];
      shiftSum += slope;
      ${bias}
    }
  }
  scaleSum = columnTotal(lane, scaleSum);
  shiftSum = columnTotal(lane, shiftSum);
  biasSum = columnTotal(lane, biasSum);
  if (first == 0u && column < u.width) {
    scale[column] = scaleSum;
    shift[column] = shiftSum;
    ${result}
  }`;

const columns = {
  uniforms: { width: "u32", lines: "u32" },
  threads: columnThreads,
  declarations: columnTotal,
} as const;

const scaleGradientProgram = {
  ...columns,
  name: "scale and shift gradient",
  inputs: { gradient: "f32", stream: "f32", statistics: "f32" },
  outputs: { scale: "f32", shift: "f32" },
  main: parameterGradients("", ""),
} as const satisfies Program;

const biasGradientProgram = {
  ...columns,
  name: "scale, shift and bias gradient",
  inputs: { gradient: "f32", stream: "f32", statistics: "f32", total: "f32" },
  outputs: { scale: "f32", shift: "f32", bias: "f32" },
  main: parameterGradients("biasSum += total[index];", "bias[column] = biasSum;"),
} as const satisfies Program;

export interface NormGradients {
  /** [R, D], of the stream before the norm: through the norm, and the residual's. */
  stream: Tensor;
  /** [D] each. */
  scale: Tensor;
  shift: Tensor;
}

/**
 * Gradients of {@link embedNorm}'s and {@link addNorm}'s norm.
 * @param gradient [R, D] of `normal`
 * @param residual [R, D] of `stream` by other ways, if there are
 */
export function normGradients(
  gradient: Tensor,
  { stream, statistics }: Normalized,
  scale: Tensor,
  residual?: Tensor,
): NormGradients {
  const [lines, width] = stream.shape as [number, number];
  const input = streamGradient(gradient, { stream, statistics }, scale, residual);
  const sums = run(
    scaleGradientProgram,
    { gradient, stream, statistics },
    { scale: [width], shift: [width] },
    { width, lines },
    Math.ceil(width / columnsAtOnce),
  );
  return { stream: input, ...sums };
}

/** Those of {@link addNorm}: with `bias`, [D]; x and update have the stream's gradient. */
export function addNormGradients(
  gradient: Tensor,
  { stream, statistics }: Normalized,
  scale: Tensor,
  residual?: Tensor,
): NormGradients & { bias: Tensor } {
  const [lines, width] = stream.shape as [number, number];
  const total = streamGradient(gradient, { stream, statistics }, scale, residual);
  const sums = run(
    biasGradientProgram,
    { gradient, stream, statistics, total },
    { scale: [width], shift: [width], bias: [width] },
    { width, lines },
    Math.ceil(width / columnsAtOnce),
  );
  return { stream: total, ...sums };
}

function streamGradient(
  gradient: Tensor,
  { stream, statistics }: Omit<Normalized, "normal">,
  scale: Tensor,
  residual?: Tensor,
): Tensor {
  const [lines, width] = stream.shape as [number, number];
  const inputs = { gradient, stream, statistics, scale };
  const outputs = { result: [lines, width] };
  if (residual === undefined) return run(normGradientProgram, inputs, outputs, { width }, lines).result;
  return run(residualNormGradientProgram, { ...inputs, residual }, outputs, { width }, lines).result;
}
