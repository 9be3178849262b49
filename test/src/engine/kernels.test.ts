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
      expect(() => tf.matMul(of(2, 2, 3), of(3, 3, 5))).toThrow(/2.*3/);
      expect(() => tf.matMul(tf.zeros([2, 2], "complex64"), of(2, 2))).toThrow();
    });
  });

  it("broadcasts batches as if they were repeated", () => {
    const shapes: [number[], number[]][] = [
      [
        [2, 1],
        [1, 3],
      ],
      [
        [2, 1],
        [2, 3],
      ],
      [[3], [2, 3]],
      [
        [2, 1, 2],
        [3, 1],
      ],
    ];
    for (const [batchA, batchB] of shapes) {
      tf.tidy(() => {
        const outer = tf.broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
        const a = tf.tensor(numbers(size(batchA) * 12, 5), [...batchA, 3, 4]);
        const b = tf.tensor(numbers(size(batchB) * 20, 6), [...batchB, 4, 5]);
        const repeated = tf.matMul(tf.broadcastTo(a, [...outer, 3, 4]), tf.broadcastTo(b, [...outer, 4, 5]));
        expect(tf.matMul(a, b).arraySync()).toEqual(repeated.arraySync());
      });
    }
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

  it("adds up whole numbers exactly", () => {
    const { dtype, values } = tf.tidy(() => {
      const sums = tf.unsortedSegmentSum(
        tf.tensor2d([2 ** 24 + 1, 1, 2, 3, -5, 7], [3, 2], "int32"),
        tf.tensor1d([1, 0, 1], "int32"),
        2,
      );
      return { dtype: sums.dtype, values: [...sums.dataSync()] };
    });
    expect({ dtype, values }).toEqual({ dtype: "int32", values: [2, 3, 2 ** 24 - 4, 8] });
  });
});

describe("functions of one number on the WASM engine", () => {
  /** How far off the worst is, in units of the last place that float32 has for the value. */
  function worst(
    f: (x: tf.Tensor) => tf.Tensor,
    reference: (x: number) => number,
    [low, high]: readonly [number, number],
  ): number {
    const x = Float32Array.from({ length: 20001 }, (_, i) => low + ((high - low) * i) / 20000);
    const values = tf.tidy(() => f(tf.tensor1d(x)).dataSync());
    return x.reduce((max, at, i) => {
      const expected = reference(at);
      const unit = 2 ** Math.max(-149, Math.floor(Math.log2(Math.abs(expected))) - 23);
      return Math.max(max, Math.abs(values[i]! - expected) / unit);
    }, 0);
  }

  it.each([
    ["exp", tf.exp, Math.exp, 1, [-87, 88]],
    ["exp near 0", tf.exp, Math.exp, 1, [-0.1, 0.1]],
    ["log", tf.log, Math.log, 2, [1e-4, 5]],
    ["log of large numbers", tf.log, Math.log, 2, [10, 1e9]],
    ["tanh", tf.tanh, Math.tanh, 2, [-9, 9]],
    ["tanh near 0", tf.tanh, Math.tanh, 2, [-0.01, 0.01]],
    ["softplus", tf.softplus, (x: number) => Math.log1p(Math.exp(x)), 4, [-20, 30]],
    ["sqrt", tf.sqrt, Math.sqrt, 0.51, [0, 100]],
    ["rsqrt", tf.rsqrt, (x: number) => 1 / Math.sqrt(x), 2, [1e-3, 100]],
  ] as [string, (x: tf.Tensor) => tf.Tensor, (x: number) => number, number, [number, number]][])(
    "%s is that of float64 to the last places",
    (_, f, reference, units, range) => {
      expect(worst(f, reference, range)).toBeLessThanOrEqual(units);
    },
  );
});

/** Σ over all values of the labels that the result lacks, written out. */
function einsumByLoops(equation: string, a: tf.Tensor, b: tf.Tensor): number[] {
  const [left, result] = equation.split("->") as [string, string];
  const terms = left.split(",");
  const sizes = new Map<string, number>();
  for (const [i, tensor] of [a, b].entries()) {
    for (const [axis, label] of [...terms[i]!].entries()) sizes.set(label, tensor.shape[axis]!);
  }
  const labels = [...result, ...[...sizes.keys()].filter((label) => !result.includes(label))];
  const place = (term: string, at: ReadonlyMap<string, number>) =>
    [...term].reduce((index, label) => index * sizes.get(label)! + at.get(label)!, 0);
  const values = [a, b].map((tensor) => tensor.dataSync());
  const sums = new Array<number>(size([...result].map((label) => sizes.get(label)!))).fill(0);
  const visit = (depth: number, at: Map<string, number>) => {
    if (depth === labels.length) {
      sums[place(result, at)]! += values[0]![place(terms[0]!, at)]! * values[1]![place(terms[1]!, at)]!;
      return;
    }
    const label = labels[depth]!;
    for (let index = 0; index < sizes.get(label)!; index++) visit(depth + 1, at.set(label, index));
  };
  visit(0, new Map());
  return sums;
}

describe("einsum on the WASM engine", () => {
  it("is the sum of products that its equation writes", () => {
    const label = fc.constantFrom(..."abcde");
    const term = fc.uniqueArray(label, { maxLength: 4 });
    fc.assert(
      fc.property(
        ...[term, term, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 5, maxLength: 5 })],
        ...[fc.nat({ max: 31 }), fc.nat({ max: 1e6 })],
        (left, right, sides, kept, seed) => {
          const all = [..."abcde"].filter((one) => left.includes(one) || right.includes(one));
          const result = all.filter((_, i) => (kept >> i) % 2 === 1).reverse();
          const equation = `${left.join("")},${right.join("")}->${result.join("")}`;
          tf.tidy(() => {
            const [a, b] = [left, right].map((labels, i) => {
              const shape = labels.map((one) => sides["abcde".indexOf(one)]!);
              return tf.tensor(numbers(size(shape), seed + i), shape);
            }) as [tf.Tensor, tf.Tensor];
            const values = tf.einsum(equation, a, b).dataSync();
            const expected = einsumByLoops(equation, a, b);
            expect(values).toHaveLength(expected.length);
            for (const [i, value] of expected.entries()) expect(values[i]).toBeCloseTo(value, 3);
          });
        },
      ),
      { numRuns: 150, seed: 3 },
    );
  });
});

// What the cpu engine, the reference elsewhere, has wrong for some shapes.
describe("the gradient of resizing images on the WASM engine", () => {
  it.each(["resizeBilinear", "resizeNearestNeighbor"] as const)("is the transpose of tf.image.%s", (name) => {
    for (const size of [
      [7, 9],
      [3, 2],
    ] as [number, number][]) {
      tf.tidy(() => {
        const resize = (images: tf.Tensor) => tf.image[name](images as tf.Tensor4D, size);
        const images = tf.tensor(numbers(2 * 5 * 4 * 3, 7), [2, 5, 4, 3]);
        const weights = tf.tensor(numbers(2 * size[0] * size[1] * 3, 8), [2, ...size, 3]);
        const gradient = tf.grad(resize)(images, weights);
        // Resizing is linear: ⟨weights, resize(images)⟩ = ⟨gradient, images⟩.
        const forward = tf.sum(tf.mul(weights, resize(images))).dataSync()[0]!;
        const backward = tf.sum(tf.mul(gradient, images)).dataSync()[0]!;
        expect(backward).toBeCloseTo(forward, 3);
      });
    }
  });
});

it("takes both gradients of a dilated depthwise convolution: ⟨dy, f(x, w)⟩ = ⟨dx, x⟩ = ⟨dw, w⟩", () => {
  const attrs = { strides: [1, 1], pad: "same", dilations: [2, 2], dataFormat: "NHWC" };
  const run = (kernel: string, inputs: Record<string, tf.Tensor>, more = {}) =>
    tf.engine().runKernel(kernel, inputs, { ...attrs, ...more }) as tf.Tensor;
  tf.tidy(() => {
    const x = tf.tensor(numbers(2 * 8 * 7 * 2, 1), [2, 8, 7, 2]);
    const filter = tf.tensor(numbers(9 * 2 * 2, 2), [3, 3, 2, 2]);
    const dy = tf.tensor(numbers(2 * 8 * 7 * 4, 3), [2, 8, 7, 4]);
    const inner = (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(a, b)).dataSync()[0]!;
    const forward = inner(dy, run("DepthwiseConv2dNative", { x, filter }));
    const dx = run("DepthwiseConv2dNativeBackpropInput", { dy, filter }, { inputShape: x.shape });
    const dw = run("DepthwiseConv2dNativeBackpropFilter", { x, dy }, { filterShape: filter.shape });
    expect(inner(dx, x)).toBeCloseTo(forward, 2);
    expect(inner(dw, filter)).toBeCloseTo(forward, 2);
  });
});

it("counts each number at most once in a binary count of one dimension", () => {
  const counts = tf.tidy(() => {
    const numbers = tf.tensor1d([0, 2, 2, 4, 2], "int32");
    return [...tf.denseBincount(numbers, tf.tensor1d([]), 5, true).dataSync()];
  });
  expect(counts).toEqual([1, 0, 1, 0, 1]);
});
