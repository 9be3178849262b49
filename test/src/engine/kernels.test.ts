import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { Random } from "../../../src/random.js";

beforeAll(async () => {
  await useEngine("wasm");
});
afterAll(() => {
  expect(tf.memory().numTensors).toBe(0);
});

interface Product {
  m: number;
  n: number;
  k: number;
  batchA: readonly number[];
  batchB: readonly number[];
  transposeA: boolean;
  transposeB: boolean;
}

const size = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

/** Σₚ a·b in float64, and what float32 sums of k products may be off by at most: k · 2⁻²⁴ · Σ|a·b| (and a bit). */
function reference(a: Float32Array, b: Float32Array, product: Product) {
  const { m, n, k, batchA, batchB, transposeA, transposeB } = product;
  const batch = Math.max(size(batchA), size(batchB));
  const values = new Float64Array(batch * m * n);
  const bounds = new Float64Array(values.length);
  for (let i = 0; i < batch; i++) {
    const fromA = size(batchA) === 1 ? 0 : i * m * k;
    const fromB = size(batchB) === 1 ? 0 : i * k * n;
    for (let row = 0; row < m; row++) {
      for (let column = 0; column < n; column++) {
        let sum = 0;
        let absolute = 0;
        for (let p = 0; p < k; p++) {
          const x = a[fromA + (transposeA ? p * m + row : row * k + p)]!;
          const y = b[fromB + (transposeB ? column * k + p : p * n + column)]!;
          sum += x * y;
          absolute += Math.abs(x * y);
        }
        values[(i * m + row) * n + column] = sum;
        bounds[(i * m + row) * n + column] = (k + 4) * 2 ** -24 * absolute + 1e-38;
      }
    }
  }
  return { values, bounds };
}

function numbers(count: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => random.normal());
}

function multiply(a: Float32Array, b: Float32Array, product: Product): { shape: number[]; values: number[] } {
  const { m, n, k, batchA, batchB, transposeA, transposeB } = product;
  return tf.tidy(() => {
    const left = tf.tensor(a, [...batchA, ...(transposeA ? [k, m] : [m, k])]);
    const right = tf.tensor(b, [...batchB, ...(transposeB ? [n, k] : [k, n])]);
    const result = tf.matMul(left, right, transposeA, transposeB);
    return { shape: result.shape, values: [...result.dataSync()] };
  });
}

function check(product: Product, seed: number): void {
  const { m, n, k, batchA, batchB } = product;
  const a = numbers(size(batchA) * m * k, seed);
  const b = numbers(size(batchB) * n * k, seed + 1);
  const { values, bounds } = reference(a, b, product);
  const result = multiply(a, b, product);
  const outer = size(batchA) >= size(batchB) ? batchA : batchB;
  expect(result.shape.slice(-2)).toEqual([m, n]);
  expect(size(result.shape)).toBe(size(outer) * m * n);
  const wrong = result.values.findIndex((value, i) => !(Math.abs(value - values[i]!) <= bounds[i]!));
  expect(wrong, `entry ${wrong}: ${result.values[wrong]} instead of ${values[wrong]}`).toBe(-1);
}

describe("the WASM engine's matrix product", () => {
  const side = fc.integer({ min: 1, max: 19 });
  const batches = fc.oneof(
    fc.constant({ batchA: [], batchB: [] }),
    fc.nat({ max: 4 }).map((b) => ({ batchA: [b + 1], batchB: [b + 1] })),
    fc.nat({ max: 4 }).map((b) => ({ batchA: [b + 1], batchB: [1] })),
    fc.nat({ max: 4 }).map((b) => ({ batchA: [1], batchB: [b + 1] })),
    fc.constant({ batchA: [2, 3], batchB: [2, 3] }),
    fc.constant({ batchA: [2, 3], batchB: [1, 1] }),
  );

  it("is that of float64 within float32's rounding, for any shapes", () => {
    fc.assert(
      fc.property(
        fc.record({ m: side, n: side, k: side, transposeA: fc.boolean(), transposeB: fc.boolean() }),
        batches,
        fc.nat({ max: 1e6 }),
        (shape, batch, seed) => {
          check({ ...shape, ...batch }, seed);
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  // The kernel works in panels of 256 terms, blocks of 4 rows and 8 columns: sizes on both sides of each.
  const edges = [255, 256, 257, 513].flatMap((k) => [
    [1, 7, k],
    [3, 8, k],
    [4, 9, k],
    [5, 17, k],
  ]);
  it.each(edges)("%i × %i from %i terms, transposed or not", (m, n, k) => {
    for (const [transposeA, transposeB] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      check({ m: m!, n: n!, k: k!, batchA: [2], batchB: [2], transposeA, transposeB }, k!);
    }
  });

  it("gives a sum of no terms as 0, and nothing for no rows, columns or matrices", () => {
    const empty = { transposeA: false, transposeB: false, batchA: [] as number[], batchB: [] as number[] };
    check({ ...empty, m: 0, n: 3, k: 2 }, 1);
    check({ ...empty, m: 3, n: 0, k: 2 }, 1);
    check({ ...empty, m: 3, n: 4, k: 2, batchA: [0], batchB: [0] }, 1);
    for (const m of [1, 2, 5]) {
      for (const transposeB of [false, true]) {
        // What the memory held before must not show through.
        tf.tensor(new Float32Array(64).fill(7)).dispose();
        const result = multiply(new Float32Array(0), new Float32Array(0), {
          ...empty,
          m,
          n: 3,
          k: 0,
          transposeB,
        });
        expect(result).toEqual({ shape: [m, 3], values: new Array(3 * m).fill(0) });
      }
    }
  });

  it("carries NaN and infinities through", () => {
    const product = { m: 2, n: 2, k: 2, batchA: [], batchB: [], transposeA: false, transposeB: false };
    const a = Float32Array.from([NaN, 1, Infinity, 1]);
    const { values } = multiply(a, Float32Array.from([1, 0, 1, 1]), product);
    expect(values).toEqual([NaN, NaN, Infinity, NaN]);
  });

  it("says in one line what it cannot multiply", () => {
    const of = (...shape: number[]) => tf.zeros(shape);
    tf.tidy(() => {
      expect(() => tf.matMul(of(2, 3), of(4, 5))).toThrow(/\b3\b.*\b4\b/);
      expect(() => tf.matMul(of(2, 1, 2, 3), of(1, 4, 3, 5))).toThrow(/cannot broadcast \[2, 1, 2, 3\]/);
      expect(() => tf.matMul(tf.zeros([2, 2], "complex64"), of(2, 2))).toThrow();
    });
  });

  it("stays right while the engine's memory grows under it", () => {
    const kept = Array.from({ length: 6 }, () => tf.zeros([512, 1024]));
    check({ m: 33, n: 65, k: 300, batchA: [4], batchB: [4], transposeA: false, transposeB: true }, 3);
    kept.push(...Array.from({ length: 30 }, () => tf.zeros([1024, 1024])));
    check({ m: 40, n: 700, k: 300, batchA: [], batchB: [], transposeA: true, transposeB: false }, 4);
    tf.dispose(kept);
  });
});

describe("gather's gradient on the WASM engine", () => {
  it("adds up the gradients of a row taken several times", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.nat({ max: 1e6 }),
        (rows, width, draws, seed) => {
          const indices = draws.map((draw) => draw % rows);
          const weights = numbers(indices.length * width, seed);
          const expected = new Float64Array(rows * width);
          for (const [i, index] of indices.entries()) {
            for (let j = 0; j < width; j++) expected[index * width + j]! += weights[i * width + j]!;
          }
          const gradient = tf.tidy(() => {
            const taken = tf.tensor1d(indices, "int32");
            const factors = tf.tensor2d(weights, [indices.length, width]);
            const loss = (table: tf.Tensor) => tf.sum(tf.mul(tf.gather(table, taken), factors));
            return tf
              .grad(loss)(tf.ones([rows, width]))
              .dataSync();
          });
          for (const [i, value] of expected.entries()) expect(gradient[i]).toBeCloseTo(value, 4);
        },
      ),
      { numRuns: 100, seed: 2 },
    );
  });

  it("leaves out segments that do not exist", () => {
    const sums = tf.tidy(() =>
      tf.unsortedSegmentSum(tf.tensor1d([1, 2, 4, 8]), tf.tensor1d([0, -1, 2, 3], "int32"), 3).dataSync(),
    );
    expect([...sums]).toEqual([1, 0, 4]);
  });
});
