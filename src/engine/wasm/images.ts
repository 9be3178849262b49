/** Gradients of convolution and pooling; tensors are [batch, height, width, channels]. */
import * as tf from "@tensorflow/tfjs-core";
import type { NamedAttrMap, TensorInfo } from "@tensorflow/tfjs-core";
import { copyBox } from "./arrangement.js";
import { sizeOf, steps, type Machine, type Override } from "./machine.js";

type Shape = [number, number, number, number];

interface ConvolutionAttributes {
  strides: [number, number];
  pad: "valid" | "same" | number;
  dataFormat: string;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** Sizes, strides and padding of a convolution. */
function convolution(x: Shape, filter: Shape, attrs: ConvolutionAttributes) {
  const { strides, pad, dimRoundingMode } = attrs;
  return tf.backend_util.computeConv2DInfo(x, filter, strides, 1, pad, dimRoundingMode);
}

/** The outputs whose input (output · stride + shift) is there: how many, the first of them, and its input. */
function inside(shift: number, stride: number, inputs: number, outputs: number) {
  const output = Math.max(0, Math.ceil(-shift / stride));
  const last = Math.min(outputs - 1, Math.floor((inputs - 1 - shift) / stride));
  return { output, input: output * stride + shift, count: Math.max(0, last - output + 1) };
}

function zeros(machine: Machine, shape: number[]): TensorInfo {
  const tensor = machine.output(shape, "float32");
  machine.values(tensor).fill(0);
  return tensor;
}

/**
 * dW[y, x, i, o] = Σ over batch and positions of input[…, i] · dy[…, o], one product of matrices for each place
 * (y, x) of the filter. Missing in the backend; a convolution does not train without.
 */
const conv2DBackpropFilter: Override =
  (machine, { cpu }) =>
  (call) => {
    const x = call.inputs["x"]!;
    const dy = call.inputs["dy"]!;
    const attrs = call.attrs as NamedAttrMap & ConvolutionAttributes & { filterShape: Shape };
    if (attrs.dataFormat === "NCHW") return cpu(call);
    if (sizeOf(dy.shape) === 0) return zeros(machine, attrs.filterShape);
    const info = convolution(x.shape as Shape, attrs.filterShape, attrs);
    const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
    const output = machine.output(attrs.filterShape, "float32");
    const panel = machine.panelFor(outChannels);
    const from = steps(x.shape);
    for (let row = 0; row < info.filterHeight; row++) {
      const vertical = inside(row - info.padInfo.top, info.strideHeight, info.inHeight, outHeight);
      for (let column = 0; column < info.filterWidth; column++) {
        const horizontal = inside(column - info.padInfo.left, info.strideWidth, info.inWidth, outWidth);
        // What this place of the filter sees of each input, 0 where it is padding.
        const seen = zeros(machine, [batchSize, outHeight, outWidth, inChannels]);
        const to = steps(seen.shape);
        copyBox(
          machine,
          [batchSize, vertical.count, horizontal.count, inChannels],
          {
            tensor: x,
            start: vertical.input * from[1]! + horizontal.input * from[2]!,
            steps: [from[0]!, from[1]! * info.strideHeight, from[2]! * info.strideWidth, 1],
          },
          { tensor: seen, start: vertical.output * to[1]! + horizontal.output * to[2]!, steps: to },
        );
        const place = (row * info.filterWidth + column) * inChannels * outChannels;
        machine.matmul.matmul(
          ...[machine.offset(seen), machine.offset(dy), machine.offset(output) + 4 * place, panel],
          ...[1, inChannels, outChannels, batchSize * outHeight * outWidth, 0, 0, 1, 0],
        );
        machine.dispose(seen);
      }
    }
    return output;
  };

/**
 * The convolution of dy, with zeros between its entries where there are strides, with the filter turned about: as
 * quick as the convolution itself. tfjs's own is twenty times slower.
 */
const conv2DBackpropInput: Override =
  (machine, { stock }) =>
  (call) => {
    const dy = call.inputs["dy"]!;
    const filter = call.inputs["filter"]!;
    const attrs = call.attrs as NamedAttrMap & ConvolutionAttributes & { inputShape: Shape };
    if (attrs.dataFormat === "NCHW" || sizeOf(dy.shape) === 0) return stock(call);
    const info = convolution(attrs.inputShape, filter.shape as Shape, attrs);
    const [rows, columns, inChannels, outChannels] = filter.shape as Shape;
    const spreadShape = [info.batchSize, info.inHeight + rows - 1, info.inWidth + columns - 1, outChannels];
    const spread = zeros(machine, spreadShape);
    const [, height, width] = spread.shape as Shape;
    const vertical = inside(rows - 1 - info.padInfo.top, info.strideHeight, height, info.outHeight);
    const horizontal = inside(columns - 1 - info.padInfo.left, info.strideWidth, width, info.outWidth);
    const from = steps(dy.shape);
    const to = steps(spread.shape);
    copyBox(
      machine,
      [info.batchSize, vertical.count, horizontal.count, outChannels],
      { tensor: dy, start: vertical.output * from[1]! + horizontal.output * from[2]!, steps: from },
      {
        tensor: spread,
        start: vertical.input * to[1]! + horizontal.input * to[2]!,
        steps: [to[0]!, to[1]! * info.strideHeight, to[2]! * info.strideWidth, 1],
      },
    );
    const turned = machine.output([rows, columns, outChannels, inChannels], "float32");
    const place = inChannels * outChannels;
    copyBox(
      machine,
      turned.shape,
      {
        tensor: filter,
        start: (rows * columns - 1) * place,
        steps: [-columns * place, -place, 1, outChannels],
      },
      { tensor: turned, start: 0, steps: steps(turned.shape) },
    );
    const output = tf.getKernel("Conv2D", "wasm").kernelFunc({
      inputs: { x: spread, filter: turned },
      attrs: { strides: [1, 1], pad: "valid", dataFormat: "NHWC", dilations: [1, 1] },
      backend: machine.backend,
    });
    machine.dispose(spread);
    machine.dispose(turned);
    return output;
  };

/**
 * Both gradients of a convolution of each channel for itself, whose filter is [rows, columns, channels, multiplier]:
 * d input += dy · filter, or d filter += dy · input, wherever the two met. Missing in the backend.
 */
function depthwiseGradient(of: "input" | "filter"): Override {
  return (machine) => (call) => {
    const dy = call.inputs["dy"]!;
    const other = of === "input" ? call.inputs["filter"]! : call.inputs["x"]!;
    const attrs = call.attrs as NamedAttrMap & DepthwiseAttributes;
    const [inputShape, filterShape] =
      of === "input" ? [attrs.inputShape!, other.shape as Shape] : [other.shape as Shape, attrs.filterShape!];
    const { strides, dilations, pad, dimRoundingMode } = attrs;
    const info = tf.backend_util.computeConv2DInfo(
      ...([inputShape, filterShape, strides, dilations, pad, dimRoundingMode, true] as const),
    );
    const { inHeight, inWidth, inChannels: channels, filterWidth } = info;
    const multiplier = filterShape[3];
    const output = zeros(machine, of === "input" ? inputShape : filterShape);
    const gradient = machine.values(output);
    const values = machine.values(other);
    const dyValues = machine.values(dy);
    for (let image = 0, from = 0; image < info.batchSize; image++) {
      for (let row = 0; row < info.outHeight; row++) {
        for (let column = 0; column < info.outWidth; column++, from += channels * multiplier) {
          for (let place = 0; place < info.filterHeight * filterWidth; place++) {
            const down = Math.floor(place / filterWidth) * info.dilationHeight;
            const y = row * info.strideHeight - info.padInfo.top + down;
            const x =
              column * info.strideWidth - info.padInfo.left + (place % filterWidth) * info.dilationWidth;
            if (y < 0 || y >= inHeight || x < 0 || x >= inWidth) continue;
            const input = ((image * inHeight + y) * inWidth + x) * channels;
            const filter = place * channels * multiplier;
            for (let i = 0; i < channels * multiplier; i++) {
              const pixel = input + Math.floor(i / multiplier);
              if (of === "input") gradient[pixel]! += dyValues[from + i]! * values[filter + i]!;
              else gradient[filter + i]! += dyValues[from + i]! * values[pixel]!;
            }
          }
        }
      }
    }
    return output;
  };
}

interface DepthwiseAttributes extends ConvolutionAttributes {
  dilations: [number, number];
  inputShape?: Shape;
  filterShape?: Shape;
}

interface PoolAttributes {
  filterSize: [number, number];
  strides: [number, number];
  pad: "valid" | "same" | number;
  dimRoundingMode?: "floor" | "round" | "ceil";
}

/** dy goes to the first largest input of each window. tfjs's own finds none among numbers below 0. */
const maxPoolGrad: Override =
  (machine, { cpu }) =>
  (call) => {
    const x = call.inputs["input"]!;
    const dy = call.inputs["dy"]!;
    if (x.dtype !== "float32") return cpu(call);
    const { filterSize, strides, pad, dimRoundingMode } = call.attrs as NamedAttrMap & PoolAttributes;
    const shape = x.shape as Shape;
    const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    const { inHeight, inWidth, inChannels: channels, outHeight, outWidth, strideHeight, strideWidth } = info;
    const output = machine.output(x.shape, "float32");
    const gradient = machine.values(output).fill(0);
    const values = machine.values(x);
    const dyValues = machine.values(dy);
    let at = 0;
    for (let image = 0; image < info.batchSize; image++) {
      for (let row = 0; row < outHeight; row++) {
        const top = row * strideHeight - info.padInfo.top;
        const bottom = Math.min(inHeight, top + info.filterHeight);
        for (let column = 0; column < outWidth; column++) {
          const left = column * strideWidth - info.padInfo.left;
          const right = Math.min(inWidth, left + info.filterWidth);
          for (let channel = 0; channel < channels; channel++, at++) {
            let largest = -Infinity;
            let place = -1;
            for (let i = Math.max(0, top); i < bottom; i++) {
              for (let j = Math.max(0, left); j < right; j++) {
                const index = ((image * inHeight + i) * inWidth + j) * channels + channel;
                if (values[index]! > largest) {
                  largest = values[index]!;
                  place = index;
                }
              }
            }
            if (place >= 0) gradient[place]! += dyValues[at]!;
          }
        }
      }
    }
    return output;
  };

export const images: Readonly<Record<string, Override>> = {
  Conv2DBackpropFilter: conv2DBackpropFilter,
  Conv2DBackpropInput: conv2DBackpropInput,
  DepthwiseConv2dNativeBackpropFilter: depthwiseGradient("filter"),
  DepthwiseConv2dNativeBackpropInput: depthwiseGradient("input"),
  MaxPoolGrad: maxPoolGrad,
};
