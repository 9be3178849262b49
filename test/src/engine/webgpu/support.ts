/** The same work on tfjs's cpu backend, which is the reference, and on WebGPU in software. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { vi } from "vitest";
import { useEngine } from "../../../../src/engine/index.js";
import { read } from "../../../../src/engine/pace.js";
import { Random } from "../../../../src/random.js";
import { softwareGpu } from "../../../support/software-gpu.js";

const gpu = softwareGpu();
/** Vulkan's loader reads it when WebGPU starts. */
if (gpu !== undefined) Object.assign(process.env, gpu);

// A GPU made of software takes its time on a busy machine.
vi.setConfig({ testTimeout: 240_000 });

/** Without a GPU, in software at least, there is nothing to test. */
export const withoutGpu = gpu === undefined;

export interface Given {
  shape: number[];
  values: readonly number[];
  dtype?: "int32";
}

/** Normal random numbers. */
export function normal(shape: number[], seed: number, deviation = 1): Given {
  const random = new Random(seed);
  return {
    shape,
    values: Array.from({ length: tf.util.sizeFromShape(shape) }, () => deviation * random.normal()),
  };
}

export function integers(shape: number[], count: number, seed: number): Given {
  const random = new Random(seed);
  const values = Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.integer(count));
  return { shape, values, dtype: "int32" };
}

/** What the work comes to on an engine, as plain numbers; it must leave no tensor behind. */
export async function on(
  engine: "cpu" | "webgpu",
  given: readonly Given[],
  work: (...tensors: Tensor[]) => readonly Tensor[],
): Promise<number[][]> {
  await useEngine(engine);
  const before = tf.memory().numTensors;
  const results = tf.tidy(() => [
    ...work(...given.map(({ shape, values, dtype }) => tf.tensor([...values], shape, dtype ?? "float32"))),
  ]);
  const numbers: number[][] = [];
  for (const result of results) numbers.push([...(await read(result))]);
  tf.dispose(results);
  if (tf.memory().numTensors !== before) {
    throw new Error(`${tf.memory().numTensors - before} tensors left behind on ${engine}`);
  }
  return numbers;
}

/** Largest difference, relative to the numbers' size where that is above 1. */
export function difference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers cannot be compared with ${b.length}`);
  return a.reduce((most, value, i) => {
    const distance = Math.abs(value - b[i]!) / Math.max(1, Math.abs(b[i]!));
    // A NaN on one side only would otherwise pass unseen.
    return Number.isNaN(distance) ? Infinity : Math.max(most, distance);
  }, 0);
}

/** How often something is called on a class of WebGPU's while the work runs: its programs, its reads. */
export async function calls(
  of: "dispatchWorkgroups" | "mapAsync",
  work: () => Promise<unknown>,
): Promise<number> {
  const name = of === "mapAsync" ? "GPUBuffer" : "GPUComputePassEncoder";
  const { prototype } = (globalThis as unknown as Record<string, { prototype: Record<string, Method> }>)[
    name
  ]!;
  const original = prototype[of]!;
  let count = 0;
  prototype[of] = function (...args) {
    count++;
    return original.apply(this, args);
  };
  try {
    await work();
  } finally {
    prototype[of] = original;
  }
  return count;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
