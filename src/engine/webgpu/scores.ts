/**
 * What a loss is made of, from logits: the log-probability of the token that came, the entropy, the value.
 * Shapes: B rows of T predictions, R of which are lines that are computed; V words, D width.
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Rows } from "./layout.js";
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

const predictions = (none: string) => /* wgsl */ `
  let place = places[group];
  if (place.z < 0) {
    if (lane == 0u) { logProbs[group] = 0.0; entropy[group] = 0.0; ${none} }
    return;
  }
  let line = u32(place.z);
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
    logProbs[group] = (logits[base + u32(place.y)] - top) / u.temperature - normalizer;
    // H = −Σ p log p with log p = scaled − log Σ exp(scaled).
    entropy[group] = normalizer - moment / sum;
  }`;

const forward = {
  uniforms: { words: "u32", temperature: "f32" },
  threads: rowThreads,
  declarations: rowTotal + rowLargest,
} as const;

const scoresProgram = {
  ...forward,
  name: "scores",
  inputs: { logits: "f32", places: "vec4<i32>" },
  outputs: { logProbs: "f32", entropy: "f32" },
  main: predictions(""),
} as const satisfies Program;

const valuedScoresProgram = {
  ...forward,
  name: "scores and values",
  inputs: { logits: "f32", places: "vec4<i32>", features: "f32", weight: "f32", bias: "f32" },
  outputs: { logProbs: "f32", entropy: "f32", values: "f32" },
  uniforms: { ...forward.uniforms, width: "u32" },
  main: /* wgsl */ `
  ${predictions("values[group] = 0.0;")}
  var value = 0.0;
  for (var i = lane; i < u.width; i += ${rowThreads}u) { value += features[line * u.width + i] * weight[i]; }
  value = total(lane, value);
  if (lane == 0u) { values[group] = value + bias[0]; }`,
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
 * 0 where nothing is computed.
 * @param logits [R, V]
 * @param places see layout.ts
 */
export function scores(
  logits: Tensor,
  { rows, length }: Rows,
  places: Tensor,
  temperature: number,
  head?: ValueHead,
): Scored {
  const [shape, uniforms] = [[rows, length], { words: logits.shape[1]!, temperature }];
  const outputs = { logProbs: shape, entropy: shape };
  const groups = rows * length;
  if (head === undefined) return run(scoresProgram, { logits, places }, outputs, uniforms, groups);
  return run(
    valuedScoresProgram,
    { logits, places, ...head },
    { ...outputs, values: shape },
    { ...uniforms, width: head.features.shape[1]! },
    groups,
  );
}

const threads = 256;

const logitsGradientProgram = {
  name: "scores gradient",
  inputs: {
    ...{ logits: "f32", places: "vec4<i32>", logProbs: "f32", entropy: "f32" },
    ...{ logProbsGradient: "f32", entropyGradient: "f32" },
  },
  outputs: { result: "f32" },
  uniforms: { words: "u32", temperature: "f32", size: "u32" },
  threads,
  main: /* wgsl */ `
  let i = group * ${threads}u + lane;
  if (i >= u.size) { return; }
  let at = i / u.words;
  let place = places[at];
  if (place.z < 0) { return; }
  let base = u32(place.z) * u.words;
  let word = i % u.words;
  let token = u32(place.y);
  let logProb = logProbs[at] + (logits[base + word] - logits[base + token]) / u.temperature;
  let probability = exp(logProb);
  let hit = select(0.0, 1.0, word == token);
  // ∂ log p(token) = hit − p and ∂ H = −p (log p + H); what has no probability has no share in either.
  var slope = logProbsGradient[at] * (hit - probability);
  if (probability > 0.0) { slope -= entropyGradient[at] * probability * (logProb + entropy[at]); }
  result[base + word] = slope / u.temperature;`,
} as const satisfies Program;

/** Gradient with respect to the logits, [R, V], of {@link scores}. */
export function logitsGradient(
  gradient: { logProbs: Tensor; entropy: Tensor },
  logits: Tensor,
  places: Tensor,
  { logProbs, entropy }: Scored,
  temperature: number,
): Tensor {
  const words = logits.shape[1]!;
  const size = logProbs.size * words;
  const uniforms = { words, temperature, size };
  const gradients = { logProbsGradient: gradient.logProbs, entropyGradient: gradient.entropy };
  const inputs = { logits, places, logProbs, entropy, ...gradients };
  return run(logitsGradientProgram, inputs, { result: logits.shape }, uniforms, Math.ceil(size / threads))
    .result;
}

const valueGradientProgram = {
  name: "value head gradient",
  inputs: { gradient: "f32", places: "vec4<i32>", features: "f32", weight: "f32" },
  outputs: { featuresGradient: "f32", weightGradient: "f32", biasGradient: "f32" },
  uniforms: { width: "u32", size: "u32" },
  threads: columnThreads,
  declarations: columnTotal,
  main: /* wgsl */ `
  ${columnStart}
  var weightSum = 0.0;
  var biasSum = 0.0;
  if (column < u.width) {
    for (var at = first; at < u.size; at += lanes) {
      let line = places[at].z;
      if (line < 0) { continue; }
      let index = u32(line) * u.width + column;
      featuresGradient[index] += gradient[at] * weight[column];
      weightSum += gradient[at] * features[index];
      biasSum += gradient[at];
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
  places: Tensor,
  { features, weight }: ValueHead,
  featuresGradient: Tensor,
): { weight: Tensor; bias: Tensor } {
  const width = features.shape[1]!;
  const { weightGradient, biasGradient } = run(
    valueGradientProgram,
    { gradient, places, features, weight },
    { featuresGradient, weightGradient: [width, 1], biasGradient: [1] },
    { width, size: gradient.size },
    Math.ceil(width / columnsAtOnce),
  );
  return { weight: weightGradient, bias: biasGradient };
}
