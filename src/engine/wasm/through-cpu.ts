/** Kernels of tfjs's cpu backend, run on copies of the WASM backend's values: for what is rare or small. */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelFunc, NamedTensorInfoMap, TensorInfo } from "@tensorflow/tfjs-core";
import type { WasmBackend } from "./machine.js";

interface CpuBackend {
  firstUse: boolean;
  write(values: unknown, shape: number[], dtype: tf.DataType): object;
  readSync(dataId: object): unknown;
  disposeData(dataId: object): boolean;
}

/** @throws what the cpu kernel throws; nothing is left behind then either. */
export function throughCpu(kernelName: string): KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const wasm = backend as WasmBackend;
    const cpu = tf.findBackend("cpu") as unknown as CpuBackend;
    // On first use the backend prints advice to install tfjs-node, which is not the advice here.
    cpu.firstUse = false;
    const held: TensorInfo[] = [];
    const copy = ({ dataId, shape, dtype }: TensorInfo): TensorInfo => {
      const copied = cpu.write(wasm.readSync(dataId), shape, dtype);
      // Some kernels take their inputs for whole tensors, which know their rank.
      const info = { dataId: copied, shape, dtype, rank: shape.length };
      held.push(info);
      return info;
    };
    try {
      // Kernels of any number of tensors (Einsum) have a list for inputs.
      const copies: unknown = Array.isArray(inputs)
        ? inputs.map(copy)
        : Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input && copy(input)]));
      const outputs = tf.getKernel(kernelName, "cpu").kernelFunc({
        inputs: copies as NamedTensorInfoMap,
        ...(attrs === undefined ? {} : { attrs }),
        backend: cpu,
      });
      const list = Array.isArray(outputs) ? outputs : [outputs];
      held.push(...list);
      const results = list.map(({ dataId, shape, dtype }) =>
        wasm.makeOutput(shape, dtype, undefined, ofType(dtype, cpu.readSync(dataId))),
      );
      return Array.isArray(outputs) ? results : results[0]!;
    } finally {
      for (const { dataId } of held) cpu.disposeData(dataId);
    }
  };
}

/** cpu's kernels may keep whole numbers and truth values as floats; in the WASM backend's memory, bytes count. */
function ofType(dtype: tf.DataType, values: unknown): unknown {
  if (dtype === "int32" && !(values instanceof Int32Array)) return Int32Array.from(values as number[]);
  if (dtype === "bool" && !(values instanceof Uint8Array)) return Uint8Array.from(values as number[]);
  if (dtype === "float32" && !(values instanceof Float32Array)) return Float32Array.from(values as number[]);
  return values;
}
