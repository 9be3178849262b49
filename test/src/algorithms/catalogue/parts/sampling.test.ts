import { describe, expect, it } from "vitest";
import type { SamplingContext } from "../../../../../src/algorithms/algorithm.js";
import {
  guidedHints,
  withDemonstrations,
} from "../../../../../src/algorithms/catalogue/parts/demonstrations.js";
import {
  difficultyAdaptive,
  keepHalf,
  mostUncertain,
  rebalancing,
} from "../../../../../src/algorithms/catalogue/parts/selection.js";
import { groupSampling } from "../../../../../src/algorithms/sampling/groups.js";
import type { RolloutRequest } from "../../../../../src/rollout/rollout.js";
import { groupsIn, world, type World, type WorldOptions } from "../../sampling/world.js";
import { trajectory } from "../../support.js";

const solution = ["one", "two", "three", "four"];

/** Four actions; solved when at least `needed(seed)` of the solution's are given. */
function hinted(needed: (seed: number) => number): WorldOptions["play"] {
  return ({ seed, prefix = [] }) => {
    const solved = prefix.length >= needed(seed);
    return {
      success: solved,
      turns: solution.map((action, k) => ({
        tokens: 1,
        action: k < prefix.length ? prefix[k]! : solved ? action : "wrong",
        replayed: k < prefix.length,
        reward: solved && k === 3 ? 1 : 0,
      })),
    };
  };
}

/** The world's context with a scripted policy that solves the tasks for which `able` holds. */
function withScript(
  { context }: World,
  able: (seed: number) => boolean = () => true,
): { context: SamplingContext; asked: RolloutRequest[] } {
  const asked: RolloutRequest[] = [];
  return {
    asked,
    context: {
      ...context(),
      demonstrations: (requests) => {
        asked.push(...requests);
        return Promise.resolve(
          requests.map(({ seed, group }, episode) => ({
            ...trajectory({
              episode,
              group: group!,
              seed,
              success: able(seed),
              turns: solution.map((action) => ({ tokens: 1, action, reward: 0, logProb: 0 })),
            }),
            demonstrated: true as const,
          })),
        );
      },
    },
  };
}

describe("withDemonstrations", () => {
  it.each([
    [true, 3],
    [false, 4],
  ])("gives every group one demonstration (in the group: %s)", async (inGroup, own) => {
    const made = world({ prompts: 3, groupSize: 4, play: hinted(() => 0) });
    const batch = await withDemonstrations({ inGroup }).sample(withScript(made).context);
    expect(new Set(batch.map(({ episode }) => episode)).size).toBe(batch.length);
    for (const group of groupsIn(batch).values()) {
      expect(group.filter(({ demonstrated }) => demonstrated)).toHaveLength(1);
      expect(group.filter(({ demonstrated }) => !demonstrated)).toHaveLength(own);
      expect(new Set(group.map(({ seed }) => seed)).size).toBe(1);
    }
  });

  it("says so where there is no scripted policy", async () => {
    const { context } = world({ play: hinted(() => 0) });
    await expect(withDemonstrations({ inGroup: true }).sample(context())).rejects.toThrow(/scripted policy/);
  });
});

describe("guidedHints", () => {
  it("gives away as much of a solution as a task needs, in quarters", async () => {
    // Task 0 is solved unaided, 1 with one action given, 2 with two, 3 with three, 4 never.
    const made = world({ prompts: 5, groupSize: 2, play: hinted((seed) => seed) });
    const { context, asked } = withScript(made);
    const groups = groupsIn(await guidedHints().sample(context));
    const given = [...groups]
      .sort(([a], [b]) => a - b)
      .map(([, rows]) => rows.map(({ mask }) => 4 - sum(mask)));
    expect(given).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
      [3, 3],
    ]);
    expect(groups.get(3)!.every(({ success }) => success)).toBe(true);
    expect(new Set(asked.map(({ seed }) => seed))).toEqual(new Set([1, 2, 3, 4]));
    expect(made.calls.map((requests) => requests.length)).toEqual([10, 8, 6, 4]);
  });

  it("gives no hint where no demonstration succeeded", async () => {
    const made = world({ prompts: 2, groupSize: 2, play: hinted(() => 4) });
    const batch = await guidedHints().sample(withScript(made, () => false).context);
    expect(batch).toHaveLength(4);
    expect(made.calls).toHaveLength(1);
  });
});

describe("keepHalf", () => {
  it("keeps half of each group, with its best", async () => {
    const made = world({
      prompts: 3,
      groupSize: 5,
      play: (_, random) => ({ turns: [{ tokens: 1, reward: random.next() }] }),
    });
    const whole = new Map<number, number>();
    const sampling = keepHalf(
      {
        name: "recorded",
        async sample(context) {
          const batch = await groupSampling().sample(context);
          for (const [group, rows] of groupsIn(batch)) {
            whole.set(group, Math.max(...rows.map((row) => row.return)));
          }
          return batch;
        },
      },
      "best-random",
    );
    for (const [group, rows] of groupsIn(await sampling.sample(made.context()))) {
      expect(rows).toHaveLength(3);
      expect(Math.max(...rows.map((row) => row.return))).toBe(whole.get(group));
    }
  });
});

describe("mostUncertain", () => {
  it("keeps the quarter of groups whose returns differ most", async () => {
    const spread = [0, 3, 1, 9, 2, 5, 4, 8];
    const made = world({
      prompts: 8,
      groupSize: 2,
      play: ({ seed }) => ({
        turns: [{ tokens: 1, reward: made.calls[0]! && toggle() ? spread[seed]! : 0 }],
      }),
    });
    let calls = 0;
    const toggle = (): boolean => calls++ % 2 === 0;
    const groups = groupsIn(await mostUncertain(groupSampling()).sample(made.context()));
    expect([...groups.keys()].sort((a, b) => a - b)).toEqual([3, 7]);
  });

  it("keeps one group where a quarter is none", async () => {
    const made = world({ prompts: 2, groupSize: 3, play: () => ({ turns: [{ tokens: 1, reward: 0 }] }) });
    expect(await mostUncertain(groupSampling()).sample(made.context())).toHaveLength(3);
  });
});

describe("difficultyAdaptive", () => {
  it("brings a hard task's summed advantages up to those of a medium one", () => {
    for (const [successes, n] of [
      [1, 8],
      [2, 8],
      [3, 16],
      [5, 16],
    ] as const) {
      const rate = successes / n;
      const more = rebalancing(rate, n, 1000);
      // Sum of |A| of n rollouts without a division: 2·a·(1 − a)·n; of a medium task n/2.
      const weight = 2 * rate * (1 - rate);
      expect((n + more) * weight).toBeGreaterThanOrEqual(n / 2 - 1e-9);
      expect((n + more - 1) * weight).toBeLessThan(n / 2);
    }
  });

  it("leaves tasks of medium difficulty alone and has an upper bound", () => {
    expect(rebalancing(0.5, 8, 32)).toBe(0);
    expect(rebalancing(1, 8, 32)).toBe(0);
    expect(rebalancing(0, 8, 32)).toBe(24);
    expect(rebalancing(0, 8, 1000)).toBe(rebalancing(1 / 16, 8, 1000));
  });

  it("rolls hard tasks out again and drops those that all agree", async () => {
    // The n-th rollout of a task succeeds: task 0 always, 1 never, 2 once in eight, 3 every other time.
    const counts = new Map<number, number>();
    const made = world({
      prompts: 4,
      groupSize: 8,
      play: ({ seed }) => {
        const n = counts.get(seed) ?? 0;
        counts.set(seed, n + 1);
        const success = [true, false, n % 8 === 0, n % 2 === 0][seed]!;
        return { turns: [{ tokens: 1, reward: success ? 1 : 0 }] };
      },
    });
    const batch = await difficultyAdaptive().sample(made.context());
    const sizes = [...groupsIn(batch)].map(([group, rows]) => [group, rows.length]);
    expect(sizes).toEqual([
      [2, 8 + rebalancing(1 / 8, 8, 32)],
      [3, 8],
    ]);
    expect(counts.get(1)).toBe(32);
    expect(new Set(batch.map(({ episode }) => episode)).size).toBe(batch.length);
  });
});

function sum(values: Uint8Array): number {
  return values.reduce((total, value) => total + value, 0);
}
