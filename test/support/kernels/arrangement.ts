/** Kernels that move entries about, pick them out, or make them up. */
import { bool, float, int, kernelCase, list, shaped, text, type Case, type Values } from "./case.js";

const permutations: readonly [number[], number[]][] = [
  [[], []],
  [[5], [0]],
  [
    [3, 5],
    [1, 0],
  ],
  [
    [3, 5],
    [0, 1],
  ],
  [
    [2, 3, 4],
    [2, 0, 1],
  ],
  [
    [2, 3, 4],
    [0, 2, 1],
  ],
  [
    [2, 3, 4, 5],
    [0, 2, 1, 3],
  ],
  [
    [2, 3, 4, 5],
    [3, 1, 0, 2],
  ],
  [
    [2, 3, 2, 4, 3],
    [2, 0, 3, 1, 4],
  ],
  [
    [2, 3, 2, 4, 3],
    [4, 3, 2, 1, 0],
  ],
  [
    [2, 1, 3, 1, 2, 2],
    [5, 0, 2, 4, 1, 3],
  ],
  [
    [2, 1, 3, 4],
    [1, 0, 2, 3],
  ],
  [
    [33, 18],
    [1, 0],
  ],
  [
    [0, 3],
    [1, 0],
  ],
];

const slices: readonly [number[], number[], number[]][] = [
  [[7], [2], [3]],
  [[7], [0], [7]],
  [
    [4, 5],
    [1, 2],
    [2, 3],
  ],
  [
    [4, 5],
    [1, 0],
    [2, 5],
  ],
  [
    [2, 3, 4],
    [0, 1, 1],
    [2, 2, 2],
  ],
  [
    [2, 3, 4, 5],
    [1, 0, 2, 1],
    [1, 3, 2, 3],
  ],
  [
    [2, 2, 3, 2, 2],
    [0, 1, 1, 0, 1],
    [2, 1, 2, 2, 1],
  ],
  [
    [2, 2, 2, 2, 2, 2],
    [0, 1, 0, 1, 0, 1],
    [1, 1, 2, 1, 2, 1],
  ],
  [
    [4, 5],
    [1, 2],
    [0, 3],
  ],
  [
    [4, 5],
    [4, 0],
    [0, 5],
  ],
];

const kinds: readonly ((shape: number[]) => Values)[] = [float, int, bool];

const joins = (["Concat", "Pack"] as const).flatMap((kernel) => [
  ...[0, 1, 2].map((axis) => kernelCase(kernel, [float([2, 3, 4]), float([2, 3, 4])], { attrs: { axis } })),
  kernelCase(kernel, [int([3]), int([3]), int([3])], { attrs: { axis: 0 } }),
  kernelCase(kernel, [bool([2, 3]), bool([2, 3])], { attrs: { axis: 1 } }),
  kernelCase(kernel, [float([2, 3])], { attrs: { axis: 0 } }),
  kernelCase(kernel, [float([0, 3]), float([0, 3])], { attrs: { axis: 0 } }),
]);

const gathers: readonly Case[] = [
  ...kinds.flatMap((draw) =>
    [0, 1, 2].map((axis) =>
      kernelCase(
        "GatherV2",
        { x: draw([3, 4, 5]), indices: int([6], 0, 3) },
        { attrs: { axis, batchDims: 0 } },
      ),
    ),
  ),
  kernelCase("GatherV2", { x: float([4]), indices: int([2, 3], 0, 4) }, { attrs: { axis: 0, batchDims: 0 } }),
  kernelCase("GatherV2", { x: float([4, 2]), indices: int([], 0, 4) }, { attrs: { axis: 0, batchDims: 0 } }),
  kernelCase(
    "GatherV2",
    { x: float([4, 70]), indices: int([2, 3], 0, 4) },
    { attrs: { axis: 0, batchDims: 0 } },
  ),
  kernelCase(
    "GatherV2",
    { x: float([2, 4, 3]), indices: int([2, 5], 0, 4) },
    { attrs: { axis: 1, batchDims: 1 } },
  ),
  kernelCase(
    "GatherV2",
    { x: float([2, 4, 3]), indices: int([2, 5], 0, 3) },
    { attrs: { axis: 2, batchDims: 1 } },
  ),
  kernelCase("GatherV2", { x: float([4, 2]), indices: int([0], 0, 4) }, { attrs: { axis: 0, batchDims: 0 } }),
  kernelCase("GatherV2", { x: float([4, 0]), indices: int([3], 0, 4) }, { attrs: { axis: 0, batchDims: 0 } }),
  kernelCase(
    "GatherV2",
    { x: float([4, 2]), indices: list([1, 4], "int32") },
    { attrs: { axis: 0, batchDims: 0 } },
  ),
  kernelCase(
    "GatherV2",
    { x: float([4, 2]), indices: list([-1], "int32") },
    { attrs: { axis: 0, batchDims: 0 } },
  ),
  kernelCase("GatherNd", { params: float([3, 4, 5]), indices: int([6, 2], 0, 3) }),
  kernelCase("GatherNd", { params: bool([3, 4]), indices: int([2, 2, 1], 0, 3) }),
  kernelCase("GatherNd", { params: int([3, 4]), indices: int([2, 2, 1], 0, 3) }),
  kernelCase("GatherNd", { params: float([3, 4]), indices: int([0, 2], 0, 3) }),
  kernelCase("GatherNd", { params: float([3, 4]), indices: shaped(list([7, 0], "int32"), [1, 2]) }),
];

const scatters: readonly Case[] = [
  kernelCase(
    "ScatterNd",
    { indices: int([5, 1], 0, 4), updates: float([5, 3]) },
    { attrs: { shape: [4, 3] } },
  ),
  kernelCase("ScatterNd", { indices: int([5, 2], 0, 3), updates: int([5]) }, { attrs: { shape: [3, 4] } }),
  kernelCase(
    "ScatterNd",
    { indices: int([0, 1], 0, 3), updates: float([0, 2]) },
    { attrs: { shape: [3, 2] } },
  ),
  kernelCase(
    "ScatterNd",
    { indices: shaped(list([9], "int32"), [1, 1]), updates: float([1]) },
    { attrs: { shape: [4] } },
  ),
  kernelCase("TensorScatterUpdate", {
    tensor: float([4, 3]),
    indices: shaped(list([2, 0], "int32"), [2, 1]),
    updates: float([2, 3]),
  }),
  kernelCase("TensorScatterUpdate", {
    tensor: int([6]),
    indices: shaped(list([5, 1, 3], "int32"), [3, 1]),
    updates: int([3]),
  }),
  kernelCase(
    "SparseToDense",
    {
      sparseIndices: shaped(list([0, 1, 2, 3], "int32"), [2, 2]),
      sparseValues: float([2]),
      defaultValue: shaped(list([0.5]), []),
    },
    { attrs: { outputShape: [3, 4] } },
  ),
  kernelCase(
    "SparseToDense",
    {
      sparseIndices: shaped(list([0, 2], "int32"), [2, 1]),
      sparseValues: shaped(list([7], "int32"), []),
      defaultValue: shaped(list([-1], "int32"), []),
    },
    { attrs: { outputShape: [5] } },
  ),
  kernelCase("SparseReshape", {
    inputIndices: shaped(list([0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 2, 3], "int32"), [5, 3]),
    inputShape: list([2, 3, 6], "int32"),
    newShape: list([9, -1], "int32"),
  }),
  kernelCase("SparseFillEmptyRows", {
    indices: shaped(list([0, 0, 2, 1, 4, 3], "int32"), [3, 2]),
    values: float([3]),
    denseShape: list([6, 4], "int32"),
    defaultValue: shaped(list([-1]), []),
  }),
];

const made: readonly Case[] = [
  ...[[], [3], [2, 3], [0, 2]].flatMap((shape) => [
    kernelCase("Fill", {}, { attrs: { shape, value: 2.5, dtype: "float32" } }),
    kernelCase("Fill", {}, { attrs: { shape, value: -3, dtype: "int32" } }),
    kernelCase("Fill", {}, { attrs: { shape, value: 1, dtype: "bool" } }),
  ]),
  ...(
    [
      [0, 5, 1],
      [5, 0, -2],
      [0, 1, 0.3],
      [3, 3, 1],
      [-2, 7, 3],
    ] as const
  ).flatMap(([start, stop, step]) => [
    kernelCase("Range", {}, { attrs: { start, stop, step, dtype: "float32" } }),
    kernelCase("Range", {}, { attrs: { start, stop, step: Math.sign(step), dtype: "int32" } }),
  ]),
  ...(
    [
      [0, 1, 5],
      [3, -3, 4],
      [2, 2, 3],
      [1, 9, 1],
    ] as const
  ).map(([start, stop, num]) => kernelCase("LinSpace", {}, { attrs: { start, stop, num } })),
  ...(["float32", "int32", "bool"] as const).map((dtype) =>
    kernelCase(
      "OneHot",
      { indices: int([2, 4], -1, 6) },
      { attrs: { depth: 5, onValue: 1, offValue: 0, dtype } },
    ),
  ),
  kernelCase(
    "OneHot",
    { indices: int([3], 0, 4) },
    { attrs: { depth: 4, onValue: 2.5, offValue: -0.5, dtype: "float32" } },
  ),
  kernelCase(
    "OneHot",
    { indices: int([0]) },
    { attrs: { depth: 4, onValue: 1, offValue: 0, dtype: "float32" } },
  ),
  kernelCase("Diag", { x: float([4]) }),
  kernelCase("Diag", { x: int([2, 3]) }),
  kernelCase("BroadcastArgs", { s0: list([2, 1, 3], "int32"), s1: list([4, 1], "int32") }),
  ...[true, false].flatMap((normalized) => [
    kernelCase(
      "Multinomial",
      { logits: float([3, 5], 0.05, 0.2) },
      { attrs: { numSamples: 9, seed: 4, normalized } },
    ),
    kernelCase(
      "Multinomial",
      { logits: float([1, 2], 0.4, 0.6) },
      { attrs: { numSamples: 20, seed: 5, normalized } },
    ),
  ]),
];

const sorted: readonly Case[] = [
  ...[true, false].flatMap((inOrder) => [
    kernelCase("TopK", { x: float([3, 7]) }, { attrs: { k: 3, sorted: inOrder } }),
    kernelCase("TopK", { x: float([9]) }, { attrs: { k: 9, sorted: inOrder } }),
    kernelCase("TopK", { x: int([2, 2, 5], 0, 40) }, { attrs: { k: 1, sorted: inOrder } }),
  ]),
  kernelCase("TopK", { x: float([2, 3]) }, { attrs: { k: 0, sorted: true } }),
  kernelCase("Unique", { x: int([9], 0, 4) }, { attrs: { axis: 0 } }),
  kernelCase("Unique", { x: list([1, 2.5, 1, 2.5, 0]) }, { attrs: { axis: 0 } }),
  ...[0, 1].map((axis) => kernelCase("Unique", { x: int([6, 2], 0, 2) }, { attrs: { axis } })),
  ...["left", "right"].flatMap((side) => [
    kernelCase(
      "SearchSorted",
      {
        sortedSequence: shaped(list([0, 3, 3, 9, 10, 1, 2, 3, 4, 5]), [2, 5]),
        values: shaped(list([3, 0, -1, 11, 6, 9, 2, 3, 4, 9]), [2, 5]),
      },
      { attrs: { side } },
    ),
    kernelCase(
      "SearchSorted",
      {
        sortedSequence: shaped(list([0, 3, 9], "int32"), [1, 3]),
        values: shaped(list([3, 4], "int32"), [1, 2]),
      },
      { attrs: { side } },
    ),
  ]),
];

const strings: readonly Case[] = [
  kernelCase(
    "StaticRegexReplace",
    { x: text("banana", "", "ab a") },
    {
      attrs: { pattern: "a", rewrite: "o", replaceGlobal: true },
    },
  ),
  kernelCase(
    "StringSplit",
    { input: text("a b", "", " c  d e"), delimiter: { ...text(" "), shape: [] } },
    {
      attrs: { skipEmpty: true },
    },
  ),
  kernelCase("StringToHashBucketFast", { input: text("a", "bb", "c c") }, { attrs: { numBuckets: 10 } }),
  kernelCase(
    "StringNGrams",
    { data: text("a", "b", "c", "d", "e"), dataSplits: list([0, 3, 5], "int32") },
    {
      attrs: {
        separator: "|",
        nGramWidths: [2],
        leftPad: "L",
        rightPad: "R",
        padWidth: 0,
        preserveShortSequences: false,
      },
    },
  ),
];

/** What every engine has to refuse: sizes that do not fit, places that are not there. */
const refused: readonly Case[] = [
  kernelCase("Slice", { x: float([4, 5]) }, { attrs: { begin: [3, 0], size: [3, 5] } }),
  kernelCase("Concat", [float([2, 3]), float([2, 4])], { attrs: { axis: 0 } }),
  kernelCase("Pack", [float([2, 3]), float([3, 2])], { attrs: { axis: 0 } }),
  kernelCase("SplitV", { x: float([4, 5]) }, { attrs: { numOrSizeSplits: [2, 2], axis: 1 } }),
  kernelCase("TensorScatterUpdate", {
    tensor: float([4, 3]),
    indices: shaped(list([2, 4], "int32"), [2, 1]),
    updates: float([2, 3]),
  }),
  kernelCase(
    "SparseToDense",
    {
      sparseIndices: shaped(list([0, 3], "int32"), [1, 2]),
      sparseValues: float([1]),
      defaultValue: shaped(list([0]), []),
    },
    { attrs: { outputShape: [2, 3] } },
  ),
];

export const arrangement: readonly Case[] = [
  ...permutations.flatMap(([shape, perm]) =>
    kinds.map((draw) => kernelCase("Transpose", { x: draw(shape) }, { attrs: { perm } })),
  ),
  ...slices.flatMap(([shape, begin, size]) =>
    kinds.map((draw) => kernelCase("Slice", { x: draw(shape) }, { attrs: { begin, size } })),
  ),
  ...joins,
  kernelCase("Concat", [float([2, 3]), float([2, 0]), float([2, 2])], { attrs: { axis: 1 } }),
  kernelCase("Concat", [float([0, 3]), float([2, 3])], { attrs: { axis: 0 } }),
  kernelCase("Concat", [text("a", "b"), text("c")], { attrs: { axis: 0 } }),
  ...kinds.flatMap((draw) => [
    kernelCase("Reshape", { x: draw([2, 6]) }, { attrs: { shape: [3, -1] } }),
    kernelCase("ExpandDims", { input: draw([2, 3]) }, { attrs: { dim: 1 } }),
    kernelCase("ExpandDims", { input: draw([2, 3]) }, { attrs: { dim: -1 } }),
    kernelCase("SplitV", { x: draw([4, 6]) }, { attrs: { numOrSizeSplits: 3, axis: 1 } }),
    kernelCase("SplitV", { x: draw([4, 6, 2]) }, { attrs: { numOrSizeSplits: [1, 5], axis: 1 } }),
    kernelCase("SplitV", { x: draw([6]) }, { attrs: { numOrSizeSplits: [1, 2, 3], axis: 0 } }),
    kernelCase("SplitV", { x: draw([2, 3, 4, 2]) }, { attrs: { numOrSizeSplits: 2, axis: -1 } }),
    kernelCase("Tile", { x: draw([2, 3]) }, { attrs: { reps: [2, 3] } }),
    kernelCase("Tile", { x: draw([3]) }, { attrs: { reps: [4] } }),
    kernelCase("Tile", { x: draw([2, 1, 2, 2]) }, { attrs: { reps: [1, 3, 2, 1] } }),
    kernelCase("Reverse", { x: draw([2, 3, 4]) }, { attrs: { dims: [1] } }),
    kernelCase("Reverse", { x: draw([2, 3, 4]) }, { attrs: { dims: [0, 2] } }),
    kernelCase("Reverse", { x: draw([5]) }, { attrs: { dims: [0] } }),
    kernelCase("Unpack", { value: draw([3, 4]) }, { attrs: { axis: 0 } }),
    kernelCase("Unpack", { value: draw([3, 4, 2]) }, { attrs: { axis: 1 } }),
    kernelCase("PadV2", { x: draw([3]) }, { attrs: { paddings: [[2, 1]], constantValue: 1 } }),
    kernelCase(
      "PadV2",
      { x: draw([2, 3]) },
      {
        attrs: {
          paddings: [
            [0, 1],
            [2, 0],
          ],
          constantValue: 0,
        },
      },
    ),
    kernelCase(
      "PadV2",
      { x: draw([2, 2, 2, 2]) },
      {
        attrs: {
          paddings: [
            [0, 0],
            [1, 0],
            [0, 2],
            [1, 1],
          ],
          constantValue: 0,
        },
      },
    ),
    kernelCase(
      "StridedSlice",
      { x: draw([6, 5]) },
      {
        attrs: {
          begin: [1, 4],
          end: [6, 0],
          strides: [2, -2],
          beginMask: 0,
          endMask: 0,
          ellipsisMask: 0,
          newAxisMask: 0,
          shrinkAxisMask: 0,
        },
      },
    ),
    kernelCase(
      "StridedSlice",
      { x: draw([4, 3]) },
      {
        attrs: {
          begin: [1, 0],
          end: [2, 2],
          strides: [1, 1],
          beginMask: 0,
          endMask: 0,
          ellipsisMask: 0,
          newAxisMask: 0,
          shrinkAxisMask: 1,
        },
      },
    ),
  ]),
  ...(["reflect", "symmetric"] as const).flatMap((mode) => [
    kernelCase("MirrorPad", { x: float([5]) }, { attrs: { paddings: [[2, 1]], mode } }),
    kernelCase(
      "MirrorPad",
      { x: float([3, 4]) },
      {
        attrs: {
          paddings: [
            [1, 2],
            [0, 3],
          ],
          mode,
        },
      },
    ),
    kernelCase(
      "MirrorPad",
      { x: int([3, 4]) },
      {
        attrs: {
          paddings: [
            [1, 2],
            [0, 3],
          ],
          mode,
        },
      },
    ),
    kernelCase(
      "MirrorPad",
      { x: float([2, 3, 3, 2]) },
      {
        attrs: {
          paddings: [
            [0, 0],
            [1, 1],
            [1, 0],
            [0, 0],
          ],
          mode,
        },
      },
    ),
  ]),
  kernelCase("Tile", { x: float([0, 3]) }, { attrs: { reps: [2, 2] } }),
  kernelCase("Reverse", { x: float([0, 3]) }, { attrs: { dims: [0] } }),
  kernelCase(
    "PadV2",
    { x: float([0, 2]) },
    {
      attrs: {
        paddings: [
          [1, 1],
          [0, 1],
        ],
        constantValue: 3,
      },
    },
  ),
  ...gathers,
  ...scatters,
  ...made,
  ...sorted,
  ...strings,
  ...refused,
];
