/** Products of matrices and what is built of them. */
import * as tf from "@tensorflow/tfjs-core";
import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from "@tensorflow/tfjs-core";
import { copyBox, permuted } from "./arrangement.js";
import { broadcastSteps } from "./elementwise.js";
import { sizeOf, steps, type Machine, type Override } from "./machine.js";

/**
 * The backend multiplies batches and transposed matrices (attention, and every gradient) with scalar loops; ours
 * (matmul.c) is vectorised. Batches broadcast as in NumPy.
 */
const batchMatMul: Override =
  (machine, { cpu }) =>
  (call) => {
    const a = call.inputs["a"]!;
    const b = call.inputs["b"]!;
    const { transposeA, transposeB } = call.attrs as NamedAttrMap & {
      transposeA: boolean;
      transposeB: boolean;
    };
    if (a.dtype !== "float32" || b.dtype !== "float32") return cpu(call);
    return multiply(machine, a, b, transposeA, transposeB);
  };

function multiply(
  machine: Machine,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): TensorInfo {
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [n, kOfB] = transposeB ? [bRows, bColumns] : [bColumns, bRows];
  if (k !== kOfB) {
    throw new RangeError(
      `matMul: inner sizes ${k} and ${kOfB} of shapes [${a.shape.join(", ")}] and [${b.shape.join(", ")}] differ`,
    );
  }
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const output = machine.output([...outer, m, n], "float32");
  if (sizeOf(output.shape) === 0) return output;
  if (k === 0) {
    // A sum of no terms. The kernel only ever adds to what its first term wrote.
    machine.values(output).fill(0);
    return output;
  }
  const left = repeated(machine, a, outer);
  const right = repeated(machine, b, outer);
  machine.matmul.matmul(
    ...[
      machine.offset(left.tensor),
      machine.offset(right.tensor),
      machine.offset(output),
      machine.panelFor(n),
    ],
    ...[sizeOf(outer), m, n, k, left.step, right.step, transposeA ? 1 : 0, transposeB ? 1 : 0],
  );
  for (const { tensor } of [left, right]) if (tensor !== a && tensor !== b) machine.dispose(tensor);
  return output;
}

/** A batch of matrices as matmul.c reads it: floats from one to the next, 0 where one serves all; copied if need be. */
function repeated(
  machine: Machine,
  x: TensorInfo,
  outer: readonly number[],
): { tensor: TensorInfo; step: number } {
  const own = x.shape.slice(0, -2);
  const matrix = sizeOf(x.shape.slice(-2));
  if (sizeOf(own) === 1) return { tensor: x, step: 0 };
  if (sizeOf(own) === sizeOf(outer)) return { tensor: x, step: matrix };
  const shape = [...outer, matrix];
  const tensor = machine.output(shape, "float32");
  copyBox(
    machine,
    shape,
    { tensor: x, start: 0, steps: broadcastSteps([...own, matrix], shape) },
    { tensor, start: 0, steps: steps(shape) },
  );
  return { tensor, step: matrix };
}

/** activation(a · b + bias). tfjs's own gives wrong results for batches. */
const fusedMatMul: Override =
  (machine, { cpu }) =>
  (call) => {
    const { a, b, bias, preluActivationWeights } = call.inputs;
    const attrs = call.attrs as NamedAttrMap & {
      transposeA: boolean;
      transposeB: boolean;
      activation: keyof typeof activations;
      leakyreluAlpha?: number;
    };
    if ([a, b, bias].some((tensor) => tensor !== undefined && tensor.dtype !== "float32")) return cpu(call);
    let output = multiply(machine, a!, b!, attrs.transposeA, attrs.transposeB);
    const then = (kernel: string, inputs: NamedTensorInfoMap, attributes: NamedAttrMap = {}) => {
      const { kernelFunc } = tf.getKernel(kernel, "wasm");
      const next = kernelFunc({ inputs, attrs: attributes, backend: machine.backend }) as TensorInfo;
      machine.dispose(output);
      output = next;
    };
    if (bias !== undefined) then("Add", { a: output, b: bias });
    const kernel = activations[attrs.activation];
    if (kernel === "Prelu") then(kernel, { x: output, alpha: preluActivationWeights });
    else if (kernel !== undefined) then(kernel, { x: output }, { alpha: attrs.leakyreluAlpha ?? 0.2 });
    return output;
  };

const activations = {
  linear: undefined,
  relu: "Relu",
  relu6: "Relu6",
  sigmoid: "Sigmoid",
  elu: "Elu",
  leakyrelu: "LeakyRelu",
  prelu: "Prelu",
} as const;

/**
 * As a product of matrices: axes of one operand alone that the result lacks are summed first; what both have and the
 * result keeps is the batch, what both have and it lacks is multiplied out. tfjs's other engines make the whole
 * outer product first.
 */
const einsum: Override = (machine, fallbacks) => (call) => {
  const tensors = call.inputs as unknown as readonly TensorInfo[];
  const { equation } = call.attrs as NamedAttrMap & { equation: string };
  const { allDims, summedDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, tensors.length);
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors as tf.Tensor[]);
  if (tensors.some(({ dtype }) => dtype !== "float32")) return fallbacks.cpu(call);
  const kept = (dim: number) => !summedDims.includes(dim);
  const result = allDims.map((_, dim) => dim).filter(kept);
  const held: TensorInfo[] = [];
  const hold = (tensor: TensorInfo) => {
    held.push(tensor);
    return tensor;
  };
  /** A tensor and the dimension each axis stands for. */
  const operands = tensors.map((tensor, i) => {
    const dims = idDims[i]!;
    const alone = dims.filter(
      (dim) => !kept(dim) && !idDims.some((others, j) => j !== i && others.includes(dim)),
    );
    if (alone.length === 0) return { tensor, dims };
    const axis = alone.map((dim) => dims.indexOf(dim));
    const summed = hold(
      tf.getKernel("Sum", "wasm").kernelFunc({
        ...{ inputs: { x: tensor }, backend: machine.backend },
        attrs: { axis, keepDims: false },
      }) as TensorInfo,
    );
    return { tensor: summed, dims: dims.filter((dim) => !alone.includes(dim)) };
  });

  const arrange = ({ tensor, dims }: (typeof operands)[number], order: readonly number[]) =>
    hold(
      permuted(
        machine,
        tensor,
        order.map((dim) => dims.indexOf(dim)),
      ),
    );
  const [left, right] = operands;
  let output: TensorInfo;
  if (right === undefined) output = arrange(left!, result);
  else {
    const shared = left!.dims.filter((dim) => right.dims.includes(dim));
    const batch = shared.filter(kept);
    const inner = shared.filter((dim) => !kept(dim));
    const rows = left!.dims.filter((dim) => !shared.includes(dim));
    const columns = right.dims.filter((dim) => !shared.includes(dim));
    const sides = new Map<number, number>();
    for (const { tensor, dims } of operands) dims.forEach((dim, i) => sides.set(dim, tensor.shape[i]!));
    const shapeOf = (dims: readonly number[]) => dims.map((dim) => sides.get(dim)!);
    const [b, m, k, n] = [batch, rows, inner, columns].map((dims) => sizeOf(shapeOf(dims)));
    const a3 = { ...arrange(left!, [...batch, ...rows, ...inner]), shape: [b!, m!, k!] };
    const b3 = { ...arrange(right, [...batch, ...inner, ...columns]), shape: [b!, k!, n!] };
    const product = hold(multiply(machine, a3, b3, false, false));
    const dims = [...batch, ...rows, ...columns];
    output = arrange({ tensor: { ...product, shape: shapeOf(dims) }, dims }, result);
  }
  for (const tensor of held) if (tensor !== output) machine.dispose(tensor);
  return output;
};

export const products: Readonly<Record<string, Override>> = {
  BatchMatMul: batchMatMul,
  _FusedMatMul: fusedMatMul,
  Einsum: einsum,
};
