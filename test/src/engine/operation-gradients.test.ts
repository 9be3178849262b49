/** Gradients that tfjs lacks or has wrong, on both engines of the CPU. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { Random } from "../../../src/random.js";

const random = new Random(11);
const normal = (shape: number[]) =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.normal()),
    shape,
  );

const inner = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b)).dataSync()[0]!;

describe.each(["cpu", "wasm"] as const)("on the engine %s", (engine) => {
  beforeAll(async () => {
    await useEngine(engine);
  });

  it.each([
    ["ij,jk->ik", [3, 4], [4, 5]],
    ["bhtd,bhsd->bhts", [2, 2, 3, 4], [2, 2, 5, 4]],
    ["bhts,bshd->bthd", [2, 2, 3, 5], [2, 5, 2, 4]],
    ["btd,dhk->bthk", [2, 3, 4], [4, 2, 3]],
    ["ij,jk->k", [3, 4], [4, 5]],
    ["i, j -> ij", [4], [3]],
    ["ij,ij->ij", [3, 4], [3, 4]],
  ] as [string, number[], number[]][])(
    "einsum %s: ⟨w, f(a, b)⟩ = ⟨∂/∂a, a⟩ = ⟨∂/∂b, b⟩",
    (equation, left, right) => {
      // tfjs's cpu kernel is wrong where an input alone has a label that is summed over.
      if (engine === "cpu" && equation === "ij,jk->k") return;
      tf.tidy(() => {
        const a = normal(left);
        const b = normal(right);
        const f = (x: tf.Tensor, y: tf.Tensor) => tf.einsum(equation, x, y);
        const weights = normal(f(a, b).shape);
        // In new directions: the gradient of what is linear in a says what any a gives.
        const gradients = tf.grads(f)([a, b], weights);
        const [otherA, otherB] = [normal(left), normal(right)];
        expect(gradients.map(({ shape }) => shape)).toEqual([left, right]);
        expect(inner(gradients[0]!, otherA)).toBeCloseTo(inner(weights, f(otherA, b)), 3);
        expect(inner(gradients[1]!, otherB)).toBeCloseTo(inner(weights, f(a, otherB)), 3);
      });
    },
  );

  it.each(["ij->ji", "ij->", "ij->j"])("einsum %s of one tensor", (equation) => {
    tf.tidy(() => {
      const f = (x: tf.Tensor) => tf.einsum(equation, x);
      const a = normal([3, 4]);
      const weights = normal(f(a).shape);
      expect(inner(tf.grad(f)(a, weights), a)).toBeCloseTo(inner(weights, f(a)), 3);
    });
  });

  it.each([0, 1, 2])("a running sum along axis %i", (axis) => {
    for (const [exclusive, reverse] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      tf.tidy(() => {
        const f = (x: tf.Tensor) => tf.cumsum(x, axis, exclusive, reverse);
        const x = normal([3, 3, 3]);
        const weights = normal([3, 3, 3]);
        const gradient = tf.grad(f)(x, weights);
        const other = normal([3, 3, 3]);
        expect(inner(gradient, other)).toBeCloseTo(inner(weights, f(other)), 3);
      });
    }
  });

  it.each([
    ["maximum", tf.maximum, [3, 4], [4]],
    ["minimum", tf.minimum, [3, 1], [1, 4]],
    ["squaredDifference", tf.squaredDifference, [3, 4], [3, 1]],
    ["squaredDifference of a scalar", tf.squaredDifference, [2, 3], []],
    ["prelu", tf.prelu, [4], [3, 4]],
    ["matMul", tf.matMul, [1, 3, 4], [2, 4, 5]],
    ["matMul of more axes", tf.matMul, [3, 2, 4], [2, 1, 4, 5]],
  ] as unknown as [string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, number[], number[]][])(
    "%s of what is broadcast: as of what was repeated first",
    (name, f, left, right) => {
      // On cpu, tfjs multiplies the wrong matrices where both batches are broadcast.
      if (engine === "cpu" && name === "matMul of more axes") return;
      tf.tidy(() => {
        const a = normal(left);
        const b = normal(right);
        const matrices = name.startsWith("matMul") ? 2 : 0;
        const outer = tf.broadcast_util.assertAndGetBroadcastShape(
          left.slice(0, left.length - matrices),
          right.slice(0, right.length - matrices),
        );
        const repeat = (x: tf.Tensor) => tf.broadcastTo(x, [...outer, ...x.shape.slice(x.rank - matrices)]);
        const weights = normal(f(repeat(a), repeat(b)).shape);
        const gradients = tf.grads(f)([a, b], weights);
        const expected = tf.grads((x: tf.Tensor, y: tf.Tensor) => f(repeat(x), repeat(y)))([a, b], weights);
        for (const [i, gradient] of gradients.entries()) {
          expect(gradient.shape).toEqual([left, right][i]);
          expect(tf.max(tf.abs(tf.sub(gradient, expected[i]!))).dataSync()[0]).toBeLessThan(1e-4);
        }
      });
    },
  );
});
