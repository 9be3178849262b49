import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AdvantageEstimator, AlgorithmState } from "../../../../src/algorithms/algorithm.js";
import {
  batchBaseline,
  gae,
  groupRelative,
  leaveOneOut,
  monteCarlo,
  movingAverageBaseline,
  processSupervision,
  turnLevel,
  vineAdvantage,
  whitened,
} from "../../../../src/algorithms/advantages/index.js";
import { Random } from "../../../../src/random.js";
import type { Trajectory } from "../../../../src/rollout/trajectory.js";
import { expectClose, randomTrajectories, trajectory } from "../support.js";

const seeds = [1, 2, 3, 4, 5];

/** Holds that written tokens have the value expected of them and all others 0. */
function expectTokens(
  actual: readonly Float32Array[],
  trajectories: readonly Trajectory[],
  expected: (row: number, column: number) => number,
): void {
  expect(actual.map((row) => row.length)).toEqual(trajectories.map(({ tokens }) => tokens.length));
  for (const [i, row] of actual.entries()) {
    for (const [t, value] of row.entries()) {
      if (trajectories[i]!.mask[t]) expectClose(value, expected(i, t), 1e-6);
      else expect(value).toBe(0);
    }
  }
}

const turnAt = (t: Trajectory, column: number): number =>
  t.turns.findIndex(({ start, end }) => column >= start && column < end);

const average = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function deviation(values: number[], ddof: 0 | 1): number {
  const centre = average(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - ddof));
}

/** Σ_{j ≥ k} γ^{j−k} r_j, straight from the definition. */
const toGo = ({ turns }: Trajectory, k: number, gamma: number): number =>
  turns.slice(k).reduce((sum, { reward }, j) => sum + gamma ** j * reward, 0);

const peers = (all: readonly Trajectory[], { group, agent }: Trajectory): Trajectory[] =>
  all.filter((other) => other.group === group && other.agent === agent);

describe.each(seeds)("random batch %i", (seed) => {
  const batch = randomTrajectories(seed);

  test.each([1, 0.9, 0])("Monte Carlo, discount %d", (gamma) => {
    expectTokens(monteCarlo({ gamma }).estimate(batch, {}), batch, (i, t) =>
      toGo(batch[i]!, turnAt(batch[i]!, t), gamma),
    );
  });

  test("moving average: the first batch's mean, then the average of what came before", () => {
    const estimator = movingAverageBaseline({ gamma: 0.9, decay: 0.7 });
    const state: AlgorithmState = {};
    const other = randomTrajectories(seed + 100);
    const meanReturn = (rows: Trajectory[]): number => average(rows.map((t) => toGo(t, 0, 0.9)));
    let baseline = meanReturn(batch);
    expectTokens(
      estimator.estimate(batch, state),
      batch,
      (i, t) => toGo(batch[i]!, turnAt(batch[i]!, t), 0.9) - baseline,
    );
    // After a batch equal to its baseline the average has not moved.
    const saved = JSON.parse(JSON.stringify(state)) as AlgorithmState;
    expectTokens(
      estimator.estimate(other, saved),
      other,
      (i, t) => toGo(other[i]!, turnAt(other[i]!, t), 0.9) - baseline,
    );
    baseline = 0.7 * baseline + 0.3 * meanReturn(other);
    expectTokens(
      estimator.estimate(batch, saved),
      batch,
      (i, t) => toGo(batch[i]!, turnAt(batch[i]!, t), 0.9) - baseline,
    );
  });

  test.each([false, true])("batch baseline, std %s", (std) => {
    const returns = batch.map((t) => t.return);
    expectTokens(batchBaseline({ std, eps: 1e-3 }).estimate(batch, {}), batch, (i) => {
      const difference = returns[i]! - average(returns);
      return std ? difference / (deviation(returns, 0) + 1e-3) : difference;
    });
  });

  test.each(["sample", "population", "batch", "none"] as const)("group-relative, std %s", (std) => {
    expectTokens(groupRelative({ std, eps: 1e-4 }).estimate(batch, {}), batch, (i) => {
      const own = peers(batch, batch[i]!).map((t) => t.return);
      const difference = batch[i]!.return - average(own);
      if (std === "none" || difference === 0) return difference;
      if (std === "batch")
        return (
          difference /
          (deviation(
            batch.map((t) => t.return),
            1,
          ) +
            1e-4)
        );
      return difference / (deviation(own, std === "sample" ? 1 : 0) + 1e-4);
    });
  });

  test("leave-one-out", () => {
    const result = leaveOneOut().estimate(batch, {});
    expectTokens(result, batch, (i) => {
      const others = peers(batch, batch[i]!).filter((other) => other !== batch[i]);
      return batch[i]!.return - average(others.map((t) => t.return));
    });
    // k/(k − 1) times the difference to the mean, whatever the returns.
    const relative = groupRelative({ std: "none" }).estimate(batch, {});
    expectTokens(result, batch, (i, t) => (4 / 3) * relative[i]![t]!);
  });

  test.each(["same-turn", "all-turns"] as const)("turn-level, compared with %s", (compare) => {
    expectTokens(turnLevel({ compare, gamma: 0.9, eps: 1e-4 }).estimate(batch, {}), batch, (i, t) => {
      const k = turnAt(batch[i]!, t);
      const others = peers(batch, batch[i]!).flatMap((other) =>
        other.turns.map((_, j) => ({ j, value: toGo(other, j, 0.9) })),
      );
      const values = others.filter(({ j }) => compare === "all-turns" || j === k).map(({ value }) => value);
      const difference = toGo(batch[i]!, k, 0.9) - average(values);
      return values.every((value) => value === values[0]) ? 0 : difference / (deviation(values, 1) + 1e-4);
    });
  });

  test("process supervision", () => {
    expectTokens(processSupervision({ std: "population", eps: 1e-4 }).estimate(batch, {}), batch, (i, t) => {
      const rewards = peers(batch, batch[i]!).flatMap((other) => other.turns.map(({ reward }) => reward));
      if (rewards.every((reward) => reward === rewards[0])) return 0;
      return batch[i]!.turns.slice(turnAt(batch[i]!, t)).reduce(
        (sum, { reward }) => sum + (reward - average(rewards)) / (deviation(rewards, 0) + 1e-4),
        0,
      );
    });
  });

  test("whitened: mean 0 and standard deviation 1 over written tokens", () => {
    const result = whitened(monteCarlo()).estimate(batch, {});
    const written = result.flatMap((row, i) => [...row].filter((_, t) => batch[i]!.mask[t]));
    expectClose(average(written), 0, 1e-6);
    expectClose(deviation(written, 0), 1, 1e-6);
    // Shifted and scaled, nothing else: differences keep their proportions.
    const plain = monteCarlo().estimate(batch, {});
    const before = plain.flatMap((row, i) => [...row].filter((_, t) => batch[i]!.mask[t]));
    for (const [n, value] of written.entries()) {
      expectClose((value - written[0]!) * deviation(before, 0), before[n]! - before[0]!, 1e-5);
    }
  });
});

describe("GAE", () => {
  /** Brute force: A_t = Σ_l (Π discounts·λ) δ_{t+l}, with δ from the definition, over the written tokens. */
  function bruteForce(
    t: Trajectory,
    gamma: number,
    lambda: number,
    discount: "turn" | "token",
  ): { column: number; advantage: number; value: number }[] {
    const columns = [...t.mask.keys()].filter((column) => t.mask[column]);
    const ends = (column: number): boolean => t.turns.some(({ end }) => end === column + 1);
    const factor = (column: number): number => (discount === "token" || ends(column) ? gamma : 1);
    const value = (n: number): number =>
      n < columns.length ? t.values![columns[n]!]! : t.terminated ? 0 : t.values![columns.at(-1)!]!;
    const delta = (n: number): number => {
      const column = columns[n]!;
      const reward = ends(column) ? t.turns[turnAt(t, column)]!.reward : 0;
      return reward + factor(column) * value(n + 1) - value(n);
    };
    return columns.map((column, n) => {
      let [advantage, weight] = [0, 1];
      for (let m = n; m < columns.length; m++) {
        advantage += weight * delta(m);
        weight *= factor(columns[m]!) * lambda;
      }
      return { column, advantage, value: value(n) };
    });
  }

  describe.each(["turn", "token"] as const)("discount per %s", (discount) => {
    test.each(seeds)("random batch %i, bootstrapped where truncated", (seed) => {
      const batch = randomTrajectories(seed, { values: true });
      const estimator = gae({ gamma: 0.9, lambda: 0.8, discount, returnsLambda: 1 });
      const find = (i: number, t: number, lambda: number) =>
        bruteForce(batch[i]!, 0.9, lambda, discount).find(({ column }) => column === t)!;
      expectTokens(estimator.estimate(batch, {}), batch, (i, t) => find(i, t, 0.8).advantage);
      expectTokens(estimator.returns!(batch), batch, (i, t) => {
        const { advantage, value } = find(i, t, 1);
        return advantage + value;
      });
    });
  });

  test("γ = λ = 1 and terminated: return-to-go less the value", () => {
    const batch = randomTrajectories(9, { values: true }).map((t) => ({
      ...t,
      terminated: true,
      truncated: false,
    }));
    const estimator = gae({ lambda: 1 });
    expectTokens(estimator.estimate(batch, {}), batch, (i, t) => {
      return toGo(batch[i]!, turnAt(batch[i]!, t), 1) - batch[i]!.values![t]!;
    });
    expectTokens(estimator.returns!(batch), batch, (i, t) => toGo(batch[i]!, turnAt(batch[i]!, t), 1));
  });

  test("λ = 0: one step", () => {
    const [t] = [
      trajectory({ episode: 0, prompt: 1, turns: [{ tokens: 3, reward: 2 }], values: (column) => column }),
    ];
    expectTokens(gae({ gamma: 0.5, lambda: 0, discount: "token" }).estimate([t!], {}), [t!], (_, column) =>
      column === 3 ? 2 - 3 : 0.5 * (column + 1) - column,
    );
  });

  test("credit flows from one fresh context into the one before, also when rows come out of order", () => {
    const values = (): number => 0.5;
    const first = trajectory({
      episode: 0,
      context: 0,
      turns: [{ tokens: 2, reward: 0 }],
      return: 1,
      values,
    });
    const second = trajectory({
      episode: 0,
      context: 1,
      firstStep: 1,
      turns: [{ tokens: 1, reward: 1 }],
      return: 1,
      values,
    });
    for (const batch of [
      [first, second],
      [second, first],
    ]) {
      expectTokens(gae({ lambda: 1 }).estimate(batch, {}), batch, () => 0.5);
    }
  });

  test("needs values and sensible options", () => {
    expect(() => gae().estimate(randomTrajectories(1), {})).toThrow(/has no values.*value head/);
    expect(() => gae({ lambda: 1.5 })).toThrow(/lambda must be from 0 to 1, not 1.5/);
    expect(() => gae({ gamma: NaN })).toThrow(/gamma must be from 0 to 1, not NaN/);
    expect(() => gae({ returnsLambda: -1 })).toThrow(/returnsLambda/);
    expect(gae().needsValues).toBe(true);
    expect(whitened(gae()).needsValues).toBe(true);
  });
});

describe("values from rollouts (VinePPO)", () => {
  test("advantage of each turn, 0 after the last", () => {
    const t = trajectory({
      episode: 0,
      turns: [
        { tokens: 2, reward: 0.5, value: 0.4, observed: 1 },
        { tokens: 1, reward: 0, value: 0.7 },
        { tokens: 3, reward: 1, value: 0.9 },
      ],
    });
    const expected = [0.5 + 0.9 * 0.7 - 0.4, 0.9 * 0.9 - 0.7, 1 - 0.9];
    expectTokens(vineAdvantage({ gamma: 0.9 }).estimate([t], {}), [t], (_, c) => expected[turnAt(t, c)]!);
    expect(() => vineAdvantage().estimate(randomTrajectories(1), {})).toThrow(/monteCarloValues/);
  });
});

describe("properties", () => {
  const groupsOfReturns = fc.array(
    fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 2, maxLength: 6 }),
    {
      minLength: 1,
      maxLength: 4,
    },
  );
  const rollouts = (groups: readonly number[][], change = (x: number): number => x): Trajectory[] =>
    groups.flatMap((returns, group) =>
      returns.map((value, i) =>
        trajectory({
          episode: 10 * group + i,
          group,
          turns: [{ tokens: 1 + (i % 3), reward: change(value) }],
        }),
      ),
    );
  const firstTokens = (rows: readonly Float32Array[]): number[] => rows.map((row) => row[2]!);

  test("group-relative: shifting or scaling the rewards changes nothing; a group's advantages sum to 0", () => {
    fc.assert(
      fc.property(
        groupsOfReturns,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: -5, max: 5 }),
        (groups, a, b) => {
          const estimate = (change?: (x: number) => number): number[] =>
            firstTokens(groupRelative({ eps: 1e-9 }).estimate(rollouts(groups, change), {}));
          const plain = estimate();
          for (const [i, value] of estimate((x) => a * x + b).entries()) expectClose(value, plain[i]!, 1e-5);
          let row = 0;
          for (const returns of groups) {
            const own = plain.slice(row, (row += returns.length));
            expectClose(
              own.reduce((x, y) => x + y, 0),
              0,
              1e-5,
            );
          }
        },
      ),
    );
  });

  test("the order of the rows does not matter", () => {
    const estimators = [
      groupRelative(),
      leaveOneOut(),
      batchBaseline({ std: true }),
      turnLevel(),
      processSupervision(),
    ];
    fc.assert(
      fc.property(groupsOfReturns, fc.nat(), (groups, seed) => {
        const batch = rollouts(groups);
        const order = new Random(seed).shuffle([...batch.keys()]);
        for (const estimator of estimators) {
          const plain = firstTokens(estimator.estimate(batch, {}));
          const shuffled = firstTokens(
            estimator.estimate(
              order.map((i) => batch[i]!),
              {},
            ),
          );
          for (const [j, i] of order.entries()) expectClose(shuffled[j]!, plain[i]!, 1e-5);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe("edge cases", () => {
  // The trainer leaves out rows whose advantages are exactly 0.
  test.each(
    [groupRelative(), leaveOneOut(), turnLevel(), processSupervision()].map((e) => [e.name, e] as const),
  )("%s: equal returns whose mean is rounded have advantage 0 exactly", (_, estimator) => {
    const batch = [0, 1, 2].map((episode) => trajectory({ episode, turns: [{ tokens: 1, reward: 0.1 }] }));
    expect((0.1 + 0.1 + 0.1) / 3).not.toBe(0.1);
    for (const row of estimator.estimate(batch, {})) expect(row).toEqual(new Float32Array(3));
  });

  const estimators: AdvantageEstimator[] = [
    batchBaseline(),
    batchBaseline({ std: true }),
    groupRelative(),
    groupRelative({ std: "population" }),
    groupRelative({ std: "batch" }),
    groupRelative({ std: "none" }),
    leaveOneOut(),
    turnLevel(),
    turnLevel({ compare: "all-turns", std: "none" }),
    processSupervision(),
    movingAverageBaseline(),
    whitened(monteCarlo()),
  ];
  const named = estimators.map((estimator) => [estimator.name, estimator] as const);

  test.each(named)("%s: returns that are all equal give no advantage", (_, estimator) => {
    const batch = [0, 1, 2].map((episode) => trajectory({ episode, turns: [{ tokens: 2, reward: 0.1 }] }));
    for (const row of estimator.estimate(batch, {})) {
      for (const value of row) expect(Math.abs(value)).toBeLessThan(1e-6);
    }
  });

  test.each(named)("%s: one token, an unequal number of tokens, and none at all", (_, estimator) => {
    const batch = [
      trajectory({ episode: 0, prompt: 0, turns: [{ tokens: 1, reward: 1 }] }),
      trajectory({ episode: 1, turns: [{ tokens: 5, reward: 0 }] }),
    ];
    const [one, five] = estimator.estimate(batch, {});
    expect(one!.length).toBe(1);
    expect(one![0]).toBeGreaterThan(0);
    expect(five!.every((value, t) => (batch[1]!.mask[t] ? value < 0 : value === 0))).toBe(true);
    expect(estimator.estimate([], {})).toEqual([]);
  });

  test.each(named)("%s: refuses rewards that are not finite", (_, estimator) => {
    for (const reward of [Infinity, NaN]) {
      const batch = [0, 1].map((episode) =>
        trajectory({ episode, turns: [{ tokens: 1, reward: episode ? reward : 0 }] }),
      );
      expect(() => estimator.estimate(batch, {})).toThrow(/must give finite rewards/);
    }
  });

  test("an episode in three contexts counts once and shares its advantage", () => {
    const contexts = [0, 1, 2].map((context) =>
      trajectory({
        episode: 0,
        context,
        firstStep: context,
        turns: [{ tokens: 1 + context, reward: context === 2 ? 1 : 0 }],
        return: 1,
      }),
    );
    const batch = [...contexts, trajectory({ episode: 1, turns: [{ tokens: 2, reward: 0 }] })];
    expectTokens(groupRelative({ std: "none" }).estimate(batch, {}), batch, (i) => (i < 3 ? 0.5 : -0.5));
    expectTokens(leaveOneOut().estimate(batch, {}), batch, (i) => (i < 3 ? 1 : -1));
    expectTokens(batchBaseline().estimate(batch, {}), batch, (i) => (i < 3 ? 0.5 : -0.5));
    // The reward comes in the last context, and earns the earlier ones.
    expectTokens(monteCarlo({ gamma: 0.5 }).estimate(batch, {}), batch, (i) => [0.25, 0.5, 1, 0][i]!);
  });

  test("players of a game are compared with their own kind; what comes outside a turn goes to the last one", () => {
    const batch = [0, 1].flatMap((episode) => [
      trajectory({
        episode,
        agent: 0,
        turns: [
          { tokens: 1, reward: 0 },
          { tokens: 1, reward: 0 },
        ],
        return: episode ? 1 : -1,
      }),
      trajectory({ episode, agent: 1, turns: [{ tokens: 1, reward: 0 }], return: episode ? -1 : 1 }),
    ]);
    expectTokens(groupRelative({ std: "none" }).estimate(batch, {}), batch, (i) => batch[i]!.return);
    expectTokens(batchBaseline().estimate(batch, {}), batch, (i) => batch[i]!.return);
    expectTokens(
      monteCarlo({ gamma: 0.5 }).estimate(batch, {}),
      batch,
      (i, t) => batch[i]!.return * (batch[i]!.turns.length === 2 && turnAt(batch[i]!, t) === 0 ? 0.5 : 1),
    );
  });

  test("replayed turns get no advantage but keep their rewards", () => {
    const t = trajectory({
      episode: 0,
      turns: [
        { tokens: 2, reward: 1, replayed: true },
        { tokens: 2, reward: 2 },
      ],
    });
    expectTokens(monteCarlo().estimate([t], {}), [t], () => 2);
    expect(monteCarlo().estimate([t], {})[0]!.slice(0, t.turns[1]!.start)).toEqual(new Float32Array(4));
  });

  test("a score in place of the return", () => {
    const batch = randomTrajectories(3);
    const estimator = groupRelative({ std: "none", score: ({ turns }) => turns.length });
    expectTokens(
      estimator.estimate(batch, {}),
      batch,
      (i) => batch[i]!.turns.length - average(peers(batch, batch[i]!).map(({ turns }) => turns.length)),
    );
    expect(() => groupRelative({ score: () => NaN }).estimate(batch, {})).toThrow(/score is NaN/);
  });

  test("leave-one-out refuses a group of one, the others find nothing to learn", () => {
    const batch = [trajectory({ episode: 0, group: 7, turns: [{ tokens: 1, reward: 1 }] })];
    expect(() => leaveOneOut().estimate(batch, {})).toThrow(/group 7 has one rollout; set groupSize to 2/);
    for (const estimator of [groupRelative(), turnLevel(), processSupervision()]) {
      expect([...estimator.estimate(batch, {})[0]!].every((value) => value === 0)).toBe(true);
    }
  });
});
