import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { peakShape, sizeNames, stepOperations } from "../../../bench/train/workload.js";
import { useEngine } from "../../../src/engine/index.js";
import { variableGrads } from "../../../src/engine/gradients.js";
import { createPolicy } from "../../../src/policy/index.js";

beforeAll(async () => {
  await useEngine("cpu");
});

/**
 * 2 · |C| · k for every product C = A · B that was run, with k from the sizes alone: with b products of
 * [m, k] · [k, n] in one call, |A| · |B| / |C| = b · k².
 */
async function countedOperations(work: () => tf.Tensor[]): Promise<number> {
  const { kernels } = await tf.profile(work);
  let total = 0;
  for (const { name, inputShapes, outputShapes } of kernels) {
    if (name !== "BatchMatMul") continue;
    const [a, b] = inputShapes.map((shape) => tf.util.sizeFromShape(shape!)) as [number, number];
    const c = outputShapes[0]!;
    const products = c.slice(0, -2).reduce((product, side) => product * side, 1);
    const size = tf.util.sizeFromShape(c);
    total += 2 * size * Math.sqrt((a * b) / size / products);
  }
  return total;
}

describe("stepOperations", () => {
  it.each([
    { width: 8, layers: 1, heads: 2, rows: 2, length: 3 },
    { width: 12, layers: 3, heads: 3, rows: 1, length: 7 },
  ])("counts the matrix products that a step of $layers layers runs", async ({ rows, length, ...size }) => {
    const policy = await createPolicy({ ...size, vocabulary: ["a", "b", "c"], contextLength: length });
    const tokens = tf.ones<tf.Rank.R2>([rows, length + 1], "int32");
    const counted = await countedOperations(() => {
      const parameters = [...policy.parameters.values()];
      const { value, grads } = variableGrads(
        () => tf.neg(tf.mean(policy.score(tokens).logProbs)),
        parameters,
      );
      return [value, ...Object.values(grads)];
    });
    expect(stepOperations(policy.config, rows, length)).toBeCloseTo(counted, 3);
    policy.dispose();
    tokens.dispose();
  });
});

describe("peakShape", () => {
  it.each(sizeNames)(
    "of %s is a product that the step has: the batch's tokens into the hidden layer",
    (size) => {
      const [m, k, n] = peakShape(size);
      expect([m, n / k]).toEqual([32 * 48, 4]);
      expect(k).toBe(Number(size.split("x")[0]));
    },
  );
});
