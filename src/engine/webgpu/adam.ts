/** One step of Adam (Kingma & Ba 2015, algorithm 1) with the gradient's norm clipped, without waiting for the norm. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Variable } from "@tensorflow/tfjs-core";
import type { AdamResult, AdamUpdate } from "../fused.js";
import { keepingAlive } from "./dawn.js";
import { bufferOf, webGpuBackend } from "./device.js";
import { run, type Program } from "./program.js";

const threads = 256;
/** The most workgroups that square the gradient: each leaves one sum, which all of the next program's add up. */
const mostParts = 64;

const squaresProgram = {
  name: "squared norm, in parts",
  inputs: { gradient: "f32" },
  outputs: { squares: "f32" },
  uniforms: { size: "u32" },
  threads,
  declarations: /* wgsl */ `var<workgroup> partial: array<f32, ${threads}>;`,
  main: /* wgsl */ `
  var sum = 0.0;
  for (var i = group * ${threads}u + lane; i < u.size; i += ${threads}u * u.groups) { sum += gradient[i] * gradient[i]; }
  partial[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    for (var i = 1u; i < ${threads}u; i++) { sum += partial[i]; }
    squares[group] = sum;
  }`,
} as const satisfies Program;

const adamProgram = {
  name: "adam",
  inputs: { gradient: "f32", squares: "f32", first: "f32", second: "f32" },
  outputs: { values: "f32", nextFirst: "f32", nextSecond: "f32" },
  uniforms: {
    ...{ size: "u32", parts: "u32", clipNorm: "f32", epsilon: "f32" },
    ...{ beta1: "f32", rest1: "f32", beta2: "f32", rest2: "f32" },
    ...{ rate: "f32", correction: "f32" },
  },
  threads,
  main: /* wgsl */ `
  let i = group * ${threads}u + lane;
  if (i >= u.size) { return; }
  var sum = 0.0;
  for (var part = 0u; part < u.parts; part++) { sum += squares[part]; }
  let norm = sqrt(sum);
  let slope = gradient[i] * select(1.0, u.clipNorm / norm, norm > u.clipNorm);
  let m = u.beta1 * first[i] + u.rest1 * slope;
  let v = u.beta2 * second[i] + u.rest2 * slope * slope;
  nextFirst[i] = m;
  nextSecond[i] = v;
  values[i] -= u.rate * m / (sqrt(v * u.correction) + u.epsilon);`,
} as const satisfies Program;

/**
 * The parameters' new values and moments. The parameters themselves are not changed.
 * @param gradient [N], all parameters one after the other, as the moments
 */
export async function adam(
  parameters: readonly Variable[],
  gradient: Tensor1D,
  first: Tensor1D,
  second: Tensor1D,
  { beta1, beta2, epsilon, steps, learningRate, clipNorm }: AdamUpdate,
): Promise<AdamResult> {
  const { size } = gradient;
  const parts = Math.min(mostParts, Math.ceil(size / threads));
  const { squares, next } = tf.tidy(() => {
    const { squares } = run(squaresProgram, { gradient }, { squares: [parts] }, { size }, parts);
    const values = concatenated(parameters, size);
    const { nextFirst, nextSecond } = run(
      adamProgram,
      { gradient, squares, first, second },
      { values, nextFirst: [size], nextSecond: [size] },
      {
        ...{ size, parts, clipNorm, epsilon },
        ...{ beta1, rest1: 1 - beta1, beta2, rest2: 1 - beta2 },
        // The bias corrections as factors: m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
        ...{ rate: learningRate / (1 - beta1 ** steps), correction: 1 / (1 - beta2 ** steps) },
      },
      Math.ceil(size / threads),
    );
    const next = { first: nextFirst as Tensor1D, second: nextSecond as Tensor1D };
    return { squares, next: { ...next, values: separated(values, parameters) } };
  });
  // The one read of a step. The GPU may be at work on all of it meanwhile.
  const sums = await keepingAlive(async () => await squares.data());
  squares.dispose();
  let squared = 0;
  for (const part of sums) squared += part;
  const norm = Math.sqrt(squared);
  // A sum that float32 cannot hold is no norm to clip by.
  if (Number.isFinite(Math.fround(squared))) return { norm, next };
  tf.dispose([next.first, next.second, ...next.values]);
  return { norm: Number.isNaN(norm) ? NaN : Infinity };
}

/** All parameters' numbers in one new tensor: copies, which need no program. */
function concatenated(parameters: readonly Tensor[], size: number): Tensor {
  const all = emptyTensor([size]);
  copy(parameters.map((parameter, i) => [parameter, 0, all, offsets(parameters)[i]!, parameter.size]));
  return all;
}

/** The other way round: one new tensor for each parameter. */
function separated(all: Tensor, parameters: readonly Tensor[]): Tensor[] {
  const tensors = parameters.map(({ shape }) => emptyTensor(shape));
  copy(tensors.map((tensor, i) => [all, offsets(parameters)[i]!, tensor, 0, tensor.size]));
  return tensors;
}

function offsets(tensors: readonly Tensor[]): number[] {
  let next = 0;
  return tensors.map(({ size }) => (next += size) - size);
}

function emptyTensor(shape: readonly number[]): Tensor {
  return tf.engine().makeTensorFromTensorInfo(webGpuBackend().makeTensorInfo([...shape], "float32"));
}

/** Records copies of `count` numbers each: from a tensor, from its number, to a tensor, to its number, count. */
function copy(pieces: readonly (readonly [Tensor, number, Tensor, number, number])[]): void {
  const backend = webGpuBackend();
  const buffers = pieces.map(([from, , to]) => [bufferOf(backend, from), bufferOf(backend, to)] as const);
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  for (const [i, [from, fromNumber, to, toNumber, count]] of pieces.entries()) {
    const [source, target] = buffers[i]!;
    backend.commandEncoder!.copyBufferToBuffer(source, 4 * fromNumber, target, 4 * toNumber, 4 * count);
    backend.commandQueueOwnedIds.add(from.dataId).add(to.dataId);
  }
}
