/**
 * Axes counted from the first. Some of tfjs's kernels take a negative axis, or one that is not there, as it comes:
 * their results have wrong shapes, and those in C write beyond them.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { KernelFunc, NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";

/** @throws RangeError for an axis that is none of `count`. */
export function axisOf(kernel: string, axis: number, count: number): number {
  if (!Number.isInteger(axis) || axis < -count || axis >= count) {
    throw new RangeError(`${kernel}: the axis ${axis} is not in [${-count}, ${count - 1}]`);
  }
  return axis < 0 ? axis + count : axis;
}

/** A kernel of one tensor that is given its axis counted from the first; `more` axes than the tensor has may be named. */
export function counted(kernel: string, attribute: string, kernelFunc: KernelFunc, more = 0): KernelFunc {
  return (call) => {
    const [x] = Object.values(call.inputs) as [TensorInfo];
    const attrs = call.attrs as NamedAttrMap & Record<string, number>;
    // A scalar is scanned as a list of one.
    const count = Math.max(1, x.shape.length + more);
    return kernelFunc({
      ...call,
      attrs: { ...attrs, [attribute]: axisOf(kernel, attrs[attribute]!, count) },
    });
  };
}

const done = new Set<string>();

/** For the backends whose kernels are tfjs's own; the WASM backend's are mended in wasm/. */
export function countAxes(backendName: string): void {
  if (done.has(backendName)) return;
  done.add(backendName);
  for (const kernelName of ["Cumsum", "Cumprod"]) {
    const { kernelFunc } = tf.getKernel(kernelName, backendName);
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      ...{ kernelName, backendName },
      kernelFunc: counted(kernelName, "axis", kernelFunc),
    });
  }
}
