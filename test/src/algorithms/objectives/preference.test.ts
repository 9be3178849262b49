import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import type { Objective } from "../../../../src/algorithms/algorithm.js";
import {
  betaDpoLoss,
  dpoLoss,
  ipoLoss,
  ktoLoss,
  orpoLoss,
  simpoLoss,
} from "../../../../src/algorithms/objectives/index.js";
import {
  expectAdditive,
  expectClose,
  expectFormula,
  inputsOf,
  lossAndGradients,
  randomBatch,
  rowLengths,
  rowSums,
  without,
  type PlainBatch,
} from "../support.js";

const seeds = [11, 12, 13, 14];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** Σ log(π/π_ref) of each row. */
const logRatios = (b: PlainBatch): number[] =>
  rowSums(b, (i, t) => b.logProbs[i]![t]! - b.referenceLogProbs[i]![t]!);

/** Mean log-probability of each row. */
function meanLogProbs(b: PlainBatch): number[] {
  const lengths = rowLengths(b);
  return rowSums(b, (i, t) => b.logProbs[i]![t]!).map((sum, i) => sum / lengths[i]!);
}

function meanOverPairs(b: PlainBatch, loss: (chosen: number, rejected: number) => number): number {
  const losses = b.pairs.chosen.map((chosen, p) => loss(chosen, b.pairs.rejected[p]!));
  return losses.reduce((sum, value) => sum + value, 0) / losses.length;
}

interface Case {
  objective: Objective;
  formula: (b: PlainBatch, frozen: PlainBatch) => number;
  score: (b: PlainBatch) => number[];
}

const margin = (b: PlainBatch, c: number, r: number): number => logRatios(b)[c]! - logRatios(b)[r]!;

const cases: Record<string, Case> = {
  dpo: {
    objective: dpoLoss({ beta: 0.7 }),
    formula: (b) => meanOverPairs(b, (c, r) => -Math.log(sigmoid(0.7 * margin(b, c, r)))),
    score: logRatios,
  },
  ipo: {
    objective: ipoLoss({ beta: 0.4 }),
    formula: (b) => meanOverPairs(b, (c, r) => (margin(b, c, r) - 1 / 0.8) ** 2),
    score: logRatios,
  },
  "beta-dpo": {
    objective: betaDpoLoss({ beta: 0.5, alpha: 0.8, margin: 0.1 }),
    formula: (b, frozen) =>
      meanOverPairs(b, (c, r) => {
        const beta = Math.max(1e-3, 0.5 * (1 + 0.8 * (0.5 * margin(frozen, c, r) - 0.1)));
        return -Math.log(sigmoid(beta * margin(b, c, r)));
      }),
    score: logRatios,
  },
  simpo: {
    objective: simpoLoss({ beta: 2, margin: 0.6 }),
    formula: (b) => {
      const means = meanLogProbs(b);
      return meanOverPairs(b, (c, r) => -Math.log(sigmoid(2 * means[c]! - 2 * means[r]! - 0.6)));
    },
    score: meanLogProbs,
  },
  orpo: {
    objective: orpoLoss({ lambda: 0.3 }),
    formula: (b) => {
      const p = meanLogProbs(b).map(Math.exp);
      return meanOverPairs(b, (c, r) => {
        const oddsRatio = p[c]! / (1 - p[c]!) / (p[r]! / (1 - p[r]!));
        return -Math.log(p[c]!) - 0.3 * Math.log(sigmoid(Math.log(oddsRatio)));
      });
    },
    score: (b) => meanLogProbs(b).map((x) => Math.log(Math.exp(x) / (1 - Math.exp(x)))),
  },
  kto: {
    objective: ktoLoss({ beta: 0.6, desirable: 1.3, undesirable: 0.7, referencePoint: 0.2 }),
    formula: (b) =>
      meanOverPairs(b, (c, r) => {
        const ratios = logRatios(b);
        const gain = 1.3 * (1 - sigmoid(0.6 * (ratios[c]! - 0.2)));
        const loss = 0.7 * (1 - sigmoid(0.6 * (0.2 - ratios[r]!)));
        return (gain + loss) / 2;
      }),
    score: logRatios,
  },
};

describe.each(Object.entries(cases))("%s", (_, { objective, formula, score }) => {
  test.each(seeds)("value and gradient, batch %i", (seed) => {
    expectFormula(objective.loss, randomBatch(seed), formula);
  });

  test("a context may stand in several pairs", () => {
    const batch = randomBatch(21);
    batch.pairs = { chosen: [4, 4, 1], rejected: [0, 2, 4] };
    batch.counts = { ...batch.counts, pairs: 3 };
    expectFormula(objective.loss, batch, formula);
  });

  test("slices that keep pairs together add up", () => {
    expectAdditive(objective.loss, randomBatch(15), [
      [0, 1],
      [2, 3, 4],
    ]);
    expectAdditive(objective.loss, randomBatch(15), [
      [3, 4, 2],
      [0, 1],
    ]);
  });

  test("accuracy and margin", () => {
    const batch = randomBatch(16);
    const scores = score(batch);
    const metrics = tf.tidy(() =>
      Object.fromEntries(
        Object.entries(objective.metrics!(inputsOf(batch))).map(([name, value]) => [
          name,
          value.dataSync()[0]!,
        ]),
      ),
    );
    const margins = (c: number, r: number): number => scores[c]! - scores[r]!;
    expectClose(
      metrics["policy/preference_accuracy"]!,
      meanOverPairs(batch, (c, r) => (margins(c, r) > 0 ? 1 : 0)),
    );
    expectClose(metrics["policy/preference_margin"]!, meanOverPairs(batch, margins));
  });

  test("without pairs the loss is 0 and so is its gradient", () => {
    const batch = { ...randomBatch(17), pairs: { chosen: [], rejected: [] } };
    batch.counts = { ...batch.counts, pairs: 0 };
    const { loss, gradients } = lossAndGradients(objective.loss, inputsOf(batch), ["logProbs"]);
    expect(Math.abs(loss)).toBe(0);
    expect(gradients[0]!.flat().every((value) => Math.abs(value) === 0)).toBe(true);
    const metrics = objective.metrics!(inputsOf(batch));
    expect(metrics["policy/preference_accuracy"]!.dataSync()[0]).toBe(0);
  });

  test("needs a reference exactly when it says so", () => {
    const inputs = without(inputsOf(randomBatch(18)), "referenceLogProbs");
    if (objective.needsReference)
      expect(() => objective.loss(inputs)).toThrow(/give the algorithm a reference/);
    else expect(Number.isFinite(objective.loss(inputs).dataSync()[0])).toBe(true);
  });
});

test("a shared beginning cancels in DPO's loss and gradient", () => {
  const batch = randomBatch(19);
  for (const name of ["logProbs", "referenceLogProbs", "mask"] as const) {
    batch[name][0] = [...batch[name][2]!.slice(0, 5), ...batch[name][0]!.slice(5)];
  }
  batch.mask[0]![6] = 1;
  batch.pairs = { chosen: [2], rejected: [0] };
  batch.counts = { ...batch.counts, pairs: 1 };
  const shared = lossAndGradients(dpoLoss().loss, inputsOf(batch), ["logProbs"]);
  const masked = { ...batch, mask: batch.mask.map((row) => row.map((bit, t) => (t < 5 ? 0 : bit))) };
  const cut = lossAndGradients(dpoLoss().loss, inputsOf(masked), ["logProbs"]);
  expectClose(shared.loss, cut.loss);
  for (let t = 0; t < 8; t++) {
    expectClose(
      shared.gradients[0]![0]![t]! + shared.gradients[0]![2]![t]!,
      cut.gradients[0]![0]![t]! + cut.gradients[0]![2]![t]!,
    );
  }
});

test("ORPO stays finite where a probability rounds to 1", () => {
  const batch = randomBatch(20);
  batch.logProbs = batch.logProbs.map((row) => row.map(() => 0));
  const { loss, gradients } = lossAndGradients(orpoLoss().loss, inputsOf(batch), ["logProbs"]);
  expect(Number.isFinite(loss)).toBe(true);
  expect(gradients[0]!.flat().every(Number.isFinite)).toBe(true);
});

test.each([
  [() => dpoLoss({ beta: -1 }), /beta must be a number of at least 0, not -1/],
  [() => ipoLoss({ beta: 0 }), /beta must be above 0, not 0/],
  [() => betaDpoLoss({ alpha: NaN }), /alpha/],
  [() => simpoLoss({ margin: -1 }), /margin/],
  [() => orpoLoss({ lambda: Infinity }), /lambda/],
  [() => ktoLoss({ referencePoint: -0.1 }), /referencePoint/],
])("refuses bad options %#", (make, message) => {
  expect(make).toThrow(message);
});
