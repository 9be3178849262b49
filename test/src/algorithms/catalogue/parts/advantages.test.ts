import { describe, expect, it } from "vitest";
import { gae } from "../../../../../src/algorithms/advantages/gae.js";
import { groupRelative } from "../../../../../src/algorithms/advantages/group-relative.js";
import { monteCarlo } from "../../../../../src/algorithms/advantages/monte-carlo.js";
import type { AdvantageEstimator } from "../../../../../src/algorithms/algorithm.js";
import { earlyToolCalls } from "../../../../../src/algorithms/catalogue/parts/early-tool-calls.js";
import { entropyScaled } from "../../../../../src/algorithms/catalogue/parts/entropy-scaled.js";
import { keyTokens } from "../../../../../src/algorithms/catalogue/parts/key-tokens.js";
import { lengthAdaptiveGae } from "../../../../../src/algorithms/catalogue/parts/length-adaptive-gae.js";
import { ownRollouts } from "../../../../../src/algorithms/catalogue/parts/own-rollouts.js";
import { passAtK } from "../../../../../src/algorithms/catalogue/parts/pass-at-k.js";
import { processReward } from "../../../../../src/algorithms/catalogue/parts/process-reward.js";
import { treeAdvantage } from "../../../../../src/algorithms/catalogue/parts/tree-advantage.js";
import type { Trajectory } from "../../../../../src/rollout/trajectory.js";
import { expectClose, randomTrajectories, trajectory } from "../../support.js";

/** The advantage of each row's first written token. */
function firsts(estimator: AdvantageEstimator, trajectories: readonly Trajectory[]): number[] {
  const advantages = estimator.estimate(trajectories, {});
  return trajectories.map(({ mask }, row) => advantages[row]![mask.indexOf(1)]!);
}

/** One turn of three tokens for each outcome. */
function group(outcomes: readonly boolean[]): Trajectory[] {
  return outcomes.map((success, episode) =>
    trajectory({ episode, success, turns: [{ tokens: 3, reward: success ? 1 : 0 }] }),
  );
}

/** The same with other tokens: the written ones of each row. */
function written(rows: readonly { success: boolean; tokens: number[] }[]): Trajectory[] {
  return rows.map(({ success, tokens }, episode) => {
    const made = trajectory({
      episode,
      success,
      turns: [{ tokens: tokens.length, reward: success ? 1 : 0 }],
    });
    return { ...made, tokens: Int32Array.from([1, 9, ...tokens]) };
  });
}

describe("lengthAdaptiveGae", () => {
  it("is GAE with λ = 1 − 1/(αl) for each episode, and value targets with λ = 1", () => {
    const trajectories = randomTrajectories(3, { values: true });
    const estimator = lengthAdaptiveGae({ gamma: 0.9, alpha: 0.6 });
    const advantages = estimator.estimate(trajectories, {});
    for (const [row, one] of trajectories.entries()) {
      const length = one.mask.reduce((sum, bit) => sum + bit, 0);
      const lambda = Math.max(0, 1 - 1 / (0.6 * length));
      const expected = gae({ gamma: 0.9, lambda }).estimate([one], {})[0]!;
      expect(advantages[row]).toEqual(expected);
    }
    expect(estimator.returns!(trajectories)).toEqual(gae({ gamma: 0.9, lambda: 1 }).returns!(trajectories));
  });

  it("refuses an α that is not positive", () => {
    expect(() => lengthAdaptiveGae({ alpha: 0 })).toThrow(/alpha/);
  });
});

describe("passAtK", () => {
  /** All ways to choose k of n, as lists of indices. */
  function choices(n: number, k: number): number[][] {
    if (k === 0) return [[]];
    return Array.from({ length: n }, (_, last) => last).flatMap((last) =>
      choices(last, k - 1).map((chosen) => [...chosen, last]),
    );
  }

  it.each([
    [[true, false, false, false, false, false], 3],
    [[true, true, false, false, false], 2],
    [[true, false, true, false], 1],
    [[true, false, false], 4],
    [[true, true, true, false], 2],
  ] as const)("is the mean advantage over all subsets a rollout is in: %j, k = %d", (outcomes, k) => {
    const n = outcomes.length;
    const subsets = choices(n, Math.min(k, n));
    const rewards = subsets.map((subset) => (subset.some((i) => outcomes[i]) ? 1 : 0));
    const mean = rewards.reduce<number>((sum, reward) => sum + reward, 0) / rewards.length;
    const std = Math.sqrt(mean * (1 - mean));
    const actual = firsts(passAtK({ k }), group(outcomes));
    for (const i of outcomes.keys()) {
      const own = rewards.filter((_, s) => subsets[s]!.includes(i));
      const average = own.reduce<number>((sum, reward) => sum + reward, 0) / own.length;
      expectClose(actual[i]!, (average - mean) / (std + 1e-6), 1e-4);
    }
  });

  it.each([[[true, true, true]], [[false, false, false]]])("is 0 where all agree: %j", (outcomes) => {
    for (const value of firsts(passAtK({ k: 2 }), group(outcomes))) expectClose(value, 0);
  });

  it("refuses a k that is not a whole number", () => {
    expect(() => passAtK({ k: 1.5 })).toThrow(/k must be a whole number/);
  });
});

describe("earlyToolCalls", () => {
  const call = 3;
  const rows = written([
    { success: true, tokens: [5, call, 5, 5] },
    { success: true, tokens: [5, 5, 5, call, 5, 5] },
    { success: true, tokens: [5, 5] },
    { success: false, tokens: [call, 5] },
  ]);

  it("adds the clipped bias of equation 2 to right rollouts that called a tool", () => {
    const base = firsts(groupRelative(), rows);
    const shaped = firsts(earlyToolCalls(groupRelative(), { delta: -2, k: 0.7 }), rows);
    const [meanP, meanL] = [(1 + 3) / 2, (4 + 6) / 2];
    for (const [i, p] of [1, 3].entries()) {
      const bound = 0.7 * base[i]!;
      const bias = Math.min(bound, Math.max(-bound, (-2 * (p - meanP)) / meanL));
      expectClose(shaped[i]!, base[i]! + bias);
    }
    expect(shaped.slice(2)).toEqual(base.slice(2));
    expect(shaped[0]!).toBeGreaterThan(shaped[1]!);
  });

  it("never turns an advantage's sign, however large δ", () => {
    const base = firsts(groupRelative(), rows);
    const shaped = firsts(earlyToolCalls(groupRelative(), { delta: -1000, k: 0.7 }), rows);
    expectClose(shaped[0]!, 1.7 * base[0]!);
    expectClose(shaped[1]!, 0.3 * base[1]!);
  });

  it("leaves groups without a call alone", () => {
    const plain = group([true, false, true]);
    expect(firsts(earlyToolCalls(groupRelative()), plain)).toEqual(firsts(groupRelative(), plain));
  });
});

describe("entropyScaled", () => {
  it("multiplies by the batch's mean −log π over the rollout's, within a factor of ten", () => {
    const surprises = [0.2, 0.8, 0.001, 0.6];
    const rows = surprises.map((logProb, episode) =>
      trajectory({ episode, turns: [{ tokens: 2, reward: episode % 2, logProb: -logProb }] }),
    );
    const base = firsts(groupRelative(), rows);
    const mean = surprises.reduce((sum, value) => sum + value, 0) / surprises.length;
    const actual = firsts(entropyScaled(groupRelative()), rows);
    for (const [i, surprise] of surprises.entries()) {
      expectClose(actual[i]!, (base[i]! * 1) / Math.min(10, Math.max(0.1, surprise / mean)));
    }
  });

  it("takes the entropies where trajectories carry them", () => {
    const rows = [0.3, 0.9].map((entropy, episode) => {
      const row = trajectory({ episode, turns: [{ tokens: 2, reward: episode }] });
      return { ...row, entropies: Float32Array.from(row.mask, (bit) => (bit ? entropy : 7)) };
    });
    const base = firsts(groupRelative(), rows);
    const actual = firsts(entropyScaled(groupRelative()), rows);
    expectClose(actual[0]!, base[0]! * (0.6 / 0.3));
    expectClose(actual[1]!, base[1]! * (0.6 / 0.9));
  });

  it("leaves a policy without any doubt alone", () => {
    const rows = [0, 1].map((reward, episode) =>
      trajectory({ episode, turns: [{ tokens: 2, reward, logProb: 0 }] }),
    );
    expect(firsts(entropyScaled(groupRelative()), rows)).toEqual(firsts(groupRelative(), rows));
  });
});

describe("keyTokens", () => {
  // Token 20 is in all right rollouts and no wrong one, 21 the reverse, 22 in all of them.
  const rows = written([
    { success: true, tokens: [20, 22] },
    { success: true, tokens: [20, 22] },
    { success: false, tokens: [21, 22] },
    { success: false, tokens: [21, 22, 23] },
  ]);

  it("adds the association of each token with being right", () => {
    const base = groupRelative().estimate(rows, {});
    const actual = keyTokens(groupRelative(), { weight: 0.5 }).estimate(rows, {});
    const added = (row: number, t: number): number => actual[row]![t]! - base[row]![t]!;
    // a = 2, b = 0, c = 0, d = 2: p = 2!2!2!2!/(2!0!0!2!4!) = 1/6, one bit of information, D = 1.
    expectClose(added(0, 2), 0.5 * ((1 - 1 / 6 + 1) / 2));
    expectClose(added(2, 2), -0.5 * ((1 - 1 / 6 + 1) / 2));
    expectClose(added(0, 3), 0);
    // a = 0, b = 1, c = 2, d = 1: p = 1!3!2!2!/(0!1!2!1!4!) = ½; H(right) − ¾·H(⅔), D = −½.
    const remaining = 0.75 * (-(2 / 3) * Math.log2(2 / 3) - (1 / 3) * Math.log2(1 / 3));
    expectClose(added(3, 4), 0.5 * -0.5 * ((0.5 + 1 - remaining) / 2));
    expect(added(0, 0)).toBe(0);
  });

  it("says nothing where all are right", () => {
    const right = written([
      { success: true, tokens: [20] },
      { success: true, tokens: [21] },
    ]);
    expect(keyTokens(groupRelative()).estimate(right, {})).toEqual(groupRelative().estimate(right, {}));
  });
});

describe("treeAdvantage", () => {
  function path(episode: number, actions: string[], reward: number): Trajectory {
    return trajectory({
      episode,
      turns: actions.map((action, k) => ({
        tokens: 1,
        action,
        reward: k === actions.length - 1 ? reward : 0,
      })),
    });
  }

  it("averages the differences to the means of all subtrees a rollout was part of", () => {
    const rows = [
      path(0, ["a", "b", "x"], 1),
      path(1, ["a", "b", "y"], 0),
      path(2, ["a", "c"], 0),
      path(3, ["d"], 3),
    ];
    const actual = firsts(treeAdvantage(), rows);
    // Depth 0: mean 1 of all; depth 1: "a" with mean ⅓; depth 2: "a b" with mean ½, "a c" alone.
    expectClose(actual[0]!, (0 + 2 / 3 + 1 / 2) / 3);
    expectClose(actual[1]!, (-1 + -1 / 3 + -1 / 2) / 3);
    expectClose(actual[2]!, (-1 + -1 / 3) / 2);
    expectClose(actual[3]!, 2);
  });

  it("is the difference to the group's mean where nothing is shared", () => {
    const rows = [path(0, ["a", "x"], 1), path(1, ["b", "x"], 0), path(2, ["c", "x"], 0)];
    expect(firsts(treeAdvantage(), rows)).toEqual(firsts(groupRelative({ std: "none" }), rows));
  });
});

describe("processReward", () => {
  const values = [0.5, 0, 0.25];
  const rows = [
    trajectory({
      episode: 0,
      turns: values.map((value, k) => ({ tokens: 1, value, reward: k === 2 ? 1 : 0 })),
    }),
  ];

  it("rewards each turn but the last by whether the task can still be won after it", () => {
    const actual = processReward(monteCarlo(), { weight: 0.3 }).estimate(rows, {})[0]!;
    // After turn 0 the value is 0: −0.1; after turn 1 it is positive: +0.1; the last turn has its own 1.
    expectClose(actual[2]!, -0.1 + 0.1 + 1);
    expectClose(actual[3]!, 0.1 + 1);
    expectClose(actual[4]!, 1);
  });

  it("needs the values", () => {
    const bare = [trajectory({ episode: 0, turns: [0, 1].map((reward) => ({ tokens: 1, reward })) })];
    expect(() => processReward(monteCarlo()).estimate(bare, {})).toThrow(/monteCarloValues/);
  });
});

describe("ownRollouts", () => {
  it("keeps demonstrations out of the baseline and gives them 0", () => {
    const own = group([true, false, false]);
    const shown: Trajectory = { ...group([true])[0]!, episode: 3, demonstrated: true };
    const actual = firsts(ownRollouts(groupRelative()), [shown, ...own]);
    expect(actual).toEqual([0, ...firsts(groupRelative(), own)]);
  });
});
