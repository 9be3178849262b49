/** Runs cases on two engines of this process, and says where the second differs from the first. */
import * as tf from "@tensorflow/tfjs-core";
import { useEngine } from "../../../src/engine/index.js";

export interface Result {
  outputs?: { shape: number[]; dtype: string; values: readonly (number | string)[] }[];
  error?: string;
  /** Tensors' values that the work left in the engine's memory. */
  leaked: number;
}

/** Starts both engines; after that, they are switched to at once. */
export async function startEngines(): Promise<void> {
  await useEngine("cpu");
  await useEngine("wasm");
}

/** Does the work on an engine; its tensors are read and disposed. */
export function on(engine: "cpu" | "wasm", work: () => tf.Tensor[]): Result {
  void tf.setBackend(engine);
  const before = tf.backend().numDataIds();
  try {
    const outputs = tf.tidy(() =>
      work().map((output) => ({
        shape: output.shape,
        dtype: output.dtype,
        values: [...output.dataSync()] as (number | string)[],
      })),
    );
    return { outputs, leaked: tf.backend().numDataIds() - before };
  } catch (error) {
    return { error: (error as Error).message, leaked: tf.backend().numDataIds() - before };
  }
}

/** What is wrong with a result; undefined where it is as expected, or as much an error. */
export function difference(result: Result, expected: Result, tolerance: number): string | undefined {
  if (expected.outputs === undefined) {
    return result.error === undefined ? `no error, but on cpu: ${expected.error}` : undefined;
  }
  if (result.outputs === undefined) return `error: ${result.error}`;
  if (result.leaked !== 0) return `${result.leaked} tensors left behind`;
  if (result.outputs.length !== expected.outputs.length) return `${result.outputs.length} outputs`;
  for (const [i, wanted] of expected.outputs.entries()) {
    const got = result.outputs[i]!;
    if (got.dtype !== wanted.dtype) return `${got.dtype} instead of ${wanted.dtype}`;
    if (String(got.shape) !== String(wanted.shape)) {
      return `[${got.shape.join(", ")}] instead of [${wanted.shape.join(", ")}]`;
    }
    const at = wanted.values.findIndex((value, j) => !same(got.values[j]!, value, tolerance));
    if (at >= 0) return `entry ${at} of output ${i} is ${got.values[at]} instead of ${wanted.values[at]}`;
  }
  return undefined;
}

function same(a: number | string, b: number | string, tolerance: number): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
}
