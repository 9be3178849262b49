/** Axes on the WASM engine: counted from either end they are the same, and those that are not there are refused. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bool, float, int, tensor, type Values } from "../../support/kernels/case.js";
import { difference, on, startEngines } from "../../support/kernels/compare.js";

await startEngines();

type Operation = (x: tf.Tensor, axis: number) => tf.Tensor | tf.Tensor[];

/** What of a tensor an axis is chosen from, and on what it is tried. */
interface Options {
  draw?: (shape: number[]) => Values;
  /** Places for a new axis: one more than there are axes. */
  between?: boolean;
  /** Axes that both engines refuse. */
  refused?: (axis: number, rank: number) => boolean;
  /** No gradient, or none that is worth a test (of whole numbers). */
  flat?: boolean;
}

/** A kernel called by its name; without a name for its input, it is given two tensors. */
const kernel =
  (name: string, attribute: string, input = "x", attrs: tf.NamedAttrMap = {}): Operation =>
  (x, axis) => {
    const inputs = input === "" ? [x, tf.reverse(x)] : { [input]: x };
    return tf
      .engine()
      .runKernel(name, inputs as unknown as tf.NamedTensorMap, { ...attrs, [attribute]: axis });
  };
const keepDims = false;
const notLast = (axis: number, rank: number) => axis !== -1 && axis !== rank - 1;
const indices = () => tf.tensor1d([1, 0], "int32");

const operations: Readonly<Record<string, [Operation, Options?]>> = {
  "tf.all": [(x, axis) => tf.all(x, axis), { draw: bool, flat: true }],
  "tf.any": [(x, axis) => tf.any(x, axis), { draw: bool, flat: true }],
  "tf.argMax": [(x, axis) => tf.argMax(x, axis), { flat: true }],
  "tf.argMin": [(x, axis) => tf.argMin(x, axis), { flat: true }],
  "tf.concat": [(x, axis) => tf.concat([x, tf.add(x, 1)], axis)],
  "tf.cumprod": [(x, axis) => tf.cumprod(x, axis), { flat: true }],
  "tf.cumsum": [(x, axis) => tf.cumsum(x, axis)],
  "tf.cumsum, exclusive and reversed": [(x, axis) => tf.cumsum(x, axis, true, true)],
  "tf.expandDims": [(x, axis) => tf.expandDims(x, axis), { between: true }],
  "tf.gather": [(x, axis) => tf.gather(x, indices(), axis)],
  "tf.logSoftmax": [(x, axis) => tf.logSoftmax(x, axis), { refused: notLast }],
  "tf.logSumExp": [(x, axis) => tf.logSumExp(x, axis)],
  "tf.max": [(x, axis) => tf.max(x, axis)],
  "tf.mean": [(x, axis) => tf.mean(x, axis)],
  "tf.min": [(x, axis) => tf.min(x, axis)],
  "tf.moments": [(x, axis) => Object.values(tf.moments(x, axis)) as tf.Tensor[]],
  "tf.norm": [(x, axis) => tf.norm(x, 2, axis)],
  "tf.prod": [(x, axis) => tf.prod(x, axis), { flat: true }],
  "tf.reverse": [(x, axis) => tf.reverse(x, axis)],
  "tf.softmax": [(x, axis) => tf.softmax(x, axis), { refused: notLast }],
  "tf.split": [(x, axis) => tf.split(x, [1, x.shape.at(axis)! - 1], axis)],
  "tf.stack": [(x, axis) => tf.stack([x, tf.add(x, 1)], axis), { between: true }],
  "tf.sum": [(x, axis) => tf.sum(x, axis)],
  "tf.unique": [
    (x, axis) => Object.values(tf.unique(x, axis)) as tf.Tensor[],
    { draw: (shape) => int(shape, 0, 2), flat: true },
  ],
  "tf.unstack": [(x, axis) => tf.unstack(x, axis)],
  All: [kernel("All", "axis", "x", { keepDims }), { draw: bool, flat: true }],
  Any: [kernel("Any", "axis", "x", { keepDims }), { draw: bool, flat: true }],
  ArgMax: [kernel("ArgMax", "axis"), { flat: true }],
  ArgMin: [kernel("ArgMin", "axis"), { flat: true }],
  Concat: [kernel("Concat", "axis", "")],
  "Concat of truth values": [kernel("Concat", "axis", ""), { draw: bool, flat: true }],
  Cumprod: [kernel("Cumprod", "axis", "x", { exclusive: true, reverse: false }), { flat: true }],
  Cumsum: [kernel("Cumsum", "axis", "x", { exclusive: false, reverse: true })],
  "Cumsum of whole numbers": [
    kernel("Cumsum", "axis", "x", { exclusive: false, reverse: false }),
    { draw: int, flat: true },
  ],
  ExpandDims: [kernel("ExpandDims", "dim", "input"), { between: true }],
  GatherV2: [
    (x, axis) =>
      tf.engine().runKernel("GatherV2", { x, indices: indices() } as unknown as tf.NamedTensorMap, {
        axis,
        batchDims: 0,
      }),
  ],
  Max: [kernel("Max", "reductionIndices", "x", { keepDims })],
  Mean: [kernel("Mean", "axis", "x", { keepDims })],
  Min: [kernel("Min", "axis", "x", { keepDims })],
  Pack: [kernel("Pack", "axis", ""), { between: true }],
  "Pack of whole numbers": [kernel("Pack", "axis", ""), { draw: int, between: true, flat: true }],
  Prod: [kernel("Prod", "axis", "x", { keepDims }), { flat: true }],
  Reverse: [kernel("Reverse", "dims")],
  Softmax: [kernel("Softmax", "dim", "logits"), { refused: notLast }],
  SplitV: [kernel("SplitV", "axis", "x", { numOrSizeSplits: 1 })],
  Sum: [kernel("Sum", "axis", "x", { keepDims: true })],
  Unique: [kernel("Unique", "axis"), { draw: (shape) => int(shape, 0, 2), flat: true }],
  Unpack: [kernel("Unpack", "axis", "value")],
};

const shapes = fc.array(fc.integer({ min: 2, max: 4 }), { minLength: 1, maxLength: 4 });
const listed = <T>(result: T | T[]): T[] => (Array.isArray(result) ? result : [result]);

describe.each(Object.entries(operations))("%s", (_, [operation, options = {}]) => {
  const { draw = float, between = false, refused, flat = false } = options;

  it("takes axes counted from the last as those counted from the first", () => {
    fc.assert(
      fc.property(shapes, fc.nat(), (shape, drawn) => {
        const count = shape.length + (between ? 1 : 0);
        const axis = drawn % count;
        if (refused?.(axis, count) === true) return;
        const x = draw(shape);
        const at = (axis: number) => () => listed(operation(tensor(x), axis));
        const expected = on("cpu", at(axis));
        expect(expected.error).toBeUndefined();
        for (const same of [axis, axis - count]) {
          expect(difference(on("wasm", at(same)), expected, 1e-5), `axis ${same}`).toBeUndefined();
        }
        if (flat) return;
        const gradient = (axis: number) => () => {
          const loss = (x: tf.Tensor) =>
            tf.addN(
              listed(operation(x, axis)).map((y) => {
                const weights = tf.reshape(tf.range(1, 1 + y.size), y.shape);
                return tf.sum(tf.mul(y, weights));
              }),
            );
          return [tf.grad(loss)(tensor(x))];
        };
        expect(
          difference(on("wasm", gradient(axis - count)), on("cpu", gradient(axis)), 1e-3),
          `gradient, axis ${axis - count}`,
        ).toBeUndefined();
      }),
      { numRuns: 20, seed: 1 },
    );
  });

  it("refuses axes that are not there, and leaves nothing behind", () => {
    fc.assert(
      fc.property(shapes, fc.nat({ max: 3 }), fc.boolean(), (shape, beyond, before) => {
        const count = shape.length + (between ? 1 : 0);
        const axis = before ? -count - 1 - beyond : count + beyond;
        const { error, leaked } = on("wasm", () => listed(operation(tensor(draw(shape)), axis)));
        expect(error, `axis ${axis} of [${shape.join(", ")}]`).toBeDefined();
        expect(error).not.toMatch(/memory|unreachable|undefined|not a function/);
        expect(leaked).toBe(0);
      }),
      { numRuns: 10, seed: 2 },
    );
  });
});

it.each(["cpu", "wasm"] as const)("the engine %s sums along an axis counted from the last", (engine) => {
  const { outputs } = on(engine, () => [
    tf.cumsum(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), -1),
    tf.cumprod(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), -2),
  ]);
  expect(outputs?.map(({ shape, values }) => [shape, values])).toEqual([
    [
      [2, 3],
      [1, 3, 6, 4, 9, 15],
    ],
    [
      [2, 3],
      [1, 2, 3, 4, 10, 18],
    ],
  ]);
  expect(on(engine, () => [tf.cumsum(tf.ones([2, 3]), 2)]).error).toBe(
    "Cumsum: the axis 2 is not in [-2, 1]",
  );
});
