/** The forms of the fused kernels: the addon with every instruction set this processor has, and WebAssembly. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import v8 from "node:v8";
import * as tf from "@tensorflow/tfjs-core";
import { registerFused, type FusedKernels } from "../../src/engine/fused.js";
import { useEngine } from "../../src/engine/index.js";
import { addonFiles, loadAddon } from "../../src/engine/native/addon.js";
import { fusedKernelsOf } from "../../src/engine/native/fused.js";
import { loadModule, type KernelModule, type SharedMemory } from "../../src/engine/native/module.js";
import type { WasmBackend } from "../../src/engine/wasm/kernels.js";

export interface Form {
  /** E.g. "native avx2". */
  name: string;
  /** How the kernels call themselves. */
  shown: RegExp;
  /** Makes tfjs's WASM backend with these kernels the one in use. */
  start(): Promise<FusedKernels>;
}

/**
 * Whether the addon was built. Where it was not a line says so and its tests are to be skipped; under CI
 * (`CI=true`) that is an error, so that nothing is skipped unseen.
 */
export function hasAddon(): boolean {
  if (existsSync(addonFiles().built)) return true;
  const message = `the addon was not built: there is no ${addonFiles().built}`;
  if (process.env["CI"] === "true") throw new Error(message);
  console.warn(`skipped: ${message}; with a C compiler: npm run build:native`);
  return false;
}

/** The addon's instruction sets this processor has, the fastest first. */
export function instructionSets(): string[] {
  if (!hasAddon()) return [];
  const addon = createRequire(import.meta.url)(addonFiles().built) as {
    useKernels(name: string): string | null;
  };
  return Object.keys(shown).filter((name) => addon.useKernels(name) !== null);
}

export function fusedForms(): Form[] {
  const native = instructionSets().map((name) => ({
    name: `native ${name}`,
    shown: shown[name]!,
    start: async () => await register((shared) => withKernels(name, () => loadAddon(shared))),
  }));
  const portable = [false, true]
    .filter((relaxed) => !relaxed || relaxedRuns())
    .map((relaxed) => ({
      name: relaxed ? "wasm with relaxed SIMD" : "wasm",
      shown: relaxed ? /^WebAssembly SIMD \(relaxed\)/ : /^WebAssembly SIMD,/,
      start: async () => await register((shared) => withRelaxed(relaxed, () => loadModule(shared))),
    }));
  return [...native, ...portable];
}

const shown: Record<string, RegExp> = {
  avx512: /^AVX-512,/,
  avx2: /^AVX2,/,
  sse4: /^SSE4.2,/,
  neon: /^NEON,/,
};

async function register(load: (shared: SharedMemory) => KernelModule): Promise<FusedKernels> {
  await useEngine("wasm");
  const backend = tf.backend() as unknown as WasmBackend & { wasm: { asm: { memory: WebAssembly.Memory } } };
  const shared = { backend, memory: backend.wasm.asm.memory };
  const kernels = fusedKernelsOf(load(shared), shared);
  registerFused("wasm", kernels);
  return kernels;
}

function withKernels<T>(name: string, body: () => T): T {
  const before = process.env["ARL_KERNELS"];
  process.env["ARL_KERNELS"] = name;
  try {
    return body();
  } finally {
    if (before === undefined) delete process.env["ARL_KERNELS"];
    else process.env["ARL_KERNELS"] = before;
  }
}

/** Node 20 has relaxed SIMD behind a flag, which may be set while it runs. */
function relaxedRuns(): boolean {
  const file = new URL("../../src/engine/native/transformer-relaxed.wasm", import.meta.url);
  const source = readFileSync(file);
  if (!WebAssembly.validate(source)) v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
  return WebAssembly.validate(source);
}

/** The binding takes relaxed SIMD where the runtime validates it. */
function withRelaxed<T>(relaxed: boolean, body: () => T): T {
  const { validate } = WebAssembly;
  WebAssembly.validate = () => relaxed;
  try {
    return body();
  } finally {
    WebAssembly.validate = validate;
  }
}
