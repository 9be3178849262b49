/** The engines on the CPU with fused kernels: as an addon ("native"), or as WebAssembly ("wasm"). */
import * as tf from "@tensorflow/tfjs-core";
import { registerFused, type FusedKernels } from "../fused.js";
import type { WasmBackend } from "../wasm/kernels.js";
import { startWasm } from "../wasm/wasm.js";
import { loadAddon } from "./addon.js";
import { fusedKernelsOf } from "./fused.js";
import { loadModule, type KernelModule, type SharedMemory } from "./module.js";

const loaded = new Map<string, FusedKernels>();

/** Starts the tfjs backend whose memory the addon works in, and the addon. Returns the device's name. */
export async function startNative(): Promise<string> {
  await startWasm();
  const kernels = load("native", loadAddon);
  registerFused("wasm", kernels);
  return `CPU with ${kernels.name}`;
}

/** Starts tfjs's WASM backend with the kernels in WebAssembly, or without them where they do not load. */
export async function startPortable(): Promise<string> {
  await startWasm();
  try {
    const kernels = load("wasm", loadModule);
    registerFused("wasm", kernels);
    return `CPU with ${kernels.name}`;
  } catch (error) {
    registerFused("wasm", undefined);
    const message = error instanceof Error ? error.message : String(error);
    return `CPU with WebAssembly SIMD, 1 thread (no fused kernels: ${message})`;
  }
}

function load(name: string, loader: (shared: SharedMemory) => KernelModule): FusedKernels {
  let kernels = loaded.get(name);
  if (kernels === undefined) {
    const backend = tf.backend() as unknown as WasmBackend & {
      wasm: { asm: { memory: WebAssembly.Memory } };
    };
    const shared = { backend, memory: backend.wasm.asm.memory };
    kernels = fusedKernelsOf(loader(shared), shared);
    loaded.set(name, kernels);
  }
  return kernels;
}
