/** What a tensor kernel is tried on: inputs as plain values, so that every engine gets tensors of its own. */
import * as tf from "@tensorflow/tfjs-core";
import { Random } from "../../../src/random.js";

export interface Values {
  readonly shape: number[];
  readonly dtype: "float32" | "int32" | "bool" | "string";
  readonly values: readonly number[] | readonly string[];
}

export interface Case {
  readonly kernel: string;
  /** The kernel's inputs by name; kernels that take any number of tensors have a list. */
  readonly inputs: Readonly<Record<string, Values>> | readonly Values[];
  readonly attrs: Readonly<Record<string, unknown>>;
  /** Largest difference from the cpu engine, relative to numbers above 1. */
  readonly tolerance: number;
}

interface Options {
  attrs?: Readonly<Record<string, unknown>>;
  tolerance?: number;
}

export function kernelCase(kernel: string, inputs: Case["inputs"], options: Options = {}): Case {
  return { kernel, inputs, attrs: options.attrs ?? {}, tolerance: options.tolerance ?? 1e-5 };
}

/** E.g. "Sum(x float32 [2, 3]) {axis: [0]}". */
export function describeCase({ kernel, inputs, attrs }: Case): string {
  const tensors = Object.entries(inputs).map(
    ([name, { dtype, shape }]) => `${name} ${dtype} [${shape.join(", ")}]`,
  );
  return `${kernel}(${tensors.join(", ")}) ${JSON.stringify(attrs)}`;
}

const random = new Random(1);
const size = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

/** Uniform in [low, high). */
export function float(shape: number[], low = -3, high = 3): Values {
  const values = Array.from({ length: size(shape) }, () => Math.fround(low + (high - low) * random.next()));
  return { shape, dtype: "float32", values };
}

/** Whole numbers in [low, high). */
export function int(shape: number[], low = -5, high = 6): Values {
  const values = Array.from({ length: size(shape) }, () => low + Math.floor((high - low) * random.next()));
  return { shape, dtype: "int32", values };
}

export function bool(shape: number[]): Values {
  return {
    shape,
    dtype: "bool",
    values: Array.from({ length: size(shape) }, () => Number(random.next() < 0.5)),
  };
}

/** Given values, in one dimension. */
export function list(values: readonly number[], dtype: "float32" | "int32" | "bool" = "float32"): Values {
  return { shape: [values.length], dtype, values };
}

export function text(...values: string[]): Values {
  return { shape: [values.length], dtype: "string", values };
}

/** The same values in another shape. */
export function shaped(values: Values, shape: number[]): Values {
  return { ...values, shape };
}

export function tensor({ shape, dtype, values }: Values): tf.Tensor {
  return tf.tensor(values as number[], shape, dtype);
}

/** Runs the case's kernel on the current engine. The caller disposes of inputs and outputs (`tf.tidy`). */
export function runCase({ kernel, inputs, attrs }: Case, tensors?: readonly tf.Tensor[]): tf.Tensor[] {
  const given = tensors ?? Object.values(inputs).map(tensor);
  const named = Array.isArray(inputs)
    ? given
    : Object.fromEntries(Object.keys(inputs).map((name, i) => [name, given[i]]));
  const outputs = tf
    .engine()
    .runKernel(kernel, named as unknown as tf.NamedTensorMap, attrs as tf.NamedAttrMap);
  return (Array.isArray(outputs) ? outputs : [outputs]) as tf.Tensor[];
}
