/**
 * Kernels that make tfjs's WASM backend able to train a transformer, and quick at it.
 *
 * - `BatchMatMul`: the backend multiplies batches and transposed matrices (attention, and every gradient)
 *   with scalar loops; ours (matmul.c) is vectorised, and works in the backend's own memory.
 * - `UnsortedSegmentSum`: missing in the backend; the gradient of `gather`, so embeddings do not train without.
 * - `Identity`: the backend copies the values; ours shares them, as its own `Reshape` does. Every variable
 *   that a gradient is taken of passes through it.
 */
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import type { KernelFunc, NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";

/** What of tfjs's `BackendWasm` the kernels use; it does not export its type. */
export interface WasmBackend {
  wasm: { _malloc(bytes: number): number; _free(pointer: number): void };
  incRef(dataId: object): void;
  dataIdMap: { get(dataId: object): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: tf.DataType): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array | Int32Array;
}

interface MatmulModule {
  matmul(...args: number[]): void;
  panel_size(columns: number): number;
}

/** Replaces the kernels of the backend named "wasm". Call it once, when the backend is up. */
export function installKernels(backend: WasmBackend, memory: WebAssembly.Memory): void {
  replaceKernel("BatchMatMul", batchMatMul(backend, memory));
  replaceKernel("UnsortedSegmentSum", unsortedSegmentSum);
  replaceKernel("Identity", identity);
}

function replaceKernel(kernelName: string, kernelFunc: KernelFunc): void {
  if (tf.getKernel(kernelName, "wasm") !== undefined) tf.unregisterKernel(kernelName, "wasm");
  tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc });
}

function batchMatMul(backend: WasmBackend, memory: WebAssembly.Memory): KernelFunc {
  const source = readFileSync(new URL("./matmul.wasm", import.meta.url));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(source), { env: { memory } });
  const { matmul, panel_size } = instance.exports as unknown as MatmulModule;
  let panel = { pointer: 0, size: 0 };

  return ({ inputs, attrs }) => {
    const a = inputs["a"]!;
    const b = inputs["b"]!;
    const { transposeA, transposeB } = attrs as NamedAttrMap & { transposeA: boolean; transposeB: boolean };
    if (a.dtype !== "float32" || b.dtype !== "float32") {
      throw new TypeError(`matMul needs float32 tensors, not ${a.dtype} and ${b.dtype}; cast them first`);
    }
    const [aBatch, aRows, aColumns] = matrices(a.shape);
    const [bBatch, bRows, bColumns] = matrices(b.shape);
    const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
    const [n, kOfB] = transposeB ? [bRows, bColumns] : [bColumns, bRows];
    if (k !== kOfB) {
      throw new RangeError(
        `matMul: inner sizes ${k} and ${kOfB} of shapes [${a.shape.join(", ")}] and [${b.shape.join(", ")}] differ`,
      );
    }
    const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
    const batch = tf.util.sizeFromShape(outer);
    if (![1, batch].includes(aBatch) || ![1, batch].includes(bBatch)) {
      throw new RangeError(
        `matMul cannot broadcast [${a.shape.join(", ")}] with [${b.shape.join(", ")}] on this engine`,
      );
    }
    const output = backend.makeOutput([...outer, m, n], "float32");
    if (tf.util.sizeFromShape(output.shape) === 0) return output;
    if (k === 0) {
      // A sum of no terms. The kernel only ever adds to what its first term wrote.
      backend.typedArrayFromHeap(output).fill(0);
      return output;
    }
    const size = panel_size(n);
    if (size > panel.size) {
      backend.wasm._free(panel.pointer);
      panel = { pointer: backend.wasm._malloc(4 * size), size };
    }
    const offset = ({ dataId }: TensorInfo) => backend.dataIdMap.get(dataId).memoryOffset;
    matmul(
      ...[offset(a), offset(b), offset(output), panel.pointer, batch, m, n, k],
      ...[aBatch === 1 ? 0 : m * k, bBatch === 1 ? 0 : n * k, transposeA ? 1 : 0, transposeB ? 1 : 0],
    );
    return output;
  };
}

/** A shape as a batch of matrices: [batch, rows, columns]. */
function matrices(shape: readonly number[]): [number, number, number] {
  const [rows, columns] = shape.slice(-2);
  return [tf.util.sizeFromShape(shape.slice(0, -2)), rows!, columns!];
}

/** output[s] = Σ x[i] over the i with segmentIds[i] = s; x: [n, …], output: [numSegments, …]. */
const unsortedSegmentSum: KernelFunc = ({ inputs, attrs, backend }) => {
  const { typedArrayFromHeap, makeOutput } = backend as WasmBackend;
  const x = inputs["x"]!;
  const segmentIds = inputs["segmentIds"]!;
  const { numSegments } = attrs as NamedAttrMap & { numSegments: number };
  const output = makeOutput.call(backend, [numSegments, ...x.shape.slice(1)], x.dtype);
  // Views are taken after the output is allocated: growing the memory detaches older ones.
  const sums = typedArrayFromHeap.call(backend, output).fill(0);
  const values = typedArrayFromHeap.call(backend, x);
  const ids = typedArrayFromHeap.call(backend, segmentIds);
  const width = values.length / Math.max(1, ids.length);
  for (let i = 0; i < ids.length; i++) {
    const segment = ids[i]!;
    if (segment < 0 || segment >= numSegments) continue;
    for (let j = 0, from = i * width, to = segment * width; j < width; j++) {
      sums[to + j] = sums[to + j]! + values[from + j]!;
    }
  }
  return output;
};

const identity: KernelFunc = ({ inputs, backend }) => {
  const { dataId, shape, dtype } = inputs["x"]!;
  (backend as WasmBackend).incRef(dataId);
  return { dataId, shape, dtype };
};
