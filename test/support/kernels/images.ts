/** Kernels of images and of small convolutional networks; tensors are [batch, height, width, channels]. */
import { float, int, kernelCase, list, shaped, type Case } from "./case.js";

const pads = [
  "valid",
  "same",
  1,
  [
    [0, 0],
    [1, 0],
    [0, 2],
    [0, 0],
  ],
] as const;

/** Rows or columns that a filter leaves. */
function out(
  size: number,
  filter: number,
  stride: number,
  dilation: number,
  before: number,
  after: number,
): number {
  return Math.floor((size + before + after - (filter - 1) * dilation - 1) / stride) + 1;
}

function outputs(
  [height, width]: number[],
  filter: number,
  strides: number,
  dilations: number,
  pad: (typeof pads)[number],
): number[] {
  if (pad === "same") return [height!, width!].map((size) => Math.ceil(size / strides));
  const [top, bottom, left, right] =
    pad === "valid" ? [0, 0, 0, 0] : typeof pad === "number" ? [pad, pad, pad, pad] : [1, 0, 0, 2];
  return [
    out(height!, filter, strides, dilations, top, bottom),
    out(width!, filter, strides, dilations, left, right),
  ];
}

const convolutions = pads.flatMap((pad) =>
  [1, 2].flatMap((strides) => {
    const [height, width] = outputs([7, 6], 3, strides, 1, pad);
    const attrs = { strides: [strides, strides], pad, dataFormat: "NHWC", dilations: [1, 1] };
    const dy = float([2, height!, width!, 4]);
    const depthwise = float([2, height!, width!, 6]);
    return [
      kernelCase("Conv2D", { x: float([2, 7, 6, 3]), filter: float([3, 3, 3, 4]) }, { attrs }),
      kernelCase(
        "Conv2DBackpropInput",
        { dy, filter: float([3, 3, 3, 4]) },
        { attrs: { ...attrs, inputShape: [2, 7, 6, 3] } },
      ),
      kernelCase(
        "Conv2DBackpropFilter",
        { x: float([2, 7, 6, 3]), dy },
        { attrs: { ...attrs, filterShape: [3, 3, 3, 4] } },
      ),
      kernelCase("DepthwiseConv2dNative", { x: float([2, 7, 6, 3]), filter: float([3, 3, 3, 2]) }, { attrs }),
      kernelCase(
        "DepthwiseConv2dNativeBackpropInput",
        { dy: depthwise, filter: float([3, 3, 3, 2]) },
        {
          attrs: { ...attrs, inputShape: [2, 7, 6, 3] },
        },
      ),
      kernelCase(
        "DepthwiseConv2dNativeBackpropFilter",
        { x: float([2, 7, 6, 3]), dy: depthwise },
        {
          attrs: { ...attrs, filterShape: [3, 3, 3, 2] },
        },
      ),
      ...(["linear", "relu", "relu6", "sigmoid", "elu", "leakyrelu"] as const).flatMap((activation) => [
        kernelCase(
          "FusedConv2D",
          { x: float([1, 7, 6, 3]), filter: float([3, 3, 3, 4]), bias: float([4]) },
          {
            attrs: { ...attrs, activation, leakyreluAlpha: 0.2 },
          },
        ),
        kernelCase(
          "FusedDepthwiseConv2D",
          { x: float([1, 7, 6, 3]), filter: float([3, 3, 3, 1]), bias: float([3]) },
          {
            attrs: { ...attrs, activation, leakyreluAlpha: 0.2 },
          },
        ),
      ]),
    ];
  }),
);

/** Windows that see nothing but padding, and inputs that no window sees. */
const odd = (
  [
    [3, 1, 2],
    [1, 2, 0],
    [2, 3, 1],
  ] as const
).flatMap(([filter, stride, pad]) => {
  const [height, width] = outputs([5, 4], filter, stride, 1, pad as 1);
  const attrs = { strides: [stride, stride], pad, dataFormat: "NHWC", dilations: [1, 1] };
  const dy = float([2, height!, width!, 3]);
  return [
    kernelCase(
      "Conv2DBackpropInput",
      { dy, filter: float([filter, filter, 2, 3]) },
      { attrs: { ...attrs, inputShape: [2, 5, 4, 2] } },
    ),
    kernelCase(
      "Conv2DBackpropFilter",
      { x: float([2, 5, 4, 2]), dy },
      { attrs: { ...attrs, filterShape: [filter, filter, 2, 3] } },
    ),
  ];
});

const dilated = ["valid", "same"].flatMap((pad) => [
  kernelCase(
    "Conv2D",
    { x: float([1, 8, 7, 2]), filter: float([3, 3, 2, 3]) },
    {
      attrs: { strides: [1, 1], pad, dataFormat: "NHWC", dilations: [2, 2] },
    },
  ),
  kernelCase(
    "DepthwiseConv2dNative",
    { x: float([1, 8, 7, 2]), filter: float([3, 3, 2, 1]) },
    {
      attrs: { strides: [1, 1], pad, dataFormat: "NHWC", dilations: [2, 2] },
    },
  ),
  kernelCase(
    "Conv2D",
    { x: float([2, 5, 4, 3]), filter: float([1, 1, 3, 6]) },
    {
      attrs: { strides: [1, 1], pad, dataFormat: "NHWC", dilations: [1, 1] },
    },
  ),
]);

const pools = (["valid", "same", 1] as const).flatMap((pad) =>
  [1, 2].flatMap((strides) => {
    const [height, width] = outputs([7, 6], 3, strides, 1, pad);
    const attrs = { filterSize: [3, 3], strides: [strides, strides], pad };
    const input = float([2, 7, 6, 3]);
    return [
      kernelCase("MaxPool", { x: input }, { attrs }),
      kernelCase("AvgPool", { x: input }, { attrs }),
      kernelCase(
        "MaxPoolGrad",
        { dy: float([2, height!, width!, 3]), input, output: float([2, height!, width!, 3]) },
        { attrs },
      ),
      kernelCase("AvgPoolGrad", { dy: float([2, height!, width!, 3]), input }, { attrs }),
      ...[true, false].map((includeBatchInIndex) =>
        kernelCase("MaxPoolWithArgmax", { x: input }, { attrs: { ...attrs, includeBatchInIndex } }),
      ),
    ];
  }),
);

const volumes = (["valid", "same"] as const).flatMap((pad) =>
  [1, 2].flatMap((stride) => {
    const side = (size: number, filter: number) =>
      pad === "same" ? Math.ceil(size / stride) : Math.floor((size - filter) / stride) + 1;
    const outShape = [side(4, 2), side(5, 2), side(3, 2)];
    const strides = [stride, stride, stride];
    const pool = { filterSize: [2, 2, 2], strides, pad, dataFormat: "NDHWC" };
    const conv = { strides, pad, dataFormat: "NDHWC", dilations: [1, 1, 1] };
    const x = float([2, 4, 5, 3, 2]);
    const dy = float([2, ...outShape, 2]);
    return [
      kernelCase("AvgPool3D", { x }, { attrs: pool }),
      kernelCase("MaxPool3D", { x }, { attrs: pool }),
      kernelCase("AvgPool3DGrad", { dy, input: x }, { attrs: pool }),
      kernelCase("MaxPool3DGrad", { dy, input: x, output: dy }, { attrs: pool }),
      kernelCase("Conv3D", { x, filter: float([2, 2, 2, 2, 3]) }, { attrs: conv }),
      kernelCase(
        "Conv3DBackpropInputV2",
        { dy: float([2, ...outShape, 3]), filter: float([2, 2, 2, 2, 3]) },
        {
          attrs: { ...conv, inputShape: x.shape },
        },
      ),
      kernelCase(
        "Conv3DBackpropFilterV2",
        { x, dy: float([2, ...outShape, 3]) },
        {
          attrs: { ...conv, filterShape: [2, 2, 2, 2, 3] },
        },
      ),
    ];
  }),
);

const dilations = (["valid", "same"] as const).flatMap((pad) => {
  const [height, width] = outputs([6, 5], 2, 1, 1, pad);
  const inputs = { x: float([2, 6, 5, 3]), filter: float([2, 2, 3]) };
  const attrs = { strides: [1, 1], pad, dilations: [1, 1] };
  const dy = float([2, height!, width!, 3]);
  return [
    kernelCase("Dilation2D", inputs, { attrs }),
    kernelCase("Dilation2DBackpropInput", { ...inputs, dy }, { attrs }),
    kernelCase("Dilation2DBackpropFilter", { ...inputs, dy }, { attrs }),
  ];
});

const resized = (
  [
    [7, 9],
    [3, 2],
    [5, 4],
  ] as const
).flatMap((size) =>
  (
    [
      [false, false],
      [true, false],
      [false, true],
    ] as const
  ).flatMap(([alignCorners, halfPixelCenters]) =>
    ["ResizeBilinear", "ResizeNearestNeighbor"].flatMap((kernel) => {
      // One and square: cpu's gradients mix up the images of a batch, and height and width.
      const images = float([1, 5, 5, 3]);
      const attrs = { alignCorners, halfPixelCenters, size };
      return [
        kernelCase(kernel, { images }, { attrs }),
        ...(halfPixelCenters
          ? []
          : [kernelCase(`${kernel}Grad`, { images, dy: float([1, ...size, 3]) }, { attrs })]),
      ];
    }),
  ),
);

const boxes = shaped(
  list([0, 0, 1, 1, 0, 0.1, 1, 1.1, 0, -0.1, 1, 0.9, 0, 10, 1, 11, 0, 10.1, 1, 11.1, 0, 100, 1, 101]),
  [6, 4],
);
const scores = list([0.9, 0.75, 0.6, 0.95, 0.5, 0.3]);
const suppression = { maxOutputSize: 4, iouThreshold: 0.5, scoreThreshold: 0.4 };

const lrn = { depthRadius: 2, bias: 1.5, alpha: 0.8, beta: 0.6 };

export const images: readonly Case[] = [
  ...convolutions,
  ...dilated,
  ...odd,
  ...pools,
  ...volumes,
  ...dilations,
  ...resized,
  kernelCase("NonMaxSuppressionV3", { boxes, scores }, { attrs: suppression }),
  kernelCase(
    "NonMaxSuppressionV4",
    { boxes, scores },
    { attrs: { ...suppression, padToMaxOutputSize: true } },
  ),
  kernelCase("NonMaxSuppressionV5", { boxes, scores }, { attrs: { ...suppression, softNmsSigma: 0.3 } }),
  ...["bilinear", "nearest"].map((method) =>
    kernelCase(
      "CropAndResize",
      {
        image: float([2, 6, 5, 3]),
        boxes: shaped(list([0, 0, 1, 1, 0.2, 0.1, 0.8, 1.3]), [2, 4]),
        boxInd: list([1, 0], "int32"),
      },
      { attrs: { cropSize: [4, 3], method, extrapolationValue: 0.5 } },
    ),
  ),
  kernelCase("FlipLeftRight", { image: float([2, 3, 4, 3]) }),
  kernelCase("FlipLeftRight", { image: int([2, 3, 4, 3]) }),
  ...["MaxPool", "AvgPool"].map((kernel) =>
    kernelCase(
      kernel,
      { x: int([1, 4, 4, 2]) },
      { attrs: { filterSize: [2, 2], strides: [2, 2], pad: "valid" } },
    ),
  ),
  kernelCase(
    "ResizeNearestNeighbor",
    { images: int([1, 4, 3, 2]) },
    {
      attrs: { alignCorners: false, halfPixelCenters: false, size: [6, 5] },
    },
  ),
  kernelCase(
    "BatchToSpaceND",
    { x: int([4, 2, 3, 2]) },
    {
      attrs: {
        blockShape: [2, 2],
        crops: [
          [0, 1],
          [1, 0],
        ],
      },
    },
  ),
  kernelCase(
    "SpaceToBatchND",
    { x: int([2, 3, 5, 2]) },
    {
      attrs: {
        blockShape: [2, 2],
        paddings: [
          [1, 0],
          [0, 1],
        ],
      },
    },
  ),
  kernelCase(
    "RotateWithOffset",
    { image: float([1, 6, 5, 3]) },
    { attrs: { radians: 0.7, fillValue: 0.3, center: 0.5 } },
  ),
  kernelCase(
    "RotateWithOffset",
    { image: float([2, 6, 5, 3]) },
    {
      attrs: { radians: 2, fillValue: [0.1, 0.2, 0.3], center: [0.2, 0.7] },
    },
  ),
  ...["constant", "reflect", "wrap", "nearest"].flatMap((fillMode) =>
    ["nearest", "bilinear"].map((interpolation) =>
      kernelCase(
        "Transform",
        { image: float([2, 5, 6, 2]), transforms: shaped(list([0.9, 0.2, 1, -0.1, 1.1, -2, 0, 0]), [1, 8]) },
        {
          attrs: { interpolation, fillMode, fillValue: 0.25, outputShape: [4, 7] },
        },
      ),
    ),
  ),
  kernelCase("DepthToSpace", { x: float([2, 3, 2, 8]) }, { attrs: { blockSize: 2, dataFormat: "NHWC" } }),
  kernelCase("DepthToSpace", { x: int([1, 2, 2, 9]) }, { attrs: { blockSize: 3, dataFormat: "NHWC" } }),
  kernelCase(
    "BatchToSpaceND",
    { x: float([4, 2, 3, 2]) },
    {
      attrs: {
        blockShape: [2, 2],
        crops: [
          [0, 1],
          [1, 0],
        ],
      },
    },
  ),
  kernelCase(
    "SpaceToBatchND",
    { x: float([2, 3, 5, 2]) },
    {
      attrs: {
        blockShape: [2, 2],
        paddings: [
          [1, 0],
          [0, 1],
        ],
      },
    },
  ),
  kernelCase("LRN", { x: float([2, 3, 2, 7]) }, { attrs: lrn }),
  kernelCase(
    "LRNGrad",
    { x: float([1, 2, 2, 5]), y: float([1, 2, 2, 5]), dy: float([1, 2, 2, 5]) },
    { attrs: lrn },
  ),
  kernelCase(
    "FusedBatchNorm",
    {
      x: float([2, 3, 2, 4]),
      mean: float([4]),
      variance: float([4], 0.1, 2),
      offset: float([4]),
      scale: float([4]),
    },
    { attrs: { varianceEpsilon: 0.001 } },
  ),
  kernelCase(
    "FusedBatchNorm",
    { x: float([3, 4]), mean: float([4]), variance: float([4], 0.1, 2) },
    { attrs: { varianceEpsilon: 0.01 } },
  ),
];
