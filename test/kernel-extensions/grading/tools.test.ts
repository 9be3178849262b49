/** What checks compare with: tensors, shapes, gradients, claims. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import { numericalGradient } from "../../../kernel-extensions/grading/checks/numeric.js";
import type { Tools } from "../../../kernel-extensions/grading/checks/tools.js";
import { runExercise } from "../../../kernel-extensions/grading/run.js";
import { useEngine } from "../../../src/engine/index.js";

beforeAll(async () => {
  await useEngine("cpu");
});

/** The failure of a check with this body, `undefined` when it passes. */
async function failureOf(body: (t: Tools) => void | Promise<void>) {
  const exercise = defineExercise<object>({
    title: "x",
    checks: [check("x", 1, (_, t) => body(t), "")],
    wrong: {},
  });
  const { checks } = await runExercise("9.9", exercise, {});
  return checks[0]!.failure;
}

describe("tensors", () => {
  it("are compared with lists and tensors by value", async () => {
    const two = () =>
      tf.tensor2d([
        [1, 2],
        [3, 4],
      ]);
    expect(
      await failureOf((t) =>
        t.close(two(), [
          [1, 2],
          [3, 4],
        ]),
      ),
    ).toBeUndefined();
    expect(
      await failureOf((t) =>
        t.close(
          [
            [1, 2],
            [3, 4],
          ],
          two(),
        ),
      ),
    ).toBeUndefined();
    expect(
      await failureOf((t) =>
        t.close(two(), [
          [1, 2],
          [3, 5],
        ]),
      ),
    ).toMatchObject({
      what: "the value is not right at [1][1]",
      got: "[[1, 2], [3, 4]]",
    });
    expect(await failureOf((t) => t.close(two(), [1, 2, 3, 4]))).toBeDefined();
  });

  it("have a shape", async () => {
    expect(await failureOf((t) => t.shape(tf.zeros([2, 3]), [2, 3]))).toBeUndefined();
    expect(await failureOf((t) => t.shape(tf.zeros([3, 2]), [2, 3]))).toMatchObject({
      what: "the result has another shape",
      expected: "a tensor of shape [2, 3]",
    });
    expect((await failureOf((t) => t.shape([1], [1])))!.what).toContain("no tensor");
  });
});

describe("a gradient", () => {
  const x = { values: [0.5, -1, 2, 0.25], shape: [2, 2] };

  it("of tensor operations is that of differences", async () => {
    const smooth = (at: tf.Tensor) => tf.sum(tf.mul(tf.exp(at), tf.square(at)));
    expect(await failureOf((t) => t.gradient(smooth, x))).toBeUndefined();
  });

  it("that is not the function's own is wrong", async () => {
    const cheat = tf.customGrad((at) => ({
      value: tf.sum(tf.square(at as tf.Tensor)),
      gradFunc: () => tf.onesLike(at as tf.Tensor),
    }));
    expect(await failureOf((t) => t.gradient((at) => cheat(at), x))).toMatchObject({
      what: expect.stringContaining("the gradient is not right") as string,
    });
  });

  it("that is cut off by reading numbers says so", async () => {
    const cut = (at: tf.Tensor) =>
      tf.scalar([...at.dataSync()].reduce((sum, value) => sum + value * value, 0));
    expect((await failureOf((t) => t.gradient(cut, x)))!.what).toContain("does not reach the input");
  });

  it("by central differences is exact for a polynomial of degree two", () => {
    const f = ([a = 0, b = 0]: number[]) => 3 * a * a + a * b - b;
    const [da, db] = numericalGradient(f, [2, 5]);
    expect(da).toBeCloseTo(17, 6);
    expect(db).toBeCloseTo(1, 6);
  });
});

describe("a check", () => {
  it("ends when all it began has ended, awaited or not; the first that failed is told", async () => {
    const failure = await failureOf((t) => {
      void t.close(tf.tensor1d([1]), [1]);
      void t.close(tf.tensor1d([1]), [2], { what: "the first" });
      void t.close(3, 4, { what: "the second" });
    });
    expect(failure!.what).toContain("the first");
    // A wrong value is often why what follows throws.
    expect(
      (await failureOf((t) => {
        void t.close(1, 2);
        throw new Error("later");
      }))!.what,
    ).toContain("not right");
    expect(
      (await failureOf(async (t) => {
        await Promise.resolve();
        void t.close(1, 2);
      }))!.what,
    ).toContain("not right");
  });

  it("shows the shortest failing case, whether its comparisons are awaited or not", async () => {
    const make = (_: unknown, size: number) => Array.from({ length: 11 - size }, () => size);
    const cases = [
      (t: Tools) =>
        t.forAll(make, (list) => {
          void t.holds(list.length > 3, "there are more than three");
        }),
      (t: Tools) =>
        t.forAll(make, (list) => {
          void t.close(Math.max(list.length, 4), list.length);
        }),
      (t: Tools) =>
        t.forAll(make, async (list) => {
          await t.close(Math.max(list.length, 4), list.length);
        }),
      (t: Tools) =>
        t.forAll(make, async (list) => {
          await Promise.resolve();
          await t.close(Math.max(list.length, 4), list.length);
        }),
    ];
    for (const body of cases) expect((await failureOf(body))!.call).toMatch(/^\[8, 8, 8\]$|^\[10\]$/);
  });

  it("can ask for an error", async () => {
    const wrong = () => {
      throw new RangeError("no");
    };
    expect(await failureOf((t) => t.throws(wrong, "a negative count is refused"))).toBeUndefined();
    expect(await failureOf((t) => t.throws(() => 3, "a negative count is not refused"))).toEqual({
      what: "a negative count is not refused",
      ...{ expected: "an error", got: "3" },
    });
  });
});
