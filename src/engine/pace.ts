/** Long work that stays interruptible: yields to the event loop, honours a signal, reads tensors without stalling. */
import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { keepingAlive } from "./webgpu/dawn.js";

/** Longest stretch of milliseconds to compute without returning to the event loop. */
const stretch = 50;

/**
 * When this process last returned to the event loop. Shared by all: pieces of work that are each shorter than a
 * stretch would otherwise follow one another without end.
 */
let last = performance.now();

/** Call {@link Pace.breathe} between pieces of work: it returns at once until a stretch of time is used up. */
export class Pace {
  constructor(private readonly signal?: AbortSignal) {}

  /** @throws the signal's reason when it was aborted. */
  async breathe(): Promise<void> {
    this.signal?.throwIfAborted();
    if (performance.now() - last < stretch) return;
    await setImmediate();
    last = performance.now();
    this.signal?.throwIfAborted();
  }
}

/**
 * What somebody else's work comes to; it is not waited for any longer once the signal is aborted.
 * @throws the signal's reason when it was aborted first.
 */
export async function unlessAborted<T>(work: T | Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined || !(work instanceof Promise)) return await work;
  return await new Promise<T>((resolve, reject) => {
    const stop = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", stop);
    });
  });
}

/** A tensor's values, not to be written to. Engines on the CPU answer at once; a GPU is awaited. */
export async function read(tensor: tf.Tensor): Promise<Float32Array | Int32Array | Uint8Array> {
  if (tf.getBackend() === "webgpu") return await keepingAlive(async () => await tensor.data());
  return tensor.dataSync();
}

/** A float32 tensor's values as an array of the caller's own. */
export async function readCopy(tensor: tf.Tensor): Promise<Float32Array> {
  const values = (await read(tensor)) as Float32Array;
  // The WASM backend copies them out of its memory; the others may hand out what they keep themselves.
  return tf.getBackend() === "wasm" ? values : values.slice();
}
