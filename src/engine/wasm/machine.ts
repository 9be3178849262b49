/** What our kernels work with: tfjs's WASM backend, its memory, and C code compiled to run in that memory. */
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import type { DataType, KernelFunc, TensorInfo } from "@tensorflow/tfjs-core";

/** What of tfjs's `BackendWasm` the kernels use; it does not export its type. */
export interface WasmBackend {
  wasm: { _malloc(bytes: number): number; _free(pointer: number): void };
  incRef(dataId: object): void;
  disposeData(dataId: object): boolean;
  readSync(dataId: object): Float32Array | Int32Array | Uint8Array | Uint8Array[];
  dataIdMap: { get(dataId: object): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: DataType, memoryOffset?: number, values?: unknown): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array;
}

/** The functions of matmul.c. */
export interface MatmulModule {
  matmul(...args: number[]): void;
  panel_size(columns: number): number;
}

/** The functions of tensors.c. */
export interface TensorsModule {
  copy4(x: number, y: number, rank: number, plan: number): void;
  copy1(x: number, y: number, rank: number, plan: number): void;
  gather(...args: number[]): number;
  segment_sum(...args: number[]): void;
  select4(condition: number, t: number, e: number, y: number, count: number): void;
  reduce(operation: number, x: number, y: number, outer: number, count: number, inner: number): void;
  binary(operation: number, a: number, b: number, y: number, rank: number, plan: number): void;
  unary(operation: number, x: number, y: number, count: number): void;
  clip(x: number, y: number, count: number, low: number, high: number): void;
}

/** An axis of a loop over two tensors: how often, and how many entries each moves on. */
export interface Axis {
  size: number;
  a: number;
  b: number;
}

/** Axes a plan can hold: those of size 1 are left out, and those that run on; a tile has two for each of a tensor's. */
const planAxes = 16;

export class Machine {
  readonly matmul: MatmulModule;
  readonly tensors: TensorsModule;
  private readonly plan: number;
  private panel = { pointer: 0, size: 0 };

  constructor(
    readonly backend: WasmBackend,
    private readonly memory: WebAssembly.Memory,
  ) {
    this.matmul = load("matmul.wasm", memory) as MatmulModule;
    this.tensors = load("tensors.wasm", memory) as TensorsModule;
    this.plan = backend.wasm._malloc(4 * 4 * planAxes);
  }

  /** A new tensor; its values are whatever the memory held. */
  output(shape: number[], dtype: DataType): TensorInfo {
    return this.backend.makeOutput(shape, dtype);
  }

  /** Where a tensor's values are, in bytes. */
  offset({ dataId }: TensorInfo): number {
    return this.backend.dataIdMap.get(dataId).memoryOffset;
  }

  /** A tensor's values in place; only until the next allocation, which may move the memory. */
  values(tensor: TensorInfo): Float32Array | Int32Array | Uint8Array {
    return this.backend.typedArrayFromHeap(tensor);
  }

  /** The same values under another shape or, with as many bytes an entry, another type. */
  share({ dataId, dtype }: TensorInfo, shape: number[]): TensorInfo {
    this.backend.incRef(dataId);
    return { dataId, shape, dtype };
  }

  dispose(tensor: TensorInfo): void {
    this.backend.disposeData(tensor.dataId);
  }

  /** Memory for matmul's copies of n columns. */
  panelFor(n: number): number {
    const size = this.matmul.panel_size(n);
    if (size > this.panel.size) {
      this.backend.wasm._free(this.panel.pointer);
      this.panel = { pointer: 0, size: 0 };
      const pointer = this.backend.wasm._malloc(4 * size);
      if (pointer === 0)
        throw new Error(`matMul has no memory for a product of ${n} columns; dispose of tensors`);
      this.panel = { pointer, size };
    }
    return this.panel.pointer;
  }

  /** Writes a plan for tensors.c. Valid until the next one. */
  planFor(axes: readonly Axis[]): number {
    if (axes.length > planAxes)
      throw new RangeError(`a tensor of ${axes.length} axes is too much for this engine`);
    const words = new Int32Array(this.memory.buffer, this.plan, 4 * axes.length);
    words.set([...axes.map(({ size }) => size), ...axes.map(({ a }) => a), ...axes.map(({ b }) => b)]);
    words.fill(0, 3 * axes.length);
    return this.plan;
  }
}

function load(file: string, memory: WebAssembly.Memory): unknown {
  const module = new WebAssembly.Module(readFileSync(new URL(`./${file}`, import.meta.url)));
  return new WebAssembly.Instance(module, { env: { memory } }).exports;
}

/** A kernel, and what it falls back to for what it does not do itself. */
export type Override = (machine: Machine, fallbacks: Fallbacks) => KernelFunc;

export interface Fallbacks {
  /** tfjs's own kernel for this backend. */
  readonly stock: KernelFunc;
  /** The kernel of tfjs's cpu backend, on copies. */
  readonly cpu: KernelFunc;
}

/** Axes without those of size 1, and with neighbours put together where both tensors run on from one to the next. */
export function collapsed(axes: readonly Axis[]): Axis[] {
  const result: Axis[] = [];
  for (const axis of axes) {
    if (axis.size === 1) continue;
    const last = result.at(-1);
    if (last !== undefined && last.a === axis.size * axis.a && last.b === axis.size * axis.b) {
      result[result.length - 1] = { size: last.size * axis.size, a: axis.a, b: axis.b };
    } else result.push(axis);
  }
  return result;
}

/** Entries from one index to the next, axis by axis, of a row-major tensor. */
export function steps(shape: readonly number[]): number[] {
  const result: number[] = [];
  let step = 1;
  for (const size of shape.toReversed()) {
    result.unshift(step);
    step *= size;
  }
  return result;
}

export const sizeOf = (shape: readonly number[]): number => tf.util.sizeFromShape([...shape]);
