import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import type { LossInputs } from "../../../../../src/algorithms/algorithm.js";
import { imitationMix } from "../../../../../src/algorithms/catalogue/parts/imitation-mix.js";
import {
  easyLengthPairs,
  lcpoLoss,
} from "../../../../../src/algorithms/catalogue/parts/length-preference.js";
import { positiveExamples } from "../../../../../src/algorithms/catalogue/parts/positive-examples.js";
import { shapedMixture } from "../../../../../src/algorithms/catalogue/parts/shaped-mixture.js";
import { clippedRatio } from "../../../../../src/algorithms/objectives/clipped-ratio.js";
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
  total,
  trajectory,
  type PlainBatch,
} from "../../support.js";

const seeds = [1, 2, 3];
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe("lcpoLoss", () => {
  function formula(batch: PlainBatch): number {
    const lengths = rowLengths(batch);
    const odds = rowSums(batch, (i, t) => batch.logProbs[i]![t]!)
      .map((logProb, i) => Math.exp(logProb / lengths[i]!))
      .map((p) => Math.log(p / (1 - p)));
    const losses = batch.pairs.chosen.map((chosen, p) =>
      Math.log(1 + Math.exp(odds[batch.pairs.rejected[p]!]! - odds[chosen]!)),
    );
    return sum(losses) / batch.counts.pairs;
  }

  it.each(seeds)("is the formula, value and gradient (seed %d)", (seed) => {
    expectFormula((inputs) => lcpoLoss().loss(inputs), randomBatch(seed), formula);
  });

  it("adds up over slices", () => {
    expectAdditive((inputs) => lcpoLoss().loss(inputs), randomBatch(4), [[0, 1], [2, 3], [4]]);
  });

  it("is finite where every token is certain", () => {
    const batch = randomBatch(5);
    const certain = { ...batch, logProbs: batch.logProbs.map((row) => row.map(() => 0)) };
    const { loss } = lossAndGradients((inputs) => lcpoLoss().loss(inputs), inputsOf(certain), ["logProbs"]);
    expectClose(loss, Math.log(2));
  });
});

describe("easyLengthPairs", () => {
  const rollout = (episode: number, group: number, tokens: number, success: boolean) =>
    trajectory({ episode, group, success, turns: [{ tokens, reward: success ? 1 : 0 }] });

  it("pairs the shortest with the longest of groups that were always solved", () => {
    const rows = [
      rollout(0, 0, 4, true),
      rollout(1, 0, 2, true),
      rollout(2, 0, 7, true),
      rollout(3, 1, 2, true),
      rollout(4, 1, 5, true),
      rollout(5, 1, 3, false),
      rollout(6, 2, 3, true),
      rollout(7, 2, 3, true),
    ];
    expect(easyLengthPairs()(rows)).toEqual([{ chosen: 1, rejected: 2 }]);
  });
});

describe("positiveExamples", () => {
  it.each(seeds)("is the likelihood of tokens with a positive return (seed %d)", (seed) => {
    const formula = (batch: PlainBatch): number =>
      -sum(rowSums(batch, (i, t) => (batch.returns[i]![t]! > 0 ? batch.logProbs[i]![t]! : 0))) /
      batch.counts.tokens;
    expectFormula((inputs) => positiveExamples(0.1).loss(inputs), randomBatch(seed), formula);
    expectSameInClosedForm(positiveExamples(0.1), randomBatch(seed));
  });

  it("says what it lacks", () => {
    const { returns, ...inputs } = inputsOf(randomBatch(1));
    expect(returns).toBeDefined();
    expect(() => positiveExamples(0.1).loss(inputs)).toThrow(/value head/);
  });
});

/** Rows 1 and 4 of the random batches are demonstrations: their sampling log-probabilities are 0. */
const demonstrations = [0, 1, 0, 0, 1];

function mixedBatch(seed: number): PlainBatch {
  const batch = randomBatch(seed);
  return {
    ...batch,
    oldLogProbs: batch.oldLogProbs.map((row, i) => (demonstrations[i] ? row.map(() => 0) : row)),
    counts: { ...batch.counts, demonstratedTokens: total(batch.mask.filter((_, i) => demonstrations[i])) },
  };
}

function mixed(inputs: LossInputs, rows: readonly number[] = demonstrations.map((_, i) => i)): LossInputs {
  return { ...inputs, demonstrated: tf.tensor2d(rows.map((i) => [demonstrations[i]!])) };
}

/** −min(ρ·A, clip(ρ)·A) of one token. */
function surrogate(batch: PlainBatch, i: number, t: number): number {
  const ratio = Math.exp(batch.logProbs[i]![t]! - batch.oldLogProbs[i]![t]!);
  const advantage = batch.advantages[i]![t]!;
  return -Math.min(ratio * advantage, Math.min(1.3, Math.max(0.8, ratio)) * advantage);
}

const clips = { clipLow: 0.2, clipHigh: 0.3 };

describe("shapedMixture", () => {
  const objective = shapedMixture({ ...clips, shaping: 0.1 });

  it.each(seeds)("clips own rollouts and shapes demonstrations (seed %d)", (seed) => {
    const formula = (batch: PlainBatch): number =>
      sum(
        rowSums(batch, (i, t) => {
          const p = Math.exp(batch.logProbs[i]![t]!);
          return demonstrations[i] ? -(p / (p + 0.1)) * batch.advantages[i]![t]! : surrogate(batch, i, t);
        }),
      ) / batch.counts.tokens;
    expectFormula((inputs) => objective.loss(mixed(inputs)), mixedBatch(seed), formula);
  });

  it("is the clipped ratio in a batch without demonstrations", () => {
    const inputs = inputsOf(randomBatch(7));
    expect(objective.loss(inputs).dataSync()).toEqual(clippedRatio(clips).loss(inputs).dataSync());
  });
});

describe("imitationMix", () => {
  const objective = imitationMix({ ...clips, imitation: 0.25 });

  it.each(seeds)("mixes the clipped ratio and weighted imitation (seed %d)", (seed) => {
    const formula = (batch: PlainBatch, frozen: PlainBatch): number => {
      const shown = batch.counts.demonstratedTokens!;
      const own = sum(rowSums(batch, (i, t) => (demonstrations[i] ? 0 : surrogate(batch, i, t))));
      const imitated = sum(
        rowSums(batch, (i, t) => {
          const p = Math.exp(frozen.logProbs[i]![t]!);
          return demonstrations[i] ? -p * (1 - p) * batch.logProbs[i]![t]! : 0;
        }),
      );
      return (0.75 * own) / (batch.counts.tokens - shown) + (0.25 * imitated) / shown;
    };
    expectFormula((inputs) => objective.loss(mixed(inputs)), mixedBatch(seed), formula);
  });

  it.each([
    ["imitation mix", objective],
    ["shaped mixture", shapedMixture(clips)],
  ])("%s adds up over slices", (_, chosen) => {
    const batch = mixedBatch(6);
    const lossOf = (rows: number[]): number => chosen.loss(mixed(inputsOf(batch, rows), rows)).dataSync()[0]!;
    expectClose(lossOf([0, 3]) + lossOf([1, 2]) + lossOf([4]), lossOf([0, 1, 2, 3, 4]));
  });

  it("reports the clipped share of own rollouts' tokens only", () => {
    const batch = mixedBatch(6);
    const outside = rowSums(batch, (i, t) => {
      const ratio = Math.exp(batch.logProbs[i]![t]! - batch.oldLogProbs[i]![t]!);
      const advantage = batch.advantages[i]![t]!;
      return (advantage > 0 && ratio > 1.3) || (advantage < 0 && ratio < 0.8) ? 1 : 0;
    });
    const own = sum(outside.filter((_, i) => !demonstrations[i]));
    expect(own).toBeGreaterThan(0);
    const fraction = objective.metrics!(mixed(inputsOf(batch)))["policy/clip_fraction"]!;
    expectClose(fraction.dataSync()[0]!, own / (batch.counts.tokens - batch.counts.demonstratedTokens!));
  });

  it("refuses a share of imitation outside [0, 1]", () => {
    expect(() => imitationMix({ imitation: 1.5 })).toThrow(/imitation/);
  });
});
