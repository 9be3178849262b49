import { describe, expect, test } from "vitest";
import {
  entropyBonus,
  klToReference,
  supervisedMix,
  type KlEstimator,
} from "../../../../src/algorithms/regularizers/index.js";
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
  without,
  type PlainBatch,
} from "../support.js";

const seeds = [31, 32, 33];
const slices = [
  [0, 4],
  [1, 2, 3],
];

function meanOverTokens(batch: PlainBatch, figure: (i: number, t: number) => number): number {
  return rowSums(batch, figure).reduce((a, b) => a + b, 0) / batch.counts.tokens;
}

/** Schulman's estimators with r = π_ref/π. */
const estimators: Record<KlEstimator, (r: number) => number> = {
  k1: (r) => -Math.log(r),
  k2: (r) => Math.log(r) ** 2 / 2,
  k3: (r) => r - 1 - Math.log(r),
};

describe.each(["k1", "k2", "k3"] as const)("KL %s", (estimator) => {
  const kl = klToReference({ coefficient: 0.1, estimator });

  test.each(seeds)("value and gradient, batch %i", (seed) => {
    expectFormula(kl.loss, randomBatch(seed), (b) =>
      meanOverTokens(b, (i, t) =>
        estimators[estimator](Math.exp(b.referenceLogProbs[i]![t]! - b.logProbs[i]![t]!)),
      ),
    );
  });

  test("by sequence", () => {
    const batch = randomBatch(34);
    expectFormula(klToReference({ coefficient: 1, estimator, aggregation: "sequence" }).loss, batch, (b) => {
      const lengths = rowLengths(b);
      const sums = rowSums(b, (i, t) =>
        estimators[estimator](Math.exp(b.referenceLogProbs[i]![t]! - b.logProbs[i]![t]!)),
      );
      return sums.reduce((total, sum, i) => total + sum / lengths[i]!, 0) / b.counts.rows;
    });
    expectAdditive(kl.loss, batch, slices);
  });

  /**
   * The exact expectation over one categorical token: π = softmax(z), every token sampled with its probability. The
   * value and the gradient with respect to z are what the docstring promises.
   */
  test("expected value and gradient on fresh rollouts", () => {
    const z = [0.3, -0.5, 1.1];
    const reference = [0.2, 0.5, 0.3];
    const softmax = (logits: number[]): number[] => {
      const total = logits.reduce((sum, x) => sum + Math.exp(x), 0);
      return logits.map((x) => Math.exp(x) / total);
    };
    const pi = softmax(z);
    const forward = (logits: number[]): number =>
      softmax(logits).reduce((sum, p, a) => sum + p * Math.log(p / reference[a]!), 0);
    const reverse = (logits: number[]): number =>
      softmax(logits).reduce((sum, p, a) => sum + reference[a]! * Math.log(reference[a]! / p), 0);
    const slope = (f: (logits: number[]) => number, a: number): number => {
      const at = (h: number): number => f(z.map((x, k) => (k === a ? x + h : x)));
      return (at(1e-6) - at(-1e-6)) / 2e-6;
    };

    // One row for each token, and its derivative by log π(token).
    const batch = randomBatch(35, 3, 1);
    batch.mask = [[1], [1], [1]];
    batch.counts = { ...batch.counts, rows: 3, tokens: 1 };
    batch.logProbs = pi.map((p) => [Math.log(p)]);
    batch.referenceLogProbs = reference.map((p) => [Math.log(p)]);
    const { gradients } = lossAndGradients(kl.loss, inputsOf(batch), ["logProbs"]);
    const expected = z.map((_, k) =>
      // ∂ log π(a)/∂ z_k = [a = k] − π_k
      pi.reduce((sum, p, a) => sum + p * gradients[0]![a]![0]! * ((a === k ? 1 : 0) - pi[k]!), 0),
    );
    const promised = {
      k1: () => 0,
      k2: (k: number) => slope(forward, k),
      k3: (k: number) => slope(reverse, k),
    };
    for (const [k, value] of expected.entries()) expectClose(value, promised[estimator](k), 1e-5);

    const value = pi.reduce((sum, p, a) => sum + p * estimators[estimator](reference[a]! / p), 0);
    if (estimator !== "k2") expectClose(value, forward(z), 1e-9);
  });
});

describe.each(["token", "sequence", "constant"] as const)("in closed form, by %s", (aggregation) => {
  const parts = [
    entropyBonus(0.02, { aggregation }),
    supervisedMix(0.3, { aggregation }),
    ...(["k1", "k2", "k3"] as const).map((estimator) =>
      klToReference({ coefficient: 0.1, estimator, aggregation }),
    ),
  ];
  test.each(parts)("$name", (part) => {
    for (let seed = 40; seed < 60; seed++) {
      const batch = randomBatch(seed);
      // A context without a written token, and one far from the reference.
      batch.mask[2] = batch.mask[2]!.map(() => 0);
      batch.referenceLogProbs[3] = batch.referenceLogProbs[3]!.map((value, t) => value - [0, 4, 12][t % 3]!);
      expectSameInClosedForm(part, batch);
    }
  });
});

describe("adaptive coefficient", () => {
  test("follows Ziegler et al.'s controller", () => {
    const { adapt } = klToReference({ coefficient: 0.2, adaptive: { target: 0.05, rate: 0.1 } });
    expectClose(adapt!(0.2, 0.05), 0.2, 1e-12);
    expectClose(adapt!(0.2, 0.055), 0.2 * 1.01, 1e-12);
    expectClose(adapt!(0.2, 0.5), 0.2 * 1.02, 1e-12);
    expectClose(adapt!(0.2, 0), 0.2 * 0.98, 1e-12);
  });

  test("a fixed one has no adapt", () => {
    expect("adapt" in klToReference({ coefficient: 0.2 })).toBe(false);
  });

  test.each([
    [{ coefficient: -1 }, /kl must be a number of at least 0, not -1/],
    [{ coefficient: 1, adaptive: { target: 0 } }, /adaptive.target must be above 0, not 0/],
    [{ coefficient: 1, adaptive: { target: 1, rate: -1 } }, /adaptive.rate must be above 0, not -1/],
  ])("refuses %o", (options, message) => {
    expect(() => klToReference(options)).toThrow(message);
  });

  const no = new Float32Array();
  const none = { logProbs: no, entropy: no, mask: no, oldLogProbs: no, advantages: no };
  test("says that a reference is missing", () => {
    const inputs = without(inputsOf(randomBatch(36)), "referenceLogProbs");
    const { loss, closedForm } = klToReference({ coefficient: 1 });
    expect(() => loss(inputs)).toThrow(/give the algorithm a reference/);
    const numbers = { ...none, columns: 0, counts: inputs.counts };
    expect(() => closedForm!(numbers)).toThrow(/give the algorithm a reference/);
  });
});

describe("entropy bonus", () => {
  test.each(seeds)("mean entropy of written tokens, batch %i", (seed) => {
    const batch = randomBatch(seed);
    const bonus = entropyBonus(0.02);
    expect(bonus.coefficient).toBe(-0.02);
    expectFormula(bonus.loss, batch, (b) => meanOverTokens(b, (i, t) => b.entropy[i]![t]!), ["entropy"]);
    expectAdditive(bonus.loss, batch, slices, ["entropy"]);
  });

  test("refuses a negative coefficient", () => {
    expect(() => entropyBonus(-1)).toThrow(/entropy must be a number of at least 0, not -1/);
  });
});

describe("supervised mix", () => {
  test.each(seeds)("likelihood of better tokens only, batch %i", (seed) => {
    const batch = randomBatch(seed);
    const mix = supervisedMix(0.3);
    expectFormula(mix.loss, batch, (b) =>
      meanOverTokens(b, (i, t) => (b.advantages[i]![t]! > 0 ? -b.logProbs[i]![t]! : 0)),
    );
    expectAdditive(mix.loss, batch, slices);
  });
});
