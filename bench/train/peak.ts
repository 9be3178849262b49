/** How fast the engine in use multiplies matrices. */
import * as tf from "@tensorflow/tfjs-core";
import { currentEngine } from "../../src/engine/engine.js";
import { fusedKernels } from "../../src/engine/fused.js";
import { loadAddon } from "../../src/engine/native/addon.js";
import { loadModule, type KernelModule, type SharedMemory } from "../../src/engine/native/module.js";
import { read } from "../../src/engine/pace.js";

type Shape = readonly [m: number, k: number, n: number];

/** GFLOP/s of the fastest [m, k] · [k, n], by tfjs or by the fused kernels' own product. */
export async function gigaflops(shape: Shape): Promise<number> {
  const kernels = ownKernels();
  const own = kernels === undefined ? 0 : ownGigaflops(kernels, shape);
  return Math.max(own, await tfjsGigaflops(shape));
}

const milliseconds = 500;

async function tfjsGigaflops([m, k, n]: Shape): Promise<number> {
  const a = tf.randomNormal<tf.Rank.R2>([m, k]);
  const b = tf.randomNormal<tf.Rank.R2>([k, n]);
  let products = 1;
  let best = Infinity;
  const end = performance.now() + milliseconds;
  try {
    for (let i = 0; i < 3 || performance.now() < end; i++) {
      const start = performance.now();
      const corner = tf.tidy(() => {
        let product = tf.matMul(a, b);
        for (let j = 1; j < products; j++) product = tf.matMul(a, b);
        return tf.slice(product, [0, 0], [1, 1]);
      });
      await read(corner);
      const took = performance.now() - start;
      best = Math.min(best, took / products);
      corner.dispose();
      // A GPU is kept busy with many; reading the result of each would be most of the time.
      if (tf.getBackend() === "webgpu" && took < 20) products = 100;
    }
  } finally {
    tf.dispose([a, b]);
  }
  return (2 * m * k * n) / best / 1e6;
}

function ownGigaflops(kernels: KernelModule, [m, k, n]: Shape): number {
  let best = 0;
  const end = performance.now() + milliseconds;
  do {
    const start = performance.now();
    const operations = kernels.peak(10, m, n, k);
    best = Math.max(best, operations / (performance.now() - start) / 1e6);
  } while (performance.now() < end);
  return best;
}

/** The engine keeps its kernels to itself: they are loaded once more, into the same memory. */
function ownKernels(): KernelModule | undefined {
  const name = currentEngine()?.name;
  if (fusedKernels() === undefined || (name !== "native" && name !== "wasm")) return undefined;
  const backend = tf.backend() as unknown as SharedMemory["backend"] & {
    wasm: { asm: { memory: WebAssembly.Memory } };
  };
  const shared = { backend, memory: backend.wasm.asm.memory };
  return name === "native" ? loadAddon(shared) : loadModule(shared);
}
