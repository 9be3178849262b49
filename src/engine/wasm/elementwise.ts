/** Kernels that compute each entry for itself. */
import * as tf from "@tensorflow/tfjs-core";
import type { DataType, NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import { collapsed, sizeOf, steps, type Override } from "./machine.js";

/** As in tensors.c. */
const binaryOperations = {
  Maximum: 0,
  Minimum: 1,
  Prelu: 2,
  Equal: 3,
  NotEqual: 4,
  Greater: 5,
  GreaterEqual: 6,
  Less: 7,
  LessEqual: 8,
} as const;
const unaryOperations = { Exp: 0, Log: 1, Tanh: 2, Erf: 3, Softplus: 4, Sqrt: 5, Rsqrt: 6, Sign: 7 } as const;

/**
 * Of float32 in C; tfjs's maximum and minimum lose NaN and its prelu does not broadcast, and its comparisons
 * are ten times slower. Other types go to tfjs's own, but for prelu's.
 */
function binary(name: keyof typeof binaryOperations): Override {
  return (machine, { stock, cpu }) =>
    (call) => {
      const a = call.inputs["a"] ?? call.inputs["x"]!;
      const b = call.inputs["b"] ?? call.inputs["alpha"]!;
      if (a.dtype !== "float32" || b.dtype !== "float32") return name === "Prelu" ? cpu(call) : stock(call);
      const shape = tf.broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
      const output = machine.output(shape, binaryOperations[name] < 3 ? "float32" : "bool");
      if (sizeOf(shape) === 0) return output;
      const aSteps = broadcastSteps(a.shape, shape);
      const bSteps = broadcastSteps(b.shape, shape);
      const axes = collapsed(shape.map((size, i) => ({ size, a: aSteps[i]!, b: bSteps[i]! })));
      if (axes.length === 0) axes.push({ size: 1, a: 0, b: 0 });
      machine.tensors.binary(
        ...([binaryOperations[name], machine.offset(a), machine.offset(b), machine.offset(output)] as const),
        ...([axes.length, machine.planFor(axes)] as const),
      );
      return output;
    };
}

/** Entries from one index to the next in a tensor that is broadcast to `shape`: 0 where one serves all. */
export function broadcastSteps(from: readonly number[], shape: readonly number[]): number[] {
  const missing = shape.length - from.length;
  const own = steps(from);
  return shape.map((_, i) => (i < missing || from[i - missing] === 1 ? 0 : own[i - missing]!));
}

function unary(name: keyof typeof unaryOperations): Override {
  return (machine, { cpu }) =>
    (call) => {
      const x = call.inputs["x"]!;
      if (x.dtype !== "float32") return cpu(call);
      const output = machine.output(x.shape, "float32");
      machine.tensors.unary(
        unaryOperations[name],
        machine.offset(x),
        machine.offset(output),
        sizeOf(x.shape),
      );
      return output;
    };
}

/** In JavaScript: quicker than tfjs's sine and cosine, and right for large angles too. */
function mapped(f: (x: number) => number): Override {
  return (machine, { cpu }) =>
    (call) => {
      const x = call.inputs["x"]!;
      if (x.dtype !== "float32") return cpu(call);
      const output = machine.output(x.shape, "float32");
      const from = machine.values(x);
      const to = machine.values(output);
      for (let i = 0; i < from.length; i++) to[i] = f(from[i]!);
      return output;
    };
}

/** tfjs's own turns NaN into the lower bound. */
function clip(bounds: (attrs: NamedAttrMap | undefined) => [number, number]): Override {
  return (machine, { cpu }) =>
    (call) => {
      const x = call.inputs["x"]!;
      if (x.dtype !== "float32") return cpu(call);
      const [low, high] = bounds(call.attrs);
      const output = machine.output(x.shape, "float32");
      machine.tensors.clip(machine.offset(x), machine.offset(output), sizeOf(x.shape), low, high);
      return output;
    };
}

/** tfjs's own cuts to a byte where true is anything but 0. */
const cast: Override =
  (machine, { cpu }) =>
  (call) => {
    const x = call.inputs["x"]!;
    const { dtype } = call.attrs as NamedAttrMap & { dtype: DataType };
    if (dtype === x.dtype) return machine.share(x, x.shape);
    if (![x.dtype, dtype].every((type) => ["float32", "int32", "bool"].includes(type))) return cpu(call);
    const output = machine.output(x.shape, dtype);
    const from = machine.values(x);
    const to = machine.values(output);
    if (dtype !== "bool") to.set(from);
    else for (let i = 0; i < from.length; i++) to[i] = from[i] === 0 ? 0 : 1;
    return output;
  };

/** condition ? t : e, all of one shape. tfjs's own takes truth values for four bytes each, and fails on no entries. */
const select: Override =
  (machine, { cpu }) =>
  (call) => {
    const condition = call.inputs["condition"]!;
    const t = call.inputs["t"]!;
    const e = call.inputs["e"]!;
    const sizes = [condition, e].map(({ shape }) => sizeOf(shape));
    if (t.dtype === "bool" || t.dtype !== e.dtype || sizes.some((size) => size !== sizeOf(t.shape)))
      return cpu(call);
    const output = machine.output(t.shape, t.dtype);
    const offset = (tensor: TensorInfo) => machine.offset(tensor);
    machine.tensors.select4(offset(condition), offset(t), offset(e), offset(output), sizeOf(t.shape));
    return output;
  };

/** The backend copies the values; ours shares them. Every variable that a gradient is taken of passes through. */
const identity: Override = (machine) => (call) => {
  const x = call.inputs["x"]!;
  return machine.share(x, x.shape);
};

const overridesOf = <Name extends string>(
  names: Readonly<Record<Name, number>>,
  make: (name: Name) => Override,
) => Object.fromEntries((Object.keys(names) as Name[]).map((name) => [name, make(name)]));

export const elementwise: Readonly<Record<string, Override>> = {
  ...overridesOf(binaryOperations, binary),
  ...overridesOf(unaryOperations, unary),
  Sin: mapped(Math.sin),
  Cos: mapped(Math.cos),
  ClipByValue: clip((attrs) => {
    const { clipValueMin, clipValueMax } = attrs as NamedAttrMap & Record<string, number>;
    return [clipValueMin!, clipValueMax!];
  }),
  Relu6: clip(() => [0, 6]),
  Cast: cast,
  Select: select,
  Identity: identity,
};
