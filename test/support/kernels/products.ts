/** Products of matrices and what is built of them, and softmax. */
import { bool, float, int, kernelCase, type Case } from "./case.js";

const products: readonly [number[], number[], boolean, boolean][] = [
  [[1, 3, 4], [1, 4, 5], false, false],
  [[2, 3, 4], [2, 4, 5], false, false],
  [[2, 4, 3], [2, 4, 5], true, false],
  [[2, 3, 4], [2, 5, 4], false, true],
  [[2, 4, 3], [2, 5, 4], true, true],
  [[1, 3, 4], [2, 4, 9], false, false],
  [[2, 9, 4], [1, 4, 3], false, false],
  [[2, 3, 1, 4], [2, 3, 4, 5], false, false],
  [[2, 3, 1, 4], [1, 1, 4, 5], false, false],
  [[2, 3, 0], [2, 0, 5], false, false],
  [[0, 3, 2], [0, 2, 5], false, false],
  [[1, 3, 4], [1, 5, 4], false, false],
];

const equations: readonly [string, ...number[][]][] = [
  ["ij,jk->ik", [3, 4], [4, 5]],
  ["ij,kj->ik", [3, 4], [5, 4]],
  ["ij->ji", [3, 4]],
  ["ij->", [3, 4]],
  ["ij->j", [3, 4]],
  ["i,i->", [5], [5]],
  ["i,j->ij", [5], [3]],
  ["ij,ij->ij", [3, 4], [3, 4]],
  ["bij,bjk->bik", [2, 3, 4], [2, 4, 5]],
  ["bhtd,bhsd->bhts", [2, 2, 3, 4], [2, 2, 5, 4]],
  ["bhts,bshd->bthd", [2, 2, 3, 5], [2, 5, 2, 4]],
  ["btd,dhk->bthk", [2, 3, 4], [4, 2, 3]],
  ["ijk->kj", [2, 3, 4]],
  ["ij,j->i", [3, 4], [4]],
  ["bi,bij,bj->b", [2, 3], [2, 3, 4], [2, 4]],
  ["ij,jk->ik", [3, 0], [0, 5]],
  ["ij,jk->ik", [3, 4], [5, 6]],
];

const activations = ["linear", "relu", "relu6", "sigmoid", "elu", "leakyrelu"] as const;

export const productCases: readonly Case[] = [
  // Refused: the inner sizes differ.
  kernelCase(
    "BatchMatMul",
    { a: float([1, 3, 4]), b: float([1, 5, 2]) },
    { attrs: { transposeA: false, transposeB: false } },
  ),
  ...products.map(([a, b, transposeA, transposeB]) =>
    kernelCase("BatchMatMul", { a: float(a), b: float(b) }, { attrs: { transposeA, transposeB } }),
  ),
  ...products
    .slice(0, 5)
    .map(([a, b, transposeA, transposeB]) =>
      kernelCase("BatchMatMul", { a: int(a), b: int(b) }, { attrs: { transposeA, transposeB } }),
    ),
  ...products
    .slice(0, 7)
    .flatMap(([a, b, transposeA, transposeB]) =>
      activations.map((activation) =>
        kernelCase(
          "_FusedMatMul",
          { a: float(a), b: float(b), bias: float([transposeB ? b[1]! : b[2]!]) },
          { attrs: { transposeA, transposeB, activation, leakyreluAlpha: 0.2 } },
        ),
      ),
    ),
  kernelCase(
    "_FusedMatMul",
    { a: float([1, 3, 4]), b: float([1, 4, 5]) },
    {
      attrs: { transposeA: false, transposeB: false, activation: "linear" },
    },
  ),
  kernelCase(
    "_FusedMatMul",
    { a: float([1, 3, 4]), b: float([1, 4, 5]), bias: float([5]), preluActivationWeights: float([1, 3, 5]) },
    { attrs: { transposeA: false, transposeB: false, activation: "prelu" } },
  ),
  ...equations.map(([equation, ...shapes]) =>
    kernelCase(
      "Einsum",
      shapes.map((shape) => float(shape)),
      { attrs: { equation } },
    ),
  ),
  kernelCase("Einsum", [int([3, 4]), int([4, 2])], { attrs: { equation: "ij,jk->ik" } }),
  ...[[5], [3, 7], [2, 3, 70], [2, 3, 4, 1], [0, 3], [2, 0]].flatMap((shape) => [
    kernelCase("Softmax", { logits: float(shape, -20, 20) }, { attrs: { dim: shape.length - 1 } }),
    kernelCase("Softmax", { logits: float(shape, 1000, 1020) }, { attrs: { dim: shape.length - 1 } }),
  ]),
  kernelCase(
    "BatchMatMul",
    { a: bool([1, 2, 2]), b: bool([1, 2, 2]) },
    { attrs: { transposeA: false, transposeB: false } },
  ),
];
