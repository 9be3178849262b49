/**
 * Causal attention of all heads in one program, with the scores kept where they are computed (Dao et al. 2022,
 * FlashAttention): a thread goes through the keys of one query, block by block, and carries the softmax along.
 * Queries, keys and values are read where the matrix product left them, so nothing is split or transposed.
 * Shapes: B rows, R lines of all of them, D width, H heads of S = D / H.
 */
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Rows } from "./layout.js";
import { run, type Program } from "./program.js";
import { columnsAtOnce, columnStart, columnThreads, columnTotal } from "./reductions.js";

/** Queries (or keys, on the way back) of a workgroup: a thread for each. */
const threads = 64;
/** WGSL gives a thread 8 KiB of variables and a workgroup 16; the way back needs seven vectors of a head's size. */
export const largestHead = 256;

/** @throws RangeError for heads that a thread cannot hold. */
export function checkHeads(width: number, heads: number): void {
  if (width / heads <= largestHead) return;
  throw new RangeError(
    `webgpu: heads of ${width / heads} numbers are larger than ${largestHead}; use more heads, or ARL_FUSED=off`,
  );
}

/** Lines of two vectors, and on the way back of two more numbers, that a workgroup's 16 KiB hold at a time. */
export function heldLines(size: number): number {
  return Math.min(32, Math.floor(1920 / size));
}

const constants = (width: number, heads: number) => {
  const size = width / heads;
  return /* wgsl */ `
const width = ${width}u;
const heads = ${heads}u;
const size = ${size}u;
const block = ${heldLines(size)}u;
const factor = ${1 / Math.sqrt(size)}f;
const far = -3e38f;
var<workgroup> left: array<f32, block * size>;
var<workgroup> right: array<f32, block * size>;
fn query(line: u32, head: u32, d: u32) -> f32 {
  let i = head * size + d;
  return (qkv[line * 3u * width + i] + bias[i]) * factor;
}
fn key(line: u32, head: u32, d: u32) -> f32 {
  let i = width + head * size + d;
  return qkv[line * 3u * width + i] + bias[i];
}
fn value(line: u32, head: u32, d: u32) -> f32 {
  let i = 2u * width + head * size + d;
  return qkv[line * 3u * width + i] + bias[i];
}`;
};

const forwardProgram = (width: number, heads: number) =>
  ({
    name: `attention ${width} / ${heads}`,
    inputs: { qkv: "f32", bias: "f32", starts: "i32" },
    outputs: { result: "f32", normalizer: "f32" },
    uniforms: { tiles: "u32" },
    threads,
    declarations: constants(width, heads),
    main: /* wgsl */ `
  let tile = group % u.tiles;
  let head = group / u.tiles % heads;
  let row = group / u.tiles / heads;
  let base = u32(starts[row]);
  let length = u32(starts[row + 1u]) - base;
  let i = tile * ${threads}u + lane;
  let within = i < length;
  var own: array<f32, size>;
  var mixed: array<f32, size>;
  if (within) {
    for (var d = 0u; d < size; d++) { own[d] = query(base + i, head, d); }
  }
  var top = far;
  var sum = 0.0;
  let end = min(length, (tile + 1u) * ${threads}u);
  for (var start = 0u; start < end; start += block) {
    for (var n = lane; n < block * size; n += ${threads}u) {
      let j = start + n / size;
      if (j < end) {
        left[n] = key(base + j, head, n % size);
        right[n] = value(base + j, head, n % size);
      }
    }
    workgroupBarrier();
    if (within && i >= start) {
      let count = min(block, i - start + 1u);
      for (var j = 0u; j < count; j++) {
        var score = 0.0;
        for (var d = 0u; d < size; d++) { score += own[d] * left[j * size + d]; }
        if (score > top) {
          let shrink = exp(max(top - score, -80.0));
          sum *= shrink;
          for (var d = 0u; d < size; d++) { mixed[d] *= shrink; }
          top = score;
        }
        let weight = exp(score - top);
        sum += weight;
        for (var d = 0u; d < size; d++) { mixed[d] += weight * right[j * size + d]; }
      }
    }
    workgroupBarrier();
  }
  if (within) {
    for (var d = 0u; d < size; d++) { result[(base + i) * width + head * size + d] = mixed[d] / sum; }
    normalizer[(base + i) * heads + head] = top + log(sum);
  }`,
  }) as const satisfies Program;

export interface Attention {
  /** [R, D]: each query's mixture of values, the heads side by side. */
  result: Tensor;
  /** [R, H]: the logarithm of each softmax's denominator. */
  normalizer: Tensor;
}

/**
 * @param qkv [R, 3 D]: queries, keys and values without their bias
 * @param bias [3 D]
 */
export function attention(
  qkv: Tensor,
  bias: Tensor,
  { rows, lines, longest, starts }: Rows,
  heads: number,
): Attention {
  const width = bias.size / 3;
  const tiles = Math.ceil(longest / threads);
  return run(
    forwardProgram(width, heads),
    { qkv, bias, starts },
    { result: [lines, width], normalizer: [lines, heads] },
    { tiles },
    rows * heads * tiles,
  );
}

/** Half of the workgroups take queries, half keys and values: they have nothing to wait for in each other. */
const backwardProgram = (width: number, heads: number) =>
  ({
    name: `attention gradient ${width} / ${heads}`,
    inputs: { qkv: "f32", bias: "f32", result: "f32", normalizer: "f32", gradient: "f32", starts: "i32" },
    outputs: { input: "f32" },
    uniforms: { tiles: "u32" },
    threads,
    declarations: /* wgsl */ `
${constants(width, heads)}
var<workgroup> normalizers: array<f32, block>;
var<workgroup> overlaps: array<f32, block>;

// The softmax's own part of the gradient: Σ over the values' dimensions of gradient · result.
fn overlap(line: u32, head: u32) -> f32 {
  var sum = 0.0;
  for (var d = 0u; d < size; d++) {
    let at = line * width + head * size + d;
    sum += gradient[at] * result[at];
  }
  return sum;
}

fn queryGradient(tile: u32, head: u32, base: u32, length: u32, lane: u32) {
  let i = tile * ${threads}u + lane;
  let within = i < length;
  var own: array<f32, size>;
  var slope: array<f32, size>;
  var sum: array<f32, size>;
  var ownNormalizer = 0.0;
  var ownOverlap = 0.0;
  if (within) {
    for (var d = 0u; d < size; d++) {
      own[d] = query(base + i, head, d);
      slope[d] = gradient[(base + i) * width + head * size + d];
    }
    ownNormalizer = normalizer[(base + i) * heads + head];
    ownOverlap = overlap(base + i, head);
  }
  let end = min(length, (tile + 1u) * ${threads}u);
  for (var start = 0u; start < end; start += block) {
    for (var n = lane; n < block * size; n += ${threads}u) {
      let j = start + n / size;
      if (j < end) {
        left[n] = key(base + j, head, n % size);
        right[n] = value(base + j, head, n % size);
      }
    }
    workgroupBarrier();
    if (within && i >= start) {
      let count = min(block, i - start + 1u);
      for (var j = 0u; j < count; j++) {
        var score = 0.0;
        var pull = 0.0;
        for (var d = 0u; d < size; d++) {
          score += own[d] * left[j * size + d];
          pull += slope[d] * right[j * size + d];
        }
        let change = exp(score - ownNormalizer) * (pull - ownOverlap);
        for (var d = 0u; d < size; d++) { sum[d] += change * left[j * size + d]; }
      }
    }
    workgroupBarrier();
  }
  if (within) {
    for (var d = 0u; d < size; d++) { input[(base + i) * 3u * width + head * size + d] = sum[d] * factor; }
  }
}

fn keyGradient(tile: u32, head: u32, base: u32, length: u32, lane: u32) {
  let j = tile * ${threads}u + lane;
  let within = j < length;
  var ownKey: array<f32, size>;
  var ownValue: array<f32, size>;
  var keySum: array<f32, size>;
  var valueSum: array<f32, size>;
  if (within) {
    for (var d = 0u; d < size; d++) {
      ownKey[d] = key(base + j, head, d);
      ownValue[d] = value(base + j, head, d);
    }
  }
  // Only queries from the tile's first key on look at any of its keys.
  for (var start = tile * ${threads}u; start < length; start += block) {
    for (var n = lane; n < block * size; n += ${threads}u) {
      let i = start + n / size;
      if (i < length) {
        left[n] = query(base + i, head, n % size);
        right[n] = gradient[(base + i) * width + head * size + n % size];
      }
    }
    if (lane < block && start + lane < length) {
      normalizers[lane] = normalizer[(base + start + lane) * heads + head];
      overlaps[lane] = overlap(base + start + lane, head);
    }
    workgroupBarrier();
    if (within) {
      let count = min(block, length - start);
      for (var i = select(0u, j - start, j > start); i < count; i++) {
        var score = 0.0;
        var pull = 0.0;
        for (var d = 0u; d < size; d++) {
          score += left[i * size + d] * ownKey[d];
          pull += right[i * size + d] * ownValue[d];
        }
        let weight = exp(score - normalizers[i]);
        let change = weight * (pull - overlaps[i]);
        for (var d = 0u; d < size; d++) {
          keySum[d] += change * left[i * size + d];
          valueSum[d] += weight * right[i * size + d];
        }
      }
    }
    workgroupBarrier();
  }
  if (within) {
    for (var d = 0u; d < size; d++) {
      let at = (base + j) * 3u * width + head * size + d;
      input[at + width] = keySum[d];
      input[at + 2u * width] = valueSum[d];
    }
  }
}`,
    main: /* wgsl */ `
  let tile = group / 2u % u.tiles;
  let head = group / 2u / u.tiles % heads;
  let row = group / 2u / u.tiles / heads;
  let base = u32(starts[row]);
  let length = u32(starts[row + 1u]) - base;
  if (group % 2u == 0u) {
    queryGradient(tile, head, base, length, lane);
  } else {
    keyGradient(tile, head, base, length, lane);
  }`,
  }) as const satisfies Program;

const columnSumProgram = {
  name: "column sums",
  inputs: { x: "f32" },
  outputs: { sum: "f32" },
  uniforms: { width: "u32", lines: "u32" },
  threads: columnThreads,
  declarations: columnTotal,
  main: /* wgsl */ `
  ${columnStart}
  var total = 0.0;
  if (column < u.width) {
    for (var line = first; line < u.lines; line += lanes) { total += x[line * u.width + column]; }
  }
  total = columnTotal(lane, total);
  if (first == 0u && column < u.width) { sum[column] = total; }`,
} as const satisfies Program;

/** Gradients with respect to qkv, [R, 3 D], and its bias, [3 D], of {@link attention}. */
export function attentionGradients(
  gradient: Tensor,
  qkv: Tensor,
  bias: Tensor,
  { result, normalizer }: Attention,
  { rows, lines, longest, starts }: Rows,
  heads: number,
): { qkv: Tensor; bias: Tensor } {
  const tiles = Math.ceil(longest / threads);
  const { input } = run(
    backwardProgram(bias.size / 3, heads),
    { qkv, bias, result, normalizer, gradient, starts },
    { input: [lines, bias.size] },
    { tiles },
    2 * rows * heads * tiles,
  );
  const { sum } = run(
    columnSumProgram,
    { x: input },
    { sum: [bias.size] },
    { width: bias.size, lines },
    Math.ceil(bias.size / columnsAtOnce),
  );
  return { qkv: input, bias: sum };
}
