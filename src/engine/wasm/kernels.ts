/**
 * Kernels that complete tfjs's WASM backend: what it lacks, computes wrongly, or computes slowly. The table of all
 * kernels is ../kernels.md.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelFunc } from "@tensorflow/tfjs-core";
import { arrangement } from "./arrangement.js";
import { elementwise } from "./elementwise.js";
import { images } from "./images.js";
import { Machine, type Override, type WasmBackend } from "./machine.js";
import { mended } from "./mended.js";
import { products } from "./products.js";
import { reductions } from "./reductions.js";
import { throughCpu } from "./through-cpu.js";

export type { WasmBackend } from "./machine.js";

/** Kernels of our own; what is rare (other types than float32, say) they leave to tfjs's or to cpu's. */
export const ownKernels: Readonly<Record<string, Override>> = {
  ...products,
  ...elementwise,
  ...reductions,
  ...arrangement,
  ...images,
};

/** tfjs's own where it is right, else the cpu backend's. */
export const mendedKernels: Readonly<Record<string, Override>> = mended;

/**
 * Kernels that run on the cpu backend, with the values copied there and back: those that tfjs's WASM backend lacks,
 * and those that it computes wrongly.
 */
export const cpuKernels: readonly string[] = [
  // Sums start from whatever the memory held.
  "Conv3DBackpropFilterV2",
  "Conv3DBackpropInputV2",
  // The search for a maximum starts from the least positive float instead of from -Infinity.
  "Dilation2D",
  "Dilation2DBackpropFilter",
  "Dilation2DBackpropInput",
  "MaxPool3D",
  "MaxPool3DGrad",
  "MaxPoolWithArgmax",
  // Other draws for the same seed.
  "Multinomial",
  // Fills with whole numbers only.
  "RotateWithOffset",
  "StaticRegexReplace",
  // Entries outside of the image are reflected, wrapped or filled at other places.
  "Transform",
];

/** Replaces kernels of the backend named "wasm". Call it once, when the backend is up. */
export function installKernels(backend: WasmBackend, memory: WebAssembly.Memory): void {
  const machine = new Machine(backend, memory);
  for (const [name, override] of Object.entries({ ...ownKernels, ...mendedKernels })) {
    const cpu = throughCpu(name);
    const stock = (tf.getKernel(name, "wasm") as tf.KernelConfig | undefined)?.kernelFunc ?? cpu;
    replaceKernel(name, override(machine, { stock, cpu }));
  }
  for (const name of cpuKernels) replaceKernel(name, throughCpu(name));
}

function replaceKernel(kernelName: string, kernelFunc: KernelFunc): void {
  if (tf.getKernel(kernelName, "wasm") !== undefined) tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc });
}
