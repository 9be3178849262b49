/** The fused kernels' entry points, the same for the addon (addon.c) and the WebAssembly module (wasm.c). */
import { readFileSync } from "node:fs";
import type { WasmBackend } from "../wasm/kernels.js";

/** A pointer as a number, good for nothing but to be handed back; 0 when there was no memory. */
export type Handle = number;
/** Bytes from the beginning of tfjs's memory. */
export type Offset = number;

/**
 * Tensors are offsets into the memory of tfjs's WASM backend. "offsets" is the offset of 32-bit integers which are
 * offsets again, one per parameter. Functions that return a number return 0 when there was no memory.
 */
export interface KernelModule {
  /** Which kernels these are and what they run on, e.g. "AVX-512, 2 threads". */
  readonly name: string;
  openModel(
    vocabulary: number,
    context: number,
    width: number,
    layers: number,
    heads: number,
    value: number,
  ): Handle;
  closeModel(model: Handle): void;
  packModel(model: Handle, parameterOffsets: Offset): number;
  openScore(model: Handle): Handle;
  closeScore(score: Handle): void;
  scoreForward(
    score: Handle,
    tokens: Offset,
    /** Predictions of each row; 0 when all have `length`. */
    lengths: Offset,
    /** A float32 for every prediction, 0 where it is not asked for; 0 when all are. */
    asked: Offset,
    rows: number,
    length: number,
    temperature: number,
    out: Offset,
  ): number;
  scoreBackward(
    score: Handle,
    model: Handle,
    tokens: Offset,
    gradient: Offset,
    parameterOffsets: Offset,
    gradientOffsets: Offset,
  ): number;
  openSampler(model: Handle, rows: number, length: number): Handle;
  closeSampler(sampler: Handle): void;
  /** Ready for another run of as many rows, nothing in its cache. */
  samplerReset(sampler: Handle): void;
  samplerAdvance(sampler: Handle, tokens: Offset, count: number, out: Offset): void;
  /** Uniforms: one float per row; result: tokens, log-probabilities, entropies and values, one float per row each. */
  samplerDraw(sampler: Handle, out: Offset, uniforms: Offset, temperature: number, result: Offset): void;
  samplerKeep(sampler: Handle, rows: Offset, count: number): void;
  sumOfSquares(x: Offset, size: number): number;
  /** Tensors: gradient, first, second, values, then the next first, second and values. */
  adamStep(size: number, ...tensorsThenNumbers: number[]): void;
  /** Runs `repeats` products [m, k] × [k, n]; returns the floating-point operations done. */
  peak(repeats: number, m: number, n: number, k: number): number;
}

/** What of tfjs's WASM backend the kernels work in. */
export interface SharedMemory {
  backend: WasmBackend;
  memory: WebAssembly.Memory;
}

const stackBytes = 64 * 1024;

/**
 * Starts the WebAssembly form inside tfjs's memory: with relaxed SIMD (fused multiply-add) where the runtime has it.
 * @throws Error when the module cannot be compiled.
 */
export function loadModule({ backend, memory }: SharedMemory): KernelModule {
  const relaxed = readFileSync(new URL("./transformer-relaxed.wasm", import.meta.url));
  const usesRelaxed = WebAssembly.validate(relaxed);
  const source = usesRelaxed ? relaxed : readFileSync(new URL("./transformer.wasm", import.meta.url));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(source), {
    env: { memory },
    host: {
      allocate: (bytes: number) => backend.wasm._malloc(bytes),
      release: (pointer: number) => {
        backend.wasm._free(pointer);
      },
      log: Math.log,
    },
  });
  const exports = instance.exports as unknown as Omit<KernelModule, "name"> & {
    __stack_pointer: WebAssembly.Global;
  };
  // The module has no memory of its own, so its stack is a block of tfjs's; it grows downwards.
  const stack = backend.wasm._malloc(stackBytes);
  if (stack === 0) throw new Error("tfjs's memory has no room for the kernels' stack");
  exports.__stack_pointer.value = (stack + stackBytes) & ~15;
  return { ...exports, name: `WebAssembly SIMD${usesRelaxed ? " (relaxed)" : ""}, 1 thread` };
}
