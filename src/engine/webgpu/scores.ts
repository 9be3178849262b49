/**
 * What a loss is made of, from logits: the log-probability of the token that came, the entropy, the value.
 * Shapes: B rows of T predictions, R = B · T lines, V words, D width.
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import { run, type Program } from "./program.js";
import {
  columnsAtOnce,
  columnStart,
  columnThreads,
  columnTotal,
  rowLargest,
  rowThreads,
  rowTotal,
} from "./reductions.js";

/** The token that comes after a line's: a row has one more than the network sees. */
const next = "tokens[line / u.length * (u.length + 1u) + line % u.length + 1u]";

const predictions = /* wgsl */ `
  let line = group;
  let base = line * u.words;
  var top = -3e38;
  for (var i = lane; i < u.words; i += ${rowThreads}u) { top = max(top, logits[base + i]); }
  top = largest(lane, top);
  var sum = 0.0;
  var moment = 0.0;
  for (var i = lane; i < u.words; i += ${rowThreads}u) {
    let scaled = (logits[base + i] - top) / u.temperature;
    let weight = exp(scaled);
    sum += weight;
    if (weight > 0.0) { moment += weight * scaled; }
  }
  sum = total(lane, sum);
  moment = total(lane, moment);
  if (lane == 0u) {
    let normalizer = log(sum);
    logProbs[line] = (logits[base + u32(${next})] - top) / u.temperature - normalizer;
    // H = −Σ p log p with log p = scaled − log Σ exp(scaled).
    entropy[line] = normalizer - moment / sum;
  }`;

const forward = {
  uniforms: { length: "u32", words: "u32", temperature: "f32" },
  threads: rowThreads,
  declarations: rowTotal + rowLargest,
} as const;

const scoresProgram = {
  ...forward,
  name: "scores",
  inputs: { logits: "f32", tokens: "i32" },
  outputs: { logProbs: "f32", entropy: "f32" },
  main: predictions,
} as const satisfies Program;

const valuedScoresProgram = {
  ...forward,
  name: "scores and values",
  inputs: { logits: "f32", tokens: "i32", features: "f32", weight: "f32", bias: "f32" },
  outputs: { logProbs: "f32", entropy: "f32", values: "f32" },
  uniforms: { ...forward.uniforms, width: "u32" },
  main: /* wgsl */ `
  ${predictions}
  var value = 0.0;
  for (var i = lane; i < u.width; i += ${rowThreads}u) { value += features[line * u.width + i] * weight[i]; }
  value = total(lane, value);
  if (lane == 0u) { values[line] = value + bias[0]; }`,
} as const satisfies Program;

/** [B, T] each. */
export interface Scored {
  logProbs: Tensor;
  entropy: Tensor;
  values?: Tensor;
}

/** The value head: a linear function of the network's last, normalised stream. */
export interface ValueHead {
  /** [R, D] */
  features: Tensor;
  /** [D, 1] */
  weight: Tensor;
  /** [1] */
  bias: Tensor;
}

/**
 * @param logits [R, V]
 * @param tokens int32 [B, T + 1]
 */
export function scores(logits: Tensor, tokens: Tensor, temperature: number, head?: ValueHead): Scored {
  const [rows, following] = tokens.shape as [number, number];
  const [lines, words] = logits.shape as [number, number];
  const length = following - 1;
  const [shape, uniforms] = [[rows, length], { length, words, temperature }];
  const outputs = { logProbs: shape, entropy: shape };
  if (head === undefined) return run(scoresProgram, { logits, tokens }, outputs, uniforms, lines);
  return run(
    valuedScoresProgram,
    { logits, tokens, ...head },
    { ...outputs, values: shape },
    { ...uniforms, width: head.features.shape[1]! },
    lines,
  );
}

const threads = 256;

const logitsGradientProgram = {
  name: "scores gradient",
  inputs: {
    ...{ logits: "f32", tokens: "i32", logProbs: "f32", entropy: "f32" },
    ...{ logProbsGradient: "f32", entropyGradient: "f32" },
  },
  outputs: { result: "f32" },
  uniforms: { length: "u32", words: "u32", temperature: "f32", size: "u32" },
  threads,
  main: /* wgsl */ `
  let i = group * ${threads}u + lane;
  if (i >= u.size) { return; }
  let line = i / u.words;
  let token = u32(${next});
  let logProb = logProbs[line] + (logits[i] - logits[line * u.words + token]) / u.temperature;
  let probability = exp(logProb);
  let hit = select(0.0, 1.0, i % u.words == token);
  // ∂ log p(token) = hit − p and ∂ H = −p (log p + H); what has no probability has no share in either.
  var slope = logProbsGradient[line] * (hit - probability);
  if (probability > 0.0) { slope -= entropyGradient[line] * probability * (logProb + entropy[line]); }
  result[i] = slope / u.temperature;`,
} as const satisfies Program;

/** Gradient with respect to the logits, [R, V], of {@link scores}. */
export function logitsGradient(
  gradient: { logProbs: Tensor; entropy: Tensor },
  logits: Tensor,
  tokens: Tensor,
  { logProbs, entropy }: Scored,
  temperature: number,
): Tensor {
  const { size, shape } = logits;
  const uniforms = { length: tokens.shape[1]! - 1, words: shape[1]!, temperature, size };
  const gradients = { logProbsGradient: gradient.logProbs, entropyGradient: gradient.entropy };
  const inputs = { logits, tokens, logProbs, entropy, ...gradients };
  return run(logitsGradientProgram, inputs, { result: shape }, uniforms, Math.ceil(size / threads)).result;
}

const valueGradientProgram = {
  name: "value head gradient",
  inputs: { gradient: "f32", features: "f32", weight: "f32" },
  outputs: { featuresGradient: "f32", weightGradient: "f32", biasGradient: "f32" },
  uniforms: { width: "u32", lines: "u32" },
  threads: columnThreads,
  declarations: columnTotal,
  main: /* wgsl */ `
  ${columnStart}
  var weightSum = 0.0;
  var biasSum = 0.0;
  if (column < u.width) {
    for (var line = first; line < u.lines; line += lanes) {
      let index = line * u.width + column;
      featuresGradient[index] += gradient[line] * weight[column];
      weightSum += gradient[line] * features[index];
      biasSum += gradient[line];
    }
  }
  weightSum = columnTotal(lane, weightSum);
  biasSum = columnTotal(lane, biasSum);
  if (first == 0u && column < u.width) {
    weightGradient[column] = weightSum;
    if (column == 0u) { biasGradient[0] = biasSum; }
  }`,
} as const satisfies Program;

/**
 * Gradients of the value head's parameters.
 * @param gradient [B, T] of the values
 * @param featuresGradient [R, D]: the values' share is added in place
 */
export function valueGradients(
  gradient: Tensor,
  { features, weight }: ValueHead,
  featuresGradient: Tensor,
): { weight: Tensor; bias: Tensor } {
  const [lines, width] = features.shape as [number, number];
  const { weightGradient, biasGradient } = run(
    valueGradientProgram,
    { gradient, features, weight },
    { featuresGradient, weightGradient: [width, 1], biasGradient: [1] },
    { width, lines },
    Math.ceil(width / columnsAtOnce),
  );
  return { weight: weightGradient, bias: biasGradient };
}
