import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { Objective } from "../../../../src/algorithms/algorithm.js";
import {
  aggregate,
  clippedRatio,
  geometricMeanRatio,
  policyGradient,
  sequenceRatio,
  withValueLoss,
  type Aggregation,
} from "../../../../src/algorithms/objectives/index.js";
import {
  expectAdditive,
  expectClose,
  expectFormula,
  expectSameInClosedForm,
  inputsOf,
  lossAndGradients,
  randomBatch,
  rowLengths,
  rowSums,
  withRowAdvantages,
  without,
  type PlainBatch,
} from "../support.js";

const seeds = [1, 2, 3, 4];
const slices = [[0, 1], [2, 3], [4]];
const aggregations: Aggregation[] = ["sequence", "token", "constant"];
const clamp = (x: number, low: number, high: number): number => Math.min(high, Math.max(low, x));

/** The three ways to average, from their formulas. */
function plainAggregate(
  batch: PlainBatch,
  aggregation: Aggregation,
  figure: (i: number, t: number) => number,
): number {
  const sums = rowSums(batch, figure);
  const lengths = rowLengths(batch);
  const { rows, maxTokens } = batch.counts;
  const add = (values: number[]): number => values.reduce((a, b) => a + b, 0);
  switch (aggregation) {
    case "sequence":
      return add(sums.map((sum, i) => (lengths[i] ? sum / lengths[i] : 0))) / rows;
    case "token":
      return add(sums) / add(lengths);
    case "constant":
      return add(sums) / (rows * maxTokens);
  }
}

const ratio = (b: PlainBatch, i: number, t: number): number =>
  Math.exp(b.logProbs[i]![t]! - b.oldLogProbs[i]![t]!);

function metric(objective: Objective, batch: PlainBatch, name: string): number {
  return tf.tidy(() => objective.metrics!(inputsOf(batch))[name]!.dataSync()[0]!);
}

describe.each(aggregations)("aggregation %s", (aggregation) => {
  test.each(seeds)("policy gradient and its gradient, batch %i", (seed) => {
    expectFormula(policyGradient({ aggregation }).loss, randomBatch(seed), (b) =>
      plainAggregate(b, aggregation, (i, t) => -b.advantages[i]![t]! * b.logProbs[i]![t]!),
    );
  });

  test.each(seeds)("policy gradient in closed form, batch %i", (seed) => {
    expectSameInClosedForm(policyGradient({ aggregation }), randomBatch(seed));
  });

  test.each(seeds)("clipped ratio and its gradient, batch %i", (seed) => {
    const objective = clippedRatio({ clipLow: 0.15, clipHigh: 0.3, aggregation });
    expectFormula(objective.loss, randomBatch(seed), (b) =>
      plainAggregate(b, aggregation, (i, t) => {
        const r = ratio(b, i, t);
        const a = b.advantages[i]![t]!;
        return -Math.min(r * a, clamp(r, 0.85, 1.3) * a);
      }),
    );
  });

  test("a batch is the sum of its slices", () => {
    expectAdditive(policyGradient({ aggregation }).loss, randomBatch(7), slices);
    expectAdditive(clippedRatio({ aggregation }).loss, randomBatch(7), slices);
  });

  test("a context without written tokens and a batch without contexts weigh nothing", () => {
    const batch = randomBatch(8);
    batch.mask[2] = batch.mask[2]!.map(() => 0);
    const { gradients, loss } = lossAndGradients(clippedRatio({ aggregation }).loss, inputsOf(batch), [
      "logProbs",
    ]);
    expect(Number.isFinite(loss)).toBe(true);
    expect(gradients[0]![2]!.every((value) => value === 0)).toBe(true);
    const empty = {
      ...inputsOf(batch),
      ...Object.fromEntries(
        (["logProbs", "oldLogProbs", "advantages", "mask"] as const).map((n) => [n, tf.zeros([0, 8])]),
      ),
      counts: { rows: 0, tokens: 0, pairs: 0, maxTokens: 16 },
    };
    expect(clippedRatio({ aggregation }).loss(empty).dataSync()[0]).toBe(0);
  });
});

describe("clipped ratio", () => {
  test.each(aggregations.flatMap((aggregation) => seeds.map((seed) => ({ aggregation, seed }))))(
    "in closed form it is what tensors come to: $aggregation, batch $seed",
    ({ aggregation, seed }) => {
      const batch = randomBatch(seed);
      // A context without a written token, and ratios far beyond every clip.
      batch.mask[2] = batch.mask[2]!.map(() => 0);
      batch.oldLogProbs[3] = batch.oldLogProbs[3]!.map((value, t) => value - [0, 3, 19, 25][t % 4]!);
      for (const options of [{}, { dualClip: 3 }, { clipLow: 1, clipHigh: 0 }])
        expectSameInClosedForm(clippedRatio({ ...options, aggregation }), batch);
    },
  );

  test.each(seeds)("dual clip, batch %i", (seed) => {
    const batch = randomBatch(seed);
    batch.oldLogProbs = batch.oldLogProbs.map((row) => row.map((value) => Math.fround(3 * value)));
    const objective = clippedRatio({ dualClip: 3 });
    const surrogate = (b: PlainBatch, i: number, t: number): number => {
      const r = ratio(b, i, t);
      const a = b.advantages[i]![t]!;
      const bounded = Math.min(r * a, clamp(r, 0.8, 1.2) * a);
      return a < 0 ? Math.max(bounded, 3 * a) : bounded;
    };
    expect(batch.advantages.flat().some((a, k) => a < 0 && ratio(batch, k >> 3, k % 8) > 3)).toBe(true);
    expectFormula(objective.loss, batch, (b) => plainAggregate(b, "token", (i, t) => -surrogate(b, i, t)));
  });

  test("a token exactly at the clip still learns, one beyond it does not", () => {
    const batch = randomBatch(1, 1, 4);
    batch.mask = [[1, 1, 1, 1]];
    batch.counts = { ...batch.counts, rows: 1, tokens: 4 };
    batch.advantages = [[1, -1, 1, -1]];
    batch.oldLogProbs = [[-1, -1, -1, -1]];
    batch.logProbs = [[-1, -1, -1, -1]];
    // A clip of 0 puts the ratio 1 on both of its ends at once.
    const at = lossAndGradients(clippedRatio({ clipLow: 0, clipHigh: 0 }).loss, inputsOf(batch), [
      "logProbs",
    ]);
    expect(at.gradients[0]![0]).toEqual([-0.25, 0.25, -0.25, 0.25]);
    expect(metric(clippedRatio({ clipLow: 0, clipHigh: 0 }), batch, "policy/clip_fraction")).toBe(0);

    batch.logProbs = [[-0.5, -1.5, -1.5, -0.5]];
    const beyond = lossAndGradients(clippedRatio().loss, inputsOf(batch), ["logProbs"]);
    const [up, down] = [Math.exp(0.5), Math.exp(-0.5)];
    // Moved where the advantage wanted it: gradient 0. Moved the wrong way: the full gradient.
    for (const [t, expected] of [0, 0, -down / 4, up / 4].entries()) {
      expectClose(beyond.gradients[0]![0]![t]!, expected);
    }
    expect(metric(clippedRatio(), batch, "policy/clip_fraction")).toBe(0.5);
  });

  test("at ratio 1 the gradient is that of the policy gradient", () => {
    const batch = randomBatch(5);
    batch.oldLogProbs = batch.logProbs;
    const clipped = lossAndGradients(clippedRatio().loss, inputsOf(batch), ["logProbs"]);
    const plain = lossAndGradients(policyGradient().loss, inputsOf(batch), ["logProbs"]);
    for (const [k, value] of clipped.gradients[0]!.flat().entries()) {
      expectClose(value, plain.gradients[0]!.flat()[k]!, 1e-7);
    }
  });

  test("equal rewards, so advantages of 0, leave no gradient", () => {
    const batch = randomBatch(6);
    batch.advantages = batch.advantages.map((row) => row.map(() => 0));
    for (const objective of [policyGradient(), clippedRatio(), sequenceRatio(), geometricMeanRatio()]) {
      const { gradients, loss } = lossAndGradients(objective.loss, inputsOf(batch), ["logProbs"]);
      expect(Math.abs(loss)).toBe(0);
      expect(gradients[0]!.flat().every((value) => Math.abs(value) === 0)).toBe(true);
    }
  });

  test("padding may hold anything, and a ratio cannot overflow", () => {
    const batch = randomBatch(9);
    batch.logProbs[0]![0] = -Infinity;
    batch.logProbs[1]![0] = 0;
    batch.oldLogProbs[1]![0] = -500;
    batch.advantages[1]![0] = -1;
    const { loss, gradients } = lossAndGradients(clippedRatio().loss, inputsOf(batch), ["logProbs"]);
    expect(Number.isFinite(loss)).toBe(true);
    expect(gradients[0]!.flat().every(Number.isFinite)).toBe(true);
  });

  test.each(seeds)("metrics of batch %i", (seed) => {
    const batch = randomBatch(seed);
    const clipped = (i: number, t: number): number => {
      const a = batch.advantages[i]![t]!;
      const r = ratio(batch, i, t);
      return (a > 0 && r > 1.2) || (a < 0 && r < 0.8) ? 1 : 0;
    };
    // A context without an advantage is neither clipped nor counted as moved.
    batch.advantages[3] = batch.advantages[3]!.map(() => 0);
    const share = plainAggregate(batch, "token", clipped);
    expect(share).toBeGreaterThan(0);
    expectClose(metric(clippedRatio(), batch, "policy/clip_fraction"), share);
    expectClose(
      metric(clippedRatio(), batch, "policy/ratio_change"),
      plainAggregate(batch, "token", (i, t) => (i === 3 ? 0 : Math.abs(ratio(batch, i, t) - 1))),
    );
  });

  test.each([
    [{ clipLow: -0.1 }, /clipLow must be a number of at least 0, not -0.1/],
    [{ clipLow: 1.5 }, /clipLow must be at most 1, not 1.5/],
    [{ clipHigh: NaN }, /clipHigh must be a number of at least 0, not NaN/],
    [{ clipHigh: Infinity }, /clipHigh must be a number of at least 0, not Infinity/],
    [{ dualClip: 1 }, /dualClip must be a number above 1, not 1/],
  ])("refuses %o", (options, message) => {
    expect(() => clippedRatio(options)).toThrow(message);
  });
});

describe("sequence ratio (GSPO)", () => {
  const sequenceRatios = (b: PlainBatch): number[] => {
    const lengths = rowLengths(b);
    return rowSums(b, (i, t) => b.logProbs[i]![t]! - b.oldLogProbs[i]![t]!).map((sum, i) =>
      Math.exp(sum / lengths[i]!),
    );
  };

  test.each(seeds)("one advantage a row: the paper's formula and its gradient, batch %i", (seed) => {
    const batch = withRowAdvantages(randomBatch(seed), seed);
    expectFormula(sequenceRatio({ clipLow: 0.1, clipHigh: 0.2 }).loss, batch, (b) => {
      const terms = sequenceRatios(b).map((s, i) => {
        const a = b.advantages[i]![0]!;
        return -Math.min(s * a, clamp(s, 0.9, 1.2) * a);
      });
      return terms.reduce((x, y) => x + y, 0) / terms.length;
    });
  });

  test.each(seeds)("advantages by turn: GSPO-token and its gradient, batch %i", (seed) => {
    expectFormula(sequenceRatio({ clipLow: 0.1, clipHigh: 0.2 }).loss, randomBatch(seed), (b, frozen) => {
      const s = sequenceRatios(frozen);
      return plainAggregate(b, "sequence", (i, t) => {
        const a = b.advantages[i]![t]!;
        const r = s[i]! * Math.exp(b.logProbs[i]![t]! - frozen.logProbs[i]![t]!);
        return -Math.min(r * a, clamp(r, 0.9, 1.2) * a);
      });
    });
  });

  test("slices, and metrics by token", () => {
    const batch = withRowAdvantages(randomBatch(3), 3);
    const objective = sequenceRatio({ clipLow: 0.05, clipHigh: 0.05 });
    expectAdditive(objective.loss, batch, slices);
    const s = sequenceRatios(batch);
    expectClose(
      metric(objective, batch, "policy/ratio_change"),
      plainAggregate(batch, "token", (i) => Math.abs(s[i]! - 1)),
    );
    expectClose(
      metric(objective, batch, "policy/clip_fraction"),
      plainAggregate(batch, "token", (i) => {
        const a = batch.advantages[i]![0]!;
        return (a > 0 && s[i]! > 1.05) || (a < 0 && s[i]! < 0.95) ? 1 : 0;
      }),
    );
  });
});

describe("geometric mean ratio (GMPO)", () => {
  const plain = (b: PlainBatch): number => {
    const lengths = rowLengths(b);
    const means = rowSums(b, (i, t) => b.advantages[i]![t]!).map((sum, i) => sum / lengths[i]!);
    const logs = rowSums(b, (i, t) => {
      const x = b.logProbs[i]![t]! - b.oldLogProbs[i]![t]!;
      return means[i]! >= 0 ? Math.min(x, 0.25) : Math.max(x, -0.15);
    });
    const terms = logs.map((sum, i) => -means[i]! * Math.exp(sum / lengths[i]!));
    return terms.reduce((x, y) => x + y, 0) / terms.length;
  };
  const objective = geometricMeanRatio({ clipLow: 0.15, clipHigh: 0.25 });

  test.each(seeds)("formula and gradient, one advantage a row, batch %i", (seed) => {
    expectFormula(objective.loss, withRowAdvantages(randomBatch(seed), seed), plain);
  });

  test.each(seeds)("formula and gradient, advantages by turn, batch %i", (seed) => {
    expectFormula(objective.loss, randomBatch(seed), plain);
  });

  test("slices, and the share of clipped tokens", () => {
    const batch = withRowAdvantages(randomBatch(2), 2);
    expectAdditive(objective.loss, batch, slices);
    expectClose(
      metric(objective, batch, "policy/clip_fraction"),
      plainAggregate(batch, "token", (i, t) => {
        const x = Math.log(ratio(batch, i, t));
        return batch.advantages[i]![0]! >= 0 ? (x > 0.25 ? 1 : 0) : x < -0.15 ? 1 : 0;
      }),
    );
  });

  test("refuses negative clips", () => {
    expect(() => geometricMeanRatio({ clipLow: -1 })).toThrow(/clipLow/);
    expect(() => sequenceRatio({ clipHigh: -1 })).toThrow(/clipHigh/);
  });
});

describe("value loss", () => {
  test.each(seeds)("in closed form, batch %i", (seed) => {
    const batch = randomBatch(seed);
    expectSameInClosedForm(withValueLoss(clippedRatio(), { clip: 0.2 }), batch);
    expectSameInClosedForm(withValueLoss(policyGradient(), { coefficient: 0.7 }), batch);
    expect(withValueLoss(sequenceRatio()).closedForm).toBeUndefined();
  });

  test.each(seeds)("unclipped: formula and gradients, batch %i", (seed) => {
    expectFormula(
      withValueLoss(policyGradient(), { coefficient: 0.7 }).loss,
      randomBatch(seed),
      (b) =>
        plainAggregate(b, "token", (i, t) => {
          const error = b.values[i]![t]! - b.returns[i]![t]!;
          return -b.advantages[i]![t]! * b.logProbs[i]![t]! + 0.7 * 0.5 * error ** 2;
        }),
      ["logProbs", "values"],
    );
  });

  test.each(seeds)("clipped as in PPO: formula, gradient and metric, batch %i", (seed) => {
    const batch = randomBatch(seed);
    const objective = withValueLoss(clippedRatio(), { clip: 0.2, coefficient: 1 });
    const value = (b: PlainBatch): number =>
      plainAggregate(b, "token", (i, t) => {
        const [v, old, target] = [b.values[i]![t]!, b.oldValues[i]![t]!, b.returns[i]![t]!];
        const near = old + clamp(v - old, -0.2, 0.2);
        return 0.5 * Math.max((v - target) ** 2, (near - target) ** 2);
      });
    const policy = (b: PlainBatch): number =>
      plainAggregate(b, "token", (i, t) => {
        const [r, a] = [ratio(b, i, t), b.advantages[i]![t]!];
        return -Math.min(r * a, clamp(r, 0.8, 1.2) * a);
      });
    expectFormula(objective.loss, batch, (b) => policy(b) + value(b), ["logProbs", "values"]);
    expectClose(metric(objective, batch, "loss/value"), value(batch));
    expect(metric(objective, batch, "policy/clip_fraction")).toBeGreaterThan(0);
    expectAdditive(objective.loss, batch, slices, ["logProbs", "values"]);
  });

  test("says what is missing", () => {
    const inputs = without(inputsOf(randomBatch(1)), "values");
    expect(() => withValueLoss(clippedRatio()).loss(inputs)).toThrow(/policy with a value head/);
    expect(() => withValueLoss(clippedRatio(), { clip: -1 })).toThrow(/clip/);
  });
});

test("a loss leaves nothing behind but itself", () => {
  const inputs = inputsOf(randomBatch(1));
  const before = tf.memory().numTensors;
  for (const aggregation of aggregations) {
    tf.dispose(tf.tidy(() => aggregate(inputs.advantages, inputs.mask, inputs.counts, aggregation)));
    tf.dispose(tf.tidy(() => clippedRatio({ aggregation }).loss(inputs)));
  }
  expect(tf.memory().numTensors).toBe(before);
});
