/** Kernels that move entries about: nearly all are one copy with other steps from entry to entry (tensors.c). */
import * as tf from "@tensorflow/tfjs-core";
import type { DataType, NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import { axisOf } from "../axes.js";
import { collapsed, sizeOf, steps, type Axis, type Machine, type Override } from "./machine.js";

/** Where a copy starts in a tensor, in entries, and its steps along each axis of the copied box. */
interface Place {
  tensor: TensorInfo;
  start: number;
  steps: readonly number[];
}

/** to[…] = from[…] over a box of this shape. */
export function copyBox(machine: Machine, shape: readonly number[], from: Place, to: Place): void {
  if (sizeOf(shape) === 0) return;
  const axes = loops(shape.map((size, i) => ({ size, a: from.steps[i]!, b: to.steps[i]! })));
  const bytes = from.tensor.dtype === "bool" ? 1 : 4;
  const copy = bytes === 1 ? machine.tensors.copy1 : machine.tensors.copy4;
  copy(
    ...([
      machine.offset(from.tensor) + bytes * from.start,
      machine.offset(to.tensor) + bytes * to.start,
    ] as const),
    ...([axes.length, machine.planFor(axes)] as const),
  );
}

/** The order to loop in: writing in a row, and just outside it the axis along which reading is in a row. */
function loops(axes: readonly Axis[]): Axis[] {
  const order = collapsed(axes);
  moveTo(
    order,
    order.findLastIndex(({ b }) => b === 1),
    order.length - 1,
  );
  if (order.at(-1)?.a !== 1)
    moveTo(
      order,
      order.findIndex(({ a }) => a === 1),
      order.length - 2,
    );
  while (order.length < 2) order.unshift({ size: 1, a: 0, b: 0 });
  return order;
}

function moveTo(axes: Axis[], from: number, to: number): void {
  if (from >= 0) axes.splice(to, 0, ...axes.splice(from, 1));
}

const whole = (tensor: TensorInfo): Place => ({ tensor, start: 0, steps: steps(tensor.shape) });

const transpose: Override = (machine) => (call) => {
  const x = call.inputs["x"]!;
  const { perm } = call.attrs as NamedAttrMap & { perm: number[] };
  if (perm.length !== x.shape.length || x.shape.some((_, axis) => !perm.includes(axis))) {
    throw new RangeError(
      `Transpose: [${perm.join(", ")}] are not the axes of a tensor of rank ${x.shape.length}`,
    );
  }
  return permuted(machine, x, perm);
};

export function permuted(machine: Machine, x: TensorInfo, perm: readonly number[]): TensorInfo {
  const shape = perm.map((axis) => x.shape[axis]!);
  const moved = perm.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > moved[i - 1]!)) return machine.share(x, shape);
  const output = machine.output(shape, x.dtype);
  const own = steps(x.shape);
  copyBox(machine, shape, { tensor: x, start: 0, steps: perm.map((axis) => own[axis]!) }, whole(output));
  return output;
}

/**
 * The box of x that starts at `begin`.
 * @throws RangeError when it is not inside of x: tfjs checks neither negative places nor negative sizes
 */
function cut(machine: Machine, x: TensorInfo, begin: readonly number[], shape: number[]): TensorInfo {
  if (!x.shape.every((side, i) => begin[i]! >= 0 && shape[i]! >= 0 && begin[i]! + shape[i]! <= side)) {
    throw new RangeError(
      `a slice of shape [${shape.join(", ")}] from [${begin.join(", ")}] on is not inside of [${x.shape.join(", ")}]`,
    );
  }
  const output = machine.output(shape, x.dtype);
  const own = steps(x.shape);
  const start = begin.reduce((sum, index, axis) => sum + index * own[axis]!, 0);
  copyBox(machine, shape, { tensor: x, start, steps: own }, whole(output));
  return output;
}

const slice: Override =
  (machine, { stock }) =>
  (call) => {
    const x = call.inputs["x"]!;
    if (x.dtype === "string") return stock(call);
    const attrs = call.attrs as NamedAttrMap & { begin: number[]; size: number[] };
    const [begin, size] = tf.slice_util.parseSliceParams(x as tf.Tensor, attrs.begin, attrs.size);
    tf.slice_util.assertParamsValid(x, begin, size);
    return cut(machine, x, begin, size);
  };

const splitV: Override =
  (machine, { stock }) =>
  (call) => {
    const x = call.inputs["x"]!;
    if (x.dtype === "string") return stock(call);
    const attrs = call.attrs as NamedAttrMap & { numOrSizeSplits: number | number[]; axis: number };
    const axis = tf.util.parseAxisParam(attrs.axis, x.shape)[0]!;
    let start = 0;
    return tf.backend_util.prepareSplitSize(x as tf.Tensor, attrs.numOrSizeSplits, axis).map((size) => {
      const begin = x.shape.map((_, i) => (i === axis ? start : 0));
      start += size;
      return cut(
        machine,
        x,
        begin,
        x.shape.map((side, i) => (i === axis ? size : side)),
      );
    });
  };

const unpack: Override =
  (machine, { stock }) =>
  (call) => {
    const x = call.inputs["value"]!;
    if (x.dtype === "string") return stock(call);
    const axis = tf.util.parseAxisParam((call.attrs as NamedAttrMap & { axis: number }).axis, x.shape)[0]!;
    const shape = x.shape.filter((_, i) => i !== axis);
    return Array.from({ length: x.shape[axis]! }, (_, index) => {
      const begin = x.shape.map((_, i) => (i === axis ? index : 0));
      const part = cut(
        machine,
        x,
        begin,
        x.shape.map((side, i) => (i === axis ? 1 : side)),
      );
      return { ...part, shape };
    });
  };

/** Tensors one behind the other along an axis. */
function joined(machine: Machine, tensors: readonly TensorInfo[], axis: number): TensorInfo {
  const shape = tf.backend_util.computeOutShape(
    tensors.map((tensor) => tensor.shape),
    axis,
  );
  const output = machine.output(shape, tensors[0]!.dtype);
  const to = steps(shape);
  let start = 0;
  for (const tensor of tensors) {
    copyBox(machine, tensor.shape, whole(tensor), { tensor: output, start, steps: to });
    start += tensor.shape[axis]! * to[axis]!;
  }
  return output;
}

const concat: Override =
  (machine, { stock }) =>
  (call) => {
    const tensors = call.inputs as unknown as readonly TensorInfo[];
    if (tensors.some(({ dtype }) => dtype === "string" || dtype !== tensors[0]!.dtype)) return stock(call);
    const axis = tf.util.parseAxisParam(
      (call.attrs as NamedAttrMap & { axis: number }).axis,
      tensors[0]!.shape,
    )[0]!;
    tf.backend_util.assertParamsConsistent(
      tensors.map(({ shape }) => shape),
      axis,
    );
    return joined(machine, tensors, axis);
  };

const pack: Override =
  (machine, { stock }) =>
  (call) => {
    const tensors = call.inputs as unknown as readonly TensorInfo[];
    const { shape, dtype } = tensors[0]!;
    const axis = axisOf("Pack", (call.attrs as NamedAttrMap & { axis: number }).axis, shape.length + 1);
    for (const tensor of tensors) {
      tf.util.assertShapesMatch(shape, tensor.shape, "All tensors passed to stack must have matching shapes");
      tf.util.assert(dtype === tensor.dtype, () => "All tensors passed to stack must have matching dtypes");
    }
    if (dtype === "string") return stock(call);
    const parts = tensors.map((tensor) => ({ ...tensor, shape: shape.toSpliced(axis, 0, 1) }));
    return joined(machine, parts, axis);
  };

/** Every axis is looped over twice: its repetitions, which read the same again, and its entries. */
const tile: Override =
  (machine, { stock }) =>
  (call) => {
    const x = call.inputs["x"]!;
    const { reps } = call.attrs as NamedAttrMap & { reps: number[] };
    if (x.dtype === "string") return stock(call);
    if (reps.length !== x.shape.length || !reps.every((count) => Number.isInteger(count) && count >= 0)) {
      throw new RangeError(`Tile: [${reps.join(", ")}] are not repetitions of ${x.shape.length} axes`);
    }
    const output = machine.output(
      x.shape.map((side, i) => side * reps[i]!),
      x.dtype,
    );
    const own = steps(x.shape);
    const to = steps(output.shape);
    copyBox(
      machine,
      x.shape.flatMap((side, i) => [reps[i]!, side]),
      { tensor: x, start: 0, steps: own.flatMap((step) => [0, step]) },
      { tensor: output, start: 0, steps: to.flatMap((step, i) => [step * x.shape[i]!, step]) },
    );
    return output;
  };

const reverse: Override =
  (machine, { stock }) =>
  (call) => {
    const x = call.inputs["x"]!;
    if (x.dtype === "string") return stock(call);
    const axes = tf.util.parseAxisParam((call.attrs as NamedAttrMap & { dims: number[] }).dims, x.shape);
    const output = machine.output(x.shape, x.dtype);
    const own = steps(x.shape);
    const start = axes.reduce((sum, axis) => sum + (x.shape[axis]! - 1) * own[axis]!, 0);
    const backwards = own.map((step, axis) => (axes.includes(axis) ? -step : step));
    copyBox(machine, x.shape, { tensor: x, start, steps: backwards }, whole(output));
    return output;
  };

/** Rows of x by index, along any axis. tfjs's own copies entry by entry, and is wrong where x has batch axes. */
const gatherV2: Override =
  (machine, { cpu }) =>
  (call) => {
    const x = call.inputs["x"]!;
    const indices = call.inputs["indices"]!;
    const { axis, batchDims } = call.attrs as NamedAttrMap & { axis: number; batchDims: number };
    const parsed = tf.util.parseAxisParam(axis, x.shape)[0]!;
    if (batchDims !== 0 || x.dtype === "bool" || x.dtype === "string" || indices.dtype !== "int32")
      return cpu(call);
    const rows = x.shape[parsed]!;
    const width = sizeOf(x.shape.slice(parsed + 1));
    const outer = sizeOf(x.shape.slice(0, parsed));
    const output = machine.output(
      [...x.shape.slice(0, parsed), ...indices.shape, ...x.shape.slice(parsed + 1)],
      x.dtype,
    );
    const offset = (tensor: TensorInfo) => machine.offset(tensor);
    const wrong = machine.tensors.gather(
      ...[offset(x), offset(indices), offset(output), outer, rows, sizeOf(indices.shape), width],
    );
    if (wrong < 0) return output;
    machine.dispose(output);
    throw new RangeError(
      `GatherV2: the index value ${machine.values(indices)[wrong]} is not in [0, ${rows - 1}]`,
    );
  };

/** onValue where the last axis is the index, offValue elsewhere. tfjs's own knows only whole numbers, of four bytes. */
const oneHot: Override = (machine) => (call) => {
  const indices = call.inputs["indices"]!;
  const { depth, onValue, offValue, dtype } = call.attrs as NamedAttrMap & OneHotAttributes;
  const output = machine.output([...indices.shape, depth], dtype);
  const values = machine.values(output).fill(offValue);
  for (const [i, index] of machine.values(indices).entries()) {
    if (index >= 0 && index < depth) values[i * depth + index] = onValue;
  }
  return output;
};

interface OneHotAttributes {
  depth: number;
  onValue: number;
  offValue: number;
  dtype: DataType;
}

export const arrangement: Readonly<Record<string, Override>> = {
  Transpose: transpose,
  Slice: slice,
  SplitV: splitV,
  Unpack: unpack,
  Concat: concat,
  Pack: pack,
  Tile: tile,
  Reverse: reverse,
  GatherV2: gatherV2,
  OneHot: oneHot,
};
