/** Kernels of tfjs's that are right for some inputs: those stay with them, the rest goes through cpu. */
import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import { counted } from "../axes.js";
import { sizeOf, type Machine, type Override } from "./machine.js";

type Inputs = Readonly<Record<string, TensorInfo>>;

function right(fits: (inputs: Inputs, attrs: NamedAttrMap, machine: Machine) => boolean): Override {
  return (machine, { stock, cpu }) =>
    (call) =>
      (fits(call.inputs as Inputs, call.attrs ?? {}, machine) ? stock : cpu)(call);
}

/** The others' bytes are taken for those of float32. */
const floats = right((inputs) => Object.values(inputs)[0]!.dtype === "float32");

/** The result of a reduction of nothing is what the memory held before. */
const entries = right(({ x }) => sizeOf(x!.shape) > 0);

/** An index out of range reads or writes beyond the tensor; cpu's says in its error which one it is. */
const indexed = (indices: string, target: (inputs: Inputs, attrs: NamedAttrMap) => readonly number[]) =>
  right((inputs, attrs, machine) => {
    const { shape } = inputs[indices]!;
    const sides = target(inputs, attrs);
    const depth = shape.length === 0 ? 1 : shape.at(-1)!;
    return machine.values(inputs[indices]!).every((index, i) => index >= 0 && index < sides[i % depth]!);
  });

/** XNNPACK takes consecutive entries whatever the axis is, and for a negative one leaves the result as it was. */
const alongLast: Override =
  (_, { stock }) =>
  (call) => {
    const { logits } = call.inputs as unknown as { logits: TensorInfo };
    const { dim } = call.attrs as NamedAttrMap & { dim: number };
    const last = logits.shape.length - 1;
    if (dim !== -1 && dim !== last)
      throw new RangeError(`Softmax: the axis ${dim} is not the last one, ${last}`);
    return stock({ ...call, attrs: { dim: last } });
  };

export const mended: Readonly<Record<string, Override>> = {
  ...Object.fromEntries(
    [
      ...[
        "Acos",
        "Acosh",
        "Asin",
        "Asinh",
        "Atan",
        "Atanh",
        "AvgPool",
        "Ceil",
        "Cosh",
        "DepthToSpace",
        "Elu",
        "Expm1",
      ],
      ...[
        "Floor",
        "IsFinite",
        "IsInf",
        "IsNan",
        "Log1p",
        "MaxPool",
        "Reciprocal",
        "ResizeNearestNeighbor",
        "Sigmoid",
        "StridedSlice",
        "Tan",
      ],
    ].map((name) => [name, floats]),
  ),
  Cumsum: (_, { stock }) => counted("Cumsum", "axis", stock),
  Cumprod: (_, { stock }) => counted("Cumprod", "axis", stock),
  ExpandDims: (_, { stock }) => counted("ExpandDims", "dim", stock, 1),
  Softmax: alongLast,
  // Its quotient of float32 is float32, where every other engine's is int32.
  FloorDiv: right(({ a }) => a!.dtype === "int32"),
  All: entries,
  Any: entries,
  Prod: entries,
  GatherNd: indexed("indices", ({ params }) => params!.shape),
  ScatterNd: indexed("indices", (_, { shape }) => shape as number[]),
  SparseToDense: indexed("sparseIndices", (_, { outputShape }) => outputShape as number[]),
  TensorScatterUpdate: indexed("indices", ({ tensor }) => tensor!.shape),
};
