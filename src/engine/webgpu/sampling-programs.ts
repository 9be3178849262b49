/**
 * The programs of a sampling network. They work on lines: a line is one token at one position of one row, in a
 * buffer of (row, position, token, step). Shapes: N lines, D width, H heads of S = D / H, V words, L positions.
 */
import type { TransformerConfig } from "../../policy/transformer.js";
import { sigmoid } from "./gelu.js";
import { linear } from "./linear.js";
import type { Program } from "./program.js";
import { rowLargest, rowThreads, rowTotal } from "./reductions.js";

export const embedThreads = 256;

/** @param length L, the most positions of a row */
export function samplingPrograms(config: TransformerConfig, length: number) {
  const { width, heads, vocabularySize: words, valueHead } = config;
  return {
    embed: embedProgram(width),
    qkv: qkvProgram(width, heads, length),
    attention: attentionProgram(width, heads, length),
    output: addingProgram(width, width),
    up: linear({
      name: "norm, gelu",
      from: width,
      to: 4 * width,
      norm: true,
      inputs: { bias: "f32" },
      outputs: { hidden: "f32" },
      constants: sigmoid,
      store: "let sum = value + bias[column]; hidden[n * fanOut + column] = sum * sigmoid(1.702 * sum);",
    }),
    down: addingProgram(4 * width, width),
    head: headProgram(width, words, valueHead),
    draw: drawProgram(width, words, valueHead, length),
  };
}

const embedProgram = (width: number) =>
  ({
    name: `embed lines ${width}`,
    inputs: { lines: "vec4<i32>", words: "f32", positions: "f32" },
    outputs: { stream: "f32" },
    uniforms: { size: "u32" },
    threads: embedThreads,
    main: /* wgsl */ `
  let i = group * ${embedThreads}u + lane;
  if (i >= u.size) { return; }
  let line = lines[i / ${width}u];
  let column = i % ${width}u;
  stream[i] = words[u32(line.z) * ${width}u + column] + positions[u32(line.y) * ${width}u + column];`,
  }) as const satisfies Program;

/** Queries to their buffer, scaled; keys and values to their place in the cache, [rows, L, 2 D]. */
const qkvProgram = (width: number, heads: number, length: number) =>
  linear({
    name: `norm, qkv / ${heads} of ${length}`,
    from: width,
    to: 3 * width,
    norm: true,
    inputs: { bias: "f32", lines: "vec4<i32>" },
    outputs: { queries: "f32", cache: "f32" },
    store: /* wgsl */ `
        let sum = value + bias[column];
        let line = lines[n];
        if (column < fanIn) {
          queries[n * fanIn + column] = sum * ${1 / Math.sqrt(width / heads)}f;
        } else if (line.y < ${length}) {
          cache[u32(line.x * ${length} + line.y) * 2u * fanIn + column - fanIn] = sum;
        }`,
  });

/** The stream plus x · W + b. */
const addingProgram = (from: number, to: number) =>
  linear({
    name: "add",
    from,
    to,
    norm: false,
    inputs: { bias: "f32" },
    outputs: { stream: "f32" },
    store: "stream[n * fanOut + column] += value + bias[column];",
  });

/** Logits of the chosen lines, one for each row, [rows, V (+ 1)]; the value without its bias comes last. */
const headProgram = (width: number, words: number, valueHead: boolean) =>
  linear({
    name: valueHead ? "norm, head and value" : "norm, head",
    from: width,
    to: words + (valueHead ? 1 : 0),
    norm: true,
    inputs: {
      ...{ chosen: "i32" as const, lines: "vec4<i32>" as const },
      ...(valueHead ? { valueWeight: "f32" as const } : {}),
    },
    outputs: { logits: "f32" },
    line: "chosen[n]",
    ...(valueHead
      ? {
          constants: /* wgsl */ `
fn weightOf(k: u32, column: u32) -> f32 {
  if (column == ${words}u) { return valueWeight[k]; }
  return weight[k * ${words}u + column];
}`,
          weight: "weightOf(k, column)",
        }
      : {}),
    store: "logits[u32(lines[chosen[n]].x) * fanOut + column] = value;",
  });

/** A workgroup is one head of one line: a thread for each key, then for each number of the values. */
const attentionProgram = (width: number, heads: number, length: number) => {
  const size = width / heads;
  const columns = Math.min(size, rowThreads);
  return {
    name: `cached attention ${width} / ${heads} of ${length}`,
    inputs: { queries: "f32", cache: "f32", lines: "vec4<i32>" },
    outputs: { mixed: "f32" },
    uniforms: {},
    threads: rowThreads,
    declarations: /* wgsl */ `
const width = ${width}u;
const heads = ${heads}u;
const size = ${size}u;
// Where a head has fewer numbers than there are threads, as many keys are gone through at a time as fit.
const columns = ${columns}u;
const parts = ${Math.floor(rowThreads / columns)}u;
const slots = ${Math.ceil(size / columns)}u;
var<workgroup> own: array<f32, size>;
var<workgroup> weights: array<f32, ${rowThreads}>;
${rowTotal}
${rowLargest}`,
    main: /* wgsl */ `
  let n = group / heads;
  let head = group % heads;
  let line = lines[n];
  let base = u32(line.x) * ${length}u;
  let count = min(u32(line.y) + 1u, ${length}u);
  for (var d = lane; d < size; d += ${rowThreads}u) { own[d] = queries[n * width + head * size + d]; }
  workgroupBarrier();

  let column = lane % columns;
  let part = lane / columns;
  var sums: array<f32, slots>;
  var top = -3e38;
  var normalizer = 0.0;
  for (var start = 0u; start < count; start += ${rowThreads}u) {
    let j = start + lane;
    var score = -3e38;
    if (j < count) {
      score = 0.0;
      let key = (base + j) * 2u * width + head * size;
      for (var d = 0u; d < size; d++) { score += own[d] * cache[key + d]; }
    }
    let nextTop = max(top, largest(lane, score));
    let weight = select(0.0, exp(max(score - nextTop, -100.0)), j < count);
    let shrink = exp(max(top - nextTop, -100.0));
    weights[lane] = weight;
    normalizer = normalizer * shrink + total(lane, weight);
    top = nextTop;
    if (part < parts) {
      let held = min(${rowThreads}u, count - start);
      for (var slot = 0u; slot < slots; slot++) {
        let d = column + slot * columns;
        if (d < size) {
          var sum = sums[slot] * shrink;
          for (var i = part; i < held; i += parts) {
            sum += weights[i] * cache[(base + start + i) * 2u * width + width + head * size + d];
          }
          sums[slot] = sum;
        }
      }
    }
    workgroupBarrier();
  }
  for (var slot = 0u; slot < slots; slot++) {
    weights[lane] = sums[slot];
    workgroupBarrier();
    let d = column + slot * columns;
    if (part == 0u && d < size) {
      var sum = 0.0;
      for (var i = 0u; i < parts; i++) { sum += weights[i * columns + column]; }
      mixed[n * width + head * size + d] = sum / normalizer;
    }
    workgroupBarrier();
  }`,
  } as const satisfies Program;
};

/**
 * Draws a line's next token by inverse transform sampling, moves the line on to it, and embeds it. A workgroup
 * is one line; its threads share the words out in stretches, so that the sums can be gone through in order.
 */
const drawProgram = (width: number, words: number, valueHead: boolean, length: number) => {
  const stretch = Math.ceil(words / rowThreads);
  const outputs = words + (valueHead ? 1 : 0);
  return {
    name: `draw ${width}, ${words}${valueHead ? " and value" : ""} of ${length}`,
    inputs: {
      ...{
        logits: "f32" as const,
        uniforms: "f32" as const,
        words: "f32" as const,
        positions: "f32" as const,
      },
      ...(valueHead ? { valueBias: "f32" as const } : {}),
    },
    outputs: { lines: "vec4<i32>", drawn: "vec4<f32>", stream: "f32" },
    uniforms: { count: "u32", temperature: "f32", greedy: "u32" },
    threads: rowThreads,
    declarations: /* wgsl */ `
var<workgroup> tops: array<f32, ${rowThreads}>;
var<workgroup> places: array<u32, ${rowThreads}>;
var<workgroup> sums: array<f32, ${rowThreads}>;
var<workgroup> token: u32;
${rowTotal}
fn weightOf(logit: f32, top: f32) -> f32 { return exp((logit - top) / u.temperature); }`,
    main: /* wgsl */ `
  let line = lines[group];
  let position = line.y + 1;
  let step = line.w + 1;
  let base = u32(line.x) * ${outputs}u;
  let start = lane * ${stretch}u;
  let end = min(start + ${stretch}u, ${words}u);

  var top = -3.4e38;
  var place = min(start, ${words - 1}u);
  var damage = 0.0;
  for (var i = start; i < end; i++) {
    let logit = logits[base + i];
    // NaN or infinity, by its bits: a comparison may be compiled as if there were no such numbers.
    let bits = bitcast<u32>(logit);
    if ((bits & 0x7fffffffu) > 0x7f800000u || bits == 0x7f800000u) { damage = 1.0; }
    if (logit > top) { top = logit; place = i; }
  }
  damage = total(lane, damage);
  tops[lane] = top;
  places[lane] = place;
  workgroupBarrier();
  for (var reach = ${rowThreads / 2}u; reach > 0u; reach >>= 1u) {
    if (lane < reach) {
      let other = tops[lane + reach];
      // Of equals the first.
      if (other > tops[lane] || (other == tops[lane] && places[lane + reach] < places[lane])) {
        tops[lane] = other;
        places[lane] = places[lane + reach];
      }
    }
    workgroupBarrier();
  }
  top = tops[0];

  var sum = 0.0;
  var moment = 0.0;
  for (var i = start; i < end; i++) {
    let weight = weightOf(logits[base + i], top);
    sum += weight;
    if (weight > 0.0) { moment += weight * (logits[base + i] - top) / u.temperature; }
  }
  moment = total(lane, moment);
  sums[lane] = sum;
  workgroupBarrier();

  if (lane == 0u) {
    var all = 0.0;
    for (var i = 0u; i < ${rowThreads}u; i++) { all += sums[i]; }
    var chosen = places[0];
    if (u.greedy == 0u) {
      var left = uniforms[group * u.count + u32(step)] * all;
      var within = left;
      var part = 0u;
      for (var i = 0u; i < ${rowThreads}u; i++) {
        if (sums[i] > 0.0) { part = i; within = left; }
        left -= sums[i];
        if (left < 0.0) { break; }
      }
      for (var i = part * ${stretch}u; i < min((part + 1u) * ${stretch}u, ${words}u); i++) {
        let weight = weightOf(logits[base + i], top);
        if (weight > 0.0) { chosen = i; }
        within -= weight;
        if (within < 0.0) { break; }
      }
    }
    let normalizer = log(all);
    let logProb = (logits[base + chosen] - top) / u.temperature - normalizer;
    let value = ${valueHead ? `logits[base + ${words}u] + valueBias[0]` : "0.0"};
    drawn[group * u.count + u32(step)] =
      vec4<f32>(select(f32(chosen), -1.0, damage > 0.0), logProb, normalizer - moment / all, value);
    lines[group] = vec4<i32>(line.x, position, i32(chosen), step);
    token = chosen;
  }
  workgroupBarrier();
  let word = token * ${width}u;
  // A row that is full already is carried along without effect.
  let at = u32(min(position, ${length - 1})) * ${width}u;
  for (var i = lane; i < ${width}u; i += ${rowThreads}u) {
    stream[group * ${width}u + i] = words[word + i] + positions[at + i];
  }`,
  } as const satisfies Program;
};
