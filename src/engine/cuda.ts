/** TensorFlow's native library on an NVIDIA GPU (@tensorflow/tfjs-node-gpu), when the reader has installed it. */
import { createRequire } from "node:module";
import util from "node:util";
import * as tf from "@tensorflow/tfjs-core";

const require = createRequire(import.meta.url);
const name = "@tensorflow/tfjs-node-gpu";

export function cudaInstalled(): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** Makes the native backend tfjs's backend. Returns whether it found a GPU; throws when its library does not load. */
export async function startCuda(): Promise<{ gpu: boolean }> {
  // tfjs-node 4.22 calls two functions that Node 23 took away (tfjs issues 8425, 8609).
  const old = util as unknown as Record<string, unknown>;
  old["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined;
  old["isArray"] ??= Array.isArray;
  require(name);
  if (!(await tf.setBackend("tensorflow"))) throw new Error(`${name} registered no backend`);
  const backend = tf.backend() as unknown as { isUsingGpuDevice?: boolean };
  return { gpu: backend.isUsingGpuDevice === true };
}
