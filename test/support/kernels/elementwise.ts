/** Kernels that compute each entry for itself, of one tensor or of two that broadcast. */
import { bool, float, int, kernelCase, list, type Case, type Values } from "./case.js";

/** Where a function's definition changes, overflows, or has no value. */
const special = list([
  ...[NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 5.9999, 6, 7, 1e-8, -1e-8],
  ...[1e-3, -1e-3, 30, -30, 88, -88, 100, -100, 1e20, -1e20],
]);

/** Functions of a float32 tensor; whole numbers and truth values go through the same kernels. */
const unary: Readonly<
  Record<string, { low?: number; high?: number; attrs?: Record<string, unknown>; also?: "int" }>
> = {
  Abs: { also: "int" },
  Acos: { low: -1, high: 1, also: "int" },
  Acosh: { low: 1, high: 5, also: "int" },
  Asin: { low: -1, high: 1, also: "int" },
  Asinh: { also: "int" },
  Atan: { also: "int" },
  Atanh: { low: -0.99, high: 0.99, also: "int" },
  Ceil: { also: "int" },
  ClipByValue: { attrs: { clipValueMin: -1, clipValueMax: 2 }, also: "int" },
  Cos: { also: "int" },
  Cosh: { also: "int" },
  Elu: { also: "int" },
  Erf: { also: "int" },
  Exp: { also: "int" },
  Expm1: { also: "int" },
  Floor: { also: "int" },
  Identity: { also: "int" },
  IsFinite: { also: "int" },
  IsInf: { also: "int" },
  IsNan: { also: "int" },
  LeakyRelu: { attrs: { alpha: 0.3 }, also: "int" },
  Log: { low: 0.01, high: 5, also: "int" },
  Log1p: { low: -0.9, high: 5, also: "int" },
  Neg: { also: "int" },
  OnesLike: { also: "int" },
  Reciprocal: { low: 0.2, high: 4, also: "int" },
  Relu: { also: "int" },
  Relu6: { low: -2, high: 9, also: "int" },
  Round: { also: "int" },
  Rsqrt: { low: 0.1, high: 5, also: "int" },
  Selu: { also: "int" },
  Sigmoid: { also: "int" },
  Sign: { also: "int" },
  Sin: { also: "int" },
  Sinh: { also: "int" },
  Softplus: { low: -20, high: 20, also: "int" },
  Sqrt: { low: 0, high: 5, also: "int" },
  Square: { also: "int" },
  Step: { attrs: { alpha: 0.5 }, also: "int" },
  Tan: { low: -1.4, high: 1.4, also: "int" },
  Tanh: { also: "int" },
  ZerosLike: { also: "int" },
};

const unaryCases = Object.entries(unary).flatMap(([kernel, { low, high, attrs = {}, also }]) => [
  ...[[], [1], [7], [2, 3, 5], [3, 0, 2]].map((shape) =>
    kernelCase(kernel, { x: float(shape, low, high) }, { attrs }),
  ),
  kernelCase(kernel, { x: special }, { attrs }),
  ...(also === "int" ? [kernelCase(kernel, { x: int([3, 7]) }, { attrs })] : []),
]);

const pairs: readonly [number[], number[]][] = [
  [[7], [7]],
  [
    [3, 5],
    [3, 5],
  ],
  [[3, 5], [5]],
  [[5], [3, 5]],
  [
    [3, 5],
    [3, 1],
  ],
  [
    [3, 1],
    [3, 5],
  ],
  [
    [2, 1, 9],
    [3, 1],
  ],
  [[4, 6], []],
  [[], [4, 6]],
  [[], []],
  [
    [5, 1],
    [1, 9],
  ],
  [
    [2, 3, 17],
    [3, 17],
  ],
  [
    [2, 1, 3, 1, 2],
    [1, 4, 1, 5, 2],
  ],
  [
    [2, 3, 4],
    [2, 1, 4],
  ],
  [[0], [1]],
  [
    [2, 0],
    [2, 1],
  ],
];

const binary: Readonly<Record<string, readonly ("float" | "int" | "bool")[]>> = {
  Add: ["float", "int"],
  Atan2: ["float"],
  BitwiseAnd: ["int"],
  Equal: ["float", "int", "bool"],
  FloorDiv: ["float", "int"],
  Greater: ["float", "int"],
  GreaterEqual: ["float", "int"],
  Less: ["float", "int"],
  LessEqual: ["float", "int"],
  LogicalAnd: ["bool"],
  LogicalOr: ["bool"],
  Maximum: ["float", "int"],
  Minimum: ["float", "int"],
  Mod: ["float", "int"],
  Multiply: ["float", "int"],
  NotEqual: ["float", "int", "bool"],
  RealDiv: ["float"],
  SquaredDifference: ["float", "int"],
  Sub: ["float", "int"],
};

const draw: Readonly<Record<"float" | "int" | "bool", (shape: number[]) => Values>> = { float, int, bool };
/** A divisor that is not zero: what an int32 division by zero gives is not defined. */
const divisor = (shape: number[]): Values => int(shape, 1, 5);

const binaryCases = Object.entries(binary).flatMap(([kernel, kinds]) =>
  kinds.flatMap((kind) =>
    pairs.map(([a, b]) => {
      const right = kind === "int" && (kernel === "FloorDiv" || kernel === "Mod") ? divisor : draw[kind];
      return kernelCase(kernel, { a: draw[kind](a), b: right(b) });
    }),
  ),
);

const left = list([NaN, 1, Infinity, -Infinity, 0, -0, Infinity, 0, 3, -3, NaN, 2]);
const right = list([1, NaN, Infinity, Infinity, 0, 0, -1, -0, 0, 0, NaN, 2]);
const specialBinaryCases = Object.entries(binary).flatMap(([kernel, kinds]) =>
  kinds.includes("float") ? [kernelCase(kernel, { a: left, b: right })] : [],
);

/** Bases and exponents whose power is a number, and a few where it is not. */
const powers = [
  ...pairs.map(([a, b]) => kernelCase("Pow", { a: float(a, 0.1, 3), b: float(b, -2, 3) })),
  ...pairs.map(([a, b]) => kernelCase("Pow", { a: int(a, -3, 4), b: int(b, 0, 4) })),
  kernelCase("Pow", {
    a: list([-2, -8, 0, 0, Infinity, NaN, 2]),
    b: list([3, 0.5, 0, -1, -1, 0, NaN]),
  }),
];

const prelu = pairs.map(([a, b]) => kernelCase("Prelu", { x: float(a), alpha: float(b, 0, 1) }));

const casts = (["float32", "int32", "bool"] as const).flatMap((dtype) => [
  kernelCase("Cast", { x: list([-2.7, -0.5, -0, 0, 0.5, 1, 256, 300.9, 1e6]) }, { attrs: { dtype } }),
  kernelCase("Cast", { x: int([2, 5], -300, 300) }, { attrs: { dtype } }),
  kernelCase("Cast", { x: bool([2, 5]) }, { attrs: { dtype } }),
  kernelCase("Cast", { x: float([0, 2]) }, { attrs: { dtype } }),
]);

const selections = [[], [6], [2, 3, 4], [0, 3]].flatMap((shape) => [
  kernelCase("Select", { condition: bool(shape), t: float(shape), e: float(shape) }),
  kernelCase("Select", { condition: bool(shape), t: int(shape), e: int(shape) }),
  kernelCase("Select", { condition: bool(shape), t: bool(shape), e: bool(shape) }),
]);

/** Shapes that do not broadcast. */
const refused = ["Add", "Maximum", "Equal", "LogicalAnd"].map((kernel) =>
  kernelCase(
    kernel,
    kernel === "LogicalAnd" ? { a: bool([2, 3]), b: bool([2]) } : { a: float([2, 3]), b: float([2]) },
  ),
);

export const elementwise: readonly Case[] = [
  ...refused,
  ...unaryCases,
  ...binaryCases,
  ...specialBinaryCases,
  ...powers,
  ...prelu,
  ...casts,
  ...selections,
  kernelCase("LogicalNot", { x: bool([3, 5]) }),
  kernelCase("LogicalNot", { x: bool([0]) }),
  ...[[], [5], [2, 3, 4], [0]].flatMap((shape) => [
    kernelCase("EluGrad", { dy: float(shape), y: float(shape, -0.99, 2) }),
    kernelCase("AddN", [float(shape), float(shape), float(shape)]),
    kernelCase("AddN", [int(shape), int(shape)]),
    kernelCase("AddN", [float(shape)]),
  ]),
];
