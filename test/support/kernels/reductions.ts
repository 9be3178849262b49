/** Kernels that put many entries into one: along axes, along a running sum, or by index. */
import { bool, float, int, kernelCase, list, shaped, type Case, type Values } from "./case.js";

const axes: readonly [number[], number[]][] = [
  [[], []],
  [[7], [0]],
  [[3, 5], [0]],
  [[3, 5], [1]],
  [[37, 70], [0]],
  [[37, 70], [1]],
  [
    [3, 5],
    [0, 1],
  ],
  [[2, 3, 4], [0]],
  [[2, 3, 9], [1]],
  [[2, 3, 4], [2]],
  [
    [2, 3, 4],
    [0, 1],
  ],
  [
    [2, 3, 4],
    [0, 2],
  ],
  [
    [2, 3, 4],
    [1, 2],
  ],
  [[2, 3, 4], []],
  [
    [2, 1, 3, 2, 2],
    [1, 3],
  ],
  [
    [2, 3, 2, 1, 2],
    [0, 2, 4],
  ],
  [[3, 0], [0]],
];
/** Reductions of nothing: what has no neutral entry (a maximum) has no answer. */
const empty: readonly [number[], number[]][] = [
  [[0], [0]],
  [[3, 0], [1]],
  [[0, 3], [0]],
  [[2, 0, 3], [1]],
];

function reductions(
  kernel: string,
  draw: (shape: number[]) => Values,
  shapes: readonly [number[], number[]][] = [...axes, ...empty],
): Case[] {
  const name = kernel === "Max" ? "reductionIndices" : "axis";
  return shapes.flatMap(([shape, axis]) =>
    [false, true].map((keepDims) =>
      kernelCase(kernel, { x: draw(shape) }, { attrs: { [name]: axis, keepDims } }),
    ),
  );
}

const arguments_ = ["ArgMax", "ArgMin"].flatMap((kernel) =>
  [
    [float([7]), 0],
    [float([3, 5]), 0],
    [float([3, 5]), 1],
    [float([2, 3, 4]), 1],
    [int([4, 6], 0, 3), 1],
    [int([4, 6], 0, 3), 0],
    [bool([3, 4]), 1],
    [shaped(list([1, 3, 3, 2, -1, -1]), [2, 3]), 1],
    [list([NaN, 1, 2]), 0],
    [float([0, 3]), 1],
  ].map(([x, axis]) => kernelCase(kernel, { x: x as Values }, { attrs: { axis: axis as number } })),
);

const running = ["Cumsum", "Cumprod"].flatMap((kernel) =>
  [false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse) =>
      (
        [
          [[6], 0],
          [[2, 3, 4], 0],
          [[2, 3, 4], 1],
          [[2, 3, 4], 2],
          [[3, 0], 1],
        ] as const
      ).flatMap(([shape, axis]) => [
        kernelCase(kernel, { x: float([...shape], 0.5, 1.5) }, { attrs: { axis, exclusive, reverse } }),
        kernelCase(kernel, { x: int([...shape], -3, 4) }, { attrs: { axis, exclusive, reverse } }),
      ]),
    ),
  ),
);

const segments = [
  kernelCase(
    "UnsortedSegmentSum",
    { x: float([7]), segmentIds: int([7], 0, 4) },
    { attrs: { numSegments: 4 } },
  ),
  kernelCase(
    "UnsortedSegmentSum",
    { x: float([6, 2, 3]), segmentIds: int([6], -1, 4) },
    { attrs: { numSegments: 3 } },
  ),
  kernelCase("UnsortedSegmentSum", { x: float([0, 5]), segmentIds: int([0]) }, { attrs: { numSegments: 2 } }),
  kernelCase("Bincount", { x: int([9], 0, 5), weights: float([9]) }, { attrs: { size: 5 } }),
  kernelCase("Bincount", { x: int([9], 0, 5), weights: float([0]) }, { attrs: { size: 4 } }),
  kernelCase(
    "DenseBincount",
    { x: int([9], 0, 5), weights: float([9]) },
    { attrs: { size: 5, binaryOutput: false } },
  ),
  ...[true, false].flatMap((binaryOutput) => [
    kernelCase(
      "DenseBincount",
      { x: int([2, 6], 0, 5), weights: float([0]) },
      { attrs: { size: 4, binaryOutput } },
    ),
    kernelCase(
      "DenseBincount",
      { x: int([2, 6], 0, 5), weights: float([2, 6]) },
      { attrs: { size: 5, binaryOutput } },
    ),
  ]),
];

const sparse = ["SparseSegmentMean", "SparseSegmentSum"].flatMap((kernel) => [
  kernelCase(kernel, {
    data: float([4, 3]),
    indices: list([0, 2, 3, 1], "int32"),
    segmentIds: list([0, 0, 1, 3], "int32"),
  }),
  kernelCase(kernel, { data: float([5]), indices: list([4, 0], "int32"), segmentIds: list([0, 1], "int32") }),
]);

export const reductionCases: readonly Case[] = [
  ...reductions("Sum", float),
  ...reductions("Sum", int),
  ...reductions("Mean", float),
  ...reductions("Mean", int),
  ...reductions("Prod", float, axes),
  ...reductions(
    "Prod",
    (shape) => int(shape, 1, 3),
    axes.filter(([shape]) => shape[0] !== 37),
  ),
  ...reductions("Prod", float, empty),
  ...reductions("Max", float, axes),
  ...reductions("Max", int, axes),
  ...reductions("Min", float, axes),
  ...reductions("Min", int, axes),
  kernelCase("Max", { x: list([1, NaN, 2]) }, { attrs: { reductionIndices: [0], keepDims: false } }),
  kernelCase("Min", { x: list([1, NaN, 2]) }, { attrs: { axis: [0], keepDims: false } }),
  kernelCase("Sum", { x: list([1, NaN, 2]) }, { attrs: { axis: [0], keepDims: false } }),
  kernelCase(
    "Max",
    { x: list([-Infinity, -Infinity]) },
    { attrs: { reductionIndices: [0], keepDims: false } },
  ),
  ...reductions("All", bool),
  ...reductions("Any", bool),
  ...arguments_,
  ...running,
  ...segments,
  ...sparse,
];
