/** Sums, means and extremes along axes; sums by index. */
import * as tf from "@tensorflow/tfjs-core";
import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import { sizeOf, type Machine, type Override } from "./machine.js";

/** As in tensors.c. */
const operations = { Sum: 0, Max: 1, Min: 2 } as const;

/**
 * Of float32 in C, along any axes without a transpose: tfjs transposes first, and leaves a reduction of nothing
 * as its memory was. Other types go to tfjs's own, nothing to cpu's.
 */
function reduction(operation: keyof typeof operations, mean = false): Override {
  return (machine, { stock, cpu }) =>
    (call) => {
      const x = call.inputs["x"]!;
      const { axis, reductionIndices, keepDims } = call.attrs as NamedAttrMap &
        Record<string, number[] | boolean>;
      const axes = tf.util.parseAxisParam((axis ?? reductionIndices) as number[], x.shape);
      if (sizeOf(x.shape) === 0) return cpu(call);
      if (x.dtype !== "float32") return stock(call);
      const [kept, reduced] = tf.backend_util.computeOutAndReduceShapes(x.shape, axes);
      const shape = keepDims === true ? tf.backend_util.expandShapeToKeepDim(kept, axes) : kept;
      const output = reduceAxes(machine, operations[operation], x, axes);
      if (mean) {
        const count = sizeOf(reduced);
        const values = machine.values(output);
        for (let i = 0; i < values.length; i++) values[i] = values[i]! / count;
      }
      return { ...output, shape };
    };
}

/** A new tensor; axes that follow one another are one step, the last group first. */
function reduceAxes(machine: Machine, operation: number, x: TensorInfo, axes: readonly number[]): TensorInfo {
  let shape = [...x.shape];
  let input = x;
  for (const [first, last] of runs(axes, x.shape).reverse()) {
    const outer = sizeOf(shape.slice(0, first));
    const count = sizeOf(shape.slice(first, last + 1));
    const inner = sizeOf(shape.slice(last + 1));
    shape = shape.map((size, i) => (i >= first && i <= last ? 1 : size));
    const output = machine.output(shape, "float32");
    machine.tensors.reduce(operation, machine.offset(input), machine.offset(output), outer, count, inner);
    if (input !== x) machine.dispose(input);
    input = output;
  }
  if (input !== x) return input;
  // Nothing to reduce: a copy, since a mean is then computed in place.
  const output = machine.output(shape, "float32");
  machine.values(output).set(machine.values(x));
  return output;
}

/** Groups of reduced axes with nothing but axes of size 1 between: [first, last]. */
function runs(axes: readonly number[], shape: readonly number[]): [number, number][] {
  const result: [number, number][] = [];
  for (const axis of [...axes].sort((a, b) => a - b)) {
    const last = result.at(-1);
    if (last !== undefined && shape.slice(last[1] + 1, axis).every((size) => size === 1)) last[1] = axis;
    else result.push([axis, axis]);
  }
  return result;
}

/**
 * output[s] = Σ x[i] over the i with segmentIds[i] = s; x: [n, …], output: [numSegments, …]. Missing in the
 * backend; the gradient of `gather`, so embeddings do not train without.
 */
const unsortedSegmentSum: Override =
  (machine, { cpu }) =>
  (call) => {
    const x = call.inputs["x"]!;
    const segmentIds = call.inputs["segmentIds"]!;
    if (segmentIds.shape.length !== 1 || segmentIds.shape[0] !== x.shape[0]) return cpu(call);
    const { numSegments } = call.attrs as NamedAttrMap & { numSegments: number };
    const output = machine.output([numSegments, ...x.shape.slice(1)], x.dtype);
    const sums = machine.values(output).fill(0);
    const count = sizeOf(segmentIds.shape);
    const width = sizeOf(x.shape) / Math.max(1, count);
    if (x.dtype === "float32") {
      machine.tensors.segment_sum(
        ...[machine.offset(x), machine.offset(segmentIds), machine.offset(output), count, numSegments, width],
      );
      return output;
    }
    const values = machine.values(x);
    for (const [i, segment] of machine.values(segmentIds).entries()) {
      if (segment < 0 || segment >= numSegments) continue;
      for (let j = 0; j < width; j++) sums[segment * width + j]! += values[i * width + j]!;
    }
    return output;
  };

export const reductions: Readonly<Record<string, Override>> = {
  Sum: reduction("Sum"),
  Mean: reduction("Sum", true),
  Max: reduction("Max"),
  Min: reduction("Min"),
  UnsortedSegmentSum: unsortedSegmentSum,
};
