import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { Algorithm, AlgorithmOptions } from "../../../src/algorithms/algorithm.js";
import { dpo, grpo, ppo, reinforce, rloo } from "../../../src/algorithms/index.js";
import { expectClose, inputsOf, randomBatch, randomTrajectories } from "./support.js";

const algorithms: Record<string, (options?: AlgorithmOptions) => Algorithm> = {
  reinforce,
  rloo,
  ppo,
  grpo,
  dpo,
};

describe.each(Object.entries(algorithms))("%s", (name, make) => {
  test("is complete: what its parts need is there", () => {
    const algorithm = make();
    expect(algorithm.name).toBe(name);
    const { objective, advantage, regularizers } = algorithm;
    const needsReference = objective.needsReference ?? regularizers.some((term) => term.needsReference);
    expect(algorithm.reference !== undefined).toBe(needsReference);
    expect(algorithm.valueHead).toBe(objective.needsValues ?? false);
    expect(advantage.needsValues ?? false).toBe(algorithm.valueHead);
    expect(advantage.returns !== undefined).toBe(algorithm.valueHead);
    expect(algorithm.pairs !== undefined).toBe(objective.kind === "preference");
  });

  test("its loss over a batch is finite, and its advantages are one a token", () => {
    const { objective, advantage, pairs } = make();
    const trajectories = randomTrajectories(1, { values: true });
    const rows = advantage.estimate(trajectories, {});
    expect(rows.map((row) => row.length)).toEqual(trajectories.map(({ tokens }) => tokens.length));
    if (pairs) expect(pairs(trajectories).length).toBeGreaterThan(0);
    const loss = tf.tidy(() => objective.loss(inputsOf(randomBatch(1))).dataSync()[0]!);
    expect(Number.isFinite(loss)).toBe(true);
  });

  test("refuses options it does not have, and values that make no sense", () => {
    expect(() => make({ alpha: 1 } as AlgorithmOptions)).toThrow(
      new RegExp(`^${name} has no option alpha; it has `),
    );
    const [known] = Object.keys(name === "dpo" ? { beta: 0 } : { entropy: 0 });
    expect(() => make({ [known!]: NaN })).toThrow(`${name}: ${known} must be a finite number, not NaN`);
    expect(() => make({ [known!]: -1 })).toThrow(`${known} must be a number of at least 0, not -1`);
  });
});

test("options reach the parts", () => {
  const made = grpo({ epochs: 3, minibatches: 2, clipLow: 0.1, clipHigh: 0.4, entropy: 0.01, kl: 0.04 });
  expect([made.epochs, made.minibatches]).toEqual([3, 2]);
  expect(made.regularizers.map(({ metric, coefficient }) => [metric, coefficient])).toEqual([
    ["policy/entropy", -0.01],
    ["loss/kl", 0.04],
  ]);
  expect(made.reference).toEqual({});
  const clipped = (options: AlgorithmOptions): number =>
    tf.tidy(
      () =>
        grpo(options).objective.metrics!(inputsOf(randomBatch(2)))["policy/clip_fraction"]!.dataSync()[0]!,
    );
  expect(clipped({ clipLow: 0.01, clipHigh: 0.01 })).toBeGreaterThan(clipped({ clipLow: 0.9, clipHigh: 9 }));
  expect(() => grpo({ epochs: 0 })).toThrow(/grpo: epochs must be a whole number of at least 1, not 0/);
  expect(() => grpo({ minibatches: 1.5 })).toThrow(/minibatches must be a whole number/);
  expect(() => rloo({ gamma: 0.9 })).toThrow(/rloo has no option gamma; it has entropy, kl/);
  expect(() => ppo({ lambda: 2 })).toThrow(/lambda must be from 0 to 1, not 2/);
});

test("one gradient step of GRPO raises the probability of what was better", () => {
  // A policy over three words, and rollouts of one word each, of which only the first pays.
  const { advantage, objective } = grpo();
  const logits = tf.variable(tf.tensor1d([0, 0, 0]));
  const words = [0, 1, 2, 0, 1, 2, 1, 2];
  const trajectories = words.map((word, episode) => ({
    ...randomTrajectories(1, { groups: 1, groupSize: 1 })[0]!,
    episode,
    tokens: Int32Array.of(5, word),
    mask: Uint8Array.of(0, 1),
    turns: [{ start: 1, end: 2, reward: word === 0 ? 1 : 0, action: `${word}`, step: 0 }],
    return: word === 0 ? 1 : 0,
  }));
  const advantages = advantage.estimate(trajectories, {});
  const column = (values: number[]): tf.Tensor2D => tf.tensor2d(values, [words.length, 1]);
  const { grads } = tf.variableGrads(() => {
    const logProbs = tf.matMul(
      tf.cast(tf.oneHot(tf.tensor1d(words, "int32"), 3), "float32") as tf.Tensor2D,
      tf.reshape(tf.logSoftmax(logits), [3, 1]),
    );
    return objective.loss({
      logProbs: logProbs as tf.Tensor2D,
      oldLogProbs: column(words.map(() => Math.log(1 / 3))),
      entropy: column(words.map(() => 0)),
      mask: column(words.map(() => 1)),
      advantages: column(advantages.map((row) => row[1]!)),
      counts: { rows: words.length, tokens: words.length, pairs: 0, maxTokens: 2 },
    });
  });
  const [first, second, third] = grads[logits.name]!.dataSync();
  // 2 of 8 paid: A is ¾/s and −¼/s with s the sample deviation √(3/14); ∂/∂z_k = −1/8 Σ A·([a = k] − ⅓).
  const s = Math.sqrt(3 / 14) + 1e-6;
  expectClose(first!, ((-1 / 8) * (2 * 0.75)) / s);
  expectClose(second!, ((1 / 8) * (3 * 0.25)) / s);
  expectClose(third!, ((1 / 8) * (3 * 0.25)) / s);
});
