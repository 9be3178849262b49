/** tfjs's WASM backend (SIMD, one thread) with our kernels: the engine of machines without a GPU. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { installKernels } from "./kernels.js";
import type { WasmBackend } from "./machine.js";

const require = createRequire(import.meta.url);
let started: Promise<void> | undefined;

/** Makes "wasm" tfjs's backend. Throws when the runtime has no WebAssembly SIMD. */
export async function startWasm(): Promise<void> {
  started ??= start();
  await started;
  await tf.setBackend("wasm");
}

/**
 * Emscripten's start-up code listens for these and throws what it hears, which would end a process that has
 * listeners of its own in order to go on: a notebook's kernel.
 */
const strayErrors = ["uncaughtException", "unhandledRejection"] as "uncaughtException"[];

async function start(): Promise<void> {
  // Loaded on first use. By require: the package's ES modules lack file extensions, so Node cannot import them.
  const { setWasmPaths } = require("@tensorflow/tfjs-backend-wasm") as {
    setWasmPaths(directory: string): void;
  };
  const main = require.resolve("@tensorflow/tfjs-backend-wasm");
  setWasmPaths(`${dirname(main)}/`);
  if (!(await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT"))) {
    throw new Error("this runtime's WebAssembly has no SIMD; a newer processor or ARL_ENGINE=cpu will do");
  }
  const listening = strayErrors.map((event) => process.listeners(event));
  const isStarted = await tf.setBackend("wasm");
  strayErrors.forEach((event, i) => {
    for (const listener of process.listeners(event)) {
      if (!listening[i]!.includes(listener)) process.removeListener(event, listener);
    }
  });
  if (!isStarted) {
    throw new Error(`tfjs could not start its WASM backend from ${join(dirname(main), "*.wasm")}`);
  }
  const backend = tf.backend() as unknown as WasmBackend & { wasm: { asm: { memory: WebAssembly.Memory } } };
  installKernels(backend, backend.wasm.asm.memory);
}
