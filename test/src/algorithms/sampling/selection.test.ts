import { describe, expect, test } from "vitest";
import {
  dynamicSampling,
  filtration,
  fixedTasks,
  groupSampling,
  historyResampling,
  isInformative,
  preRolloutFilter,
  replayBuffer,
} from "../../../../src/algorithms/sampling/index.js";
import type { Trajectory } from "../../../../src/rollout/trajectory.js";
import { trajectory } from "../support.js";
import { bernoulli, groupsIn, world } from "./world.js";

const episodesAreUnique = (batch: readonly Trajectory[]): boolean =>
  new Set(batch.map(({ episode }) => episode)).size === batch.length;

test("groups: prompts × groupSize rollouts, one task a group", async () => {
  const { context, calls } = world({ prompts: 3, groupSize: 5, play: bernoulli(() => 0.5) });
  const batch = await groupSampling().sample(context());
  expect(calls).toHaveLength(1);
  expect([...groupsIn(batch)].map(([group, rows]) => [group, rows.length])).toEqual([
    [0, 5],
    [1, 5],
    [2, 5],
  ]);
  for (const rows of groupsIn(batch).values()) expect(new Set(rows.map(({ seed }) => seed)).size).toBe(1);
});

describe("fixed tasks", () => {
  const play = bernoulli(() => 0.5);

  test("come again in every pass over the set, each as often as any other", async () => {
    const { context, calls } = world({ prompts: 4, groupSize: 2, play });
    const strategy = fixedTasks(6);
    for (let update = 0; update < 3; update++) await strategy.sample(context(update));
    const tasks = calls.map((requests) => requests.filter((_, i) => i % 2 === 0).map(({ seed }) => seed));
    expect(tasks.map((part) => part.length)).toEqual([4, 4, 4]);
    const [first, second] = [tasks.flat().slice(0, 6), tasks.flat().slice(6)];
    expect([...first].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...second].sort()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(second).not.toEqual(first);
  });

  test("fewer than an update asks for make several groups each", async () => {
    const { context } = world({ prompts: 4, groupSize: 3, play });
    const groups = groupsIn(await fixedTasks(1).sample(context()));
    expect([...groups.keys()]).toEqual([0, 1, 2, 3]);
    for (const rows of groups.values()) expect(rows.map(({ seed }) => seed)).toEqual([0, 0, 0]);
  });

  test("go on where a saved state stopped", async () => {
    const whole = world({ prompts: 3, play });
    for (let update = 0; update < 4; update++) await fixedTasks(5).sample(whole.context(update));
    const halves = world({ prompts: 3, play });
    for (let update = 0; update < 4; update++) {
      // As a training state is written and read: through JSON.
      const saved = JSON.parse(JSON.stringify(halves.state)) as object;
      await fixedTasks(5).sample({ ...halves.context(update), state: Object.assign(halves.state, saved) });
    }
    expect(halves.calls).toEqual(whole.calls);
    expect(() => fixedTasks(0)).toThrow("tasks must be a whole number of at least 1, not 0");
  });
});

describe("what is informative", () => {
  const rollout = (episode: number, agent: number, value: number): Trajectory =>
    trajectory({ episode, agent, turns: [{ tokens: 1, reward: value }] });

  test("returns that differ, agent by agent", () => {
    expect(isInformative([rollout(0, 0, 1), rollout(1, 0, 1)])).toBe(false);
    expect(isInformative([rollout(0, 0, 1), rollout(1, 0, 0)])).toBe(true);
    // Two players of a game always won by the first: they differ from each other, not from themselves.
    const sure = [0, 1].flatMap((episode) => [rollout(episode, 0, 1), rollout(episode, 1, -1)]);
    expect(isInformative(sure)).toBe(false);
    expect(isInformative([rollout(0, 0, 1)])).toBe(false);
  });
});

describe("dynamic sampling", () => {
  // Every other task is hopeless, so about half of the groups are dropped.
  const play = bernoulli((seed) => (seed % 2 === 0 ? 0.5 : 0));

  test("returns full batches of informative groups only", async () => {
    const { context, calls } = world({ prompts: 6, groupSize: 8, play });
    const batch = await dynamicSampling({ maxRounds: 10 }).sample(context());
    const groups = [...groupsIn(batch).values()];
    expect(groups).toHaveLength(6);
    expect(groups.every((rows) => rows.length === 8 && isInformative(rows))).toBe(true);
    expect(groups.every((rows) => rows.every(({ seed }) => seed === rows[0]!.seed && seed % 2 === 0))).toBe(
      true,
    );
    expect(episodesAreUnique(batch)).toBe(true);
    // Each round asks for what is missing: never more than the groups dropped in the one before.
    const sizes = calls.map((requests) => requests.length / 8);
    expect(sizes[0]).toBe(6);
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.every((size, i) => i === 0 || size <= sizes[i - 1]!)).toBe(true);
  });

  test("stops after maxRounds, with fewer groups or none", async () => {
    const hopeless = world({ play: bernoulli(() => 0) });
    expect(await dynamicSampling({ maxRounds: 3 }).sample(hopeless.context())).toEqual([]);
    expect(hopeless.calls).toHaveLength(3);
    const { context, calls } = world({ prompts: 6, groupSize: 8, play });
    const batch = await dynamicSampling({ maxRounds: 1 }).sample(context());
    expect(calls).toHaveLength(1);
    expect(groupsIn(batch).size).toBeLessThan(6);
    expect(groupsIn(batch).size).toBeGreaterThan(0);
    expect(() => dynamicSampling({ maxRounds: 0 })).toThrow(/maxRounds must be a whole number of at least 1/);
  });
});

describe("pre-rollout filter", () => {
  test("comes to spend its rollouts on tasks of mixed outcome", async () => {
    // A third is always solved, a third never.
    const play = bernoulli((seed) => [0, 0.5, 1][seed % 3]!);
    const { context, calls } = world({ prompts: 10, groupSize: 6, play });
    const strategy = preRolloutFilter({ tasks: 30 });
    for (let update = 0; update < 40; update++) await strategy.sample(context(update));
    const mixed = (requests: readonly { seed: number }[]): number =>
      requests.filter(({ seed }) => seed % 3 === 1).length / requests.length;
    const late = calls.slice(20).flat();
    expect(mixed(calls.slice(0, 2).flat())).toBeLessThan(0.6);
    expect(mixed(late)).toBeGreaterThan(0.6);
    // Tasks in a streak are still explored now and then.
    expect(mixed(late)).toBeLessThan(1);
    for (const requests of calls) {
      expect(requests).toHaveLength(60);
      expect(new Set(requests.map(({ seed }) => seed)).size).toBe(10);
    }
  });

  test("skips with the probability of the rule, and its state survives JSON", async () => {
    const { context, calls, state } = world({ prompts: 1, groupSize: 2, play: bernoulli(() => 0) });
    const strategy = preRolloutFilter({ tasks: 2, explore: 0.5, target: 0 });
    // One of the two tasks is in a streak of 3 and the other is new: the first is taken when it is drawn first
    // (1/2) and passes (p³).
    await strategy.sample(context());
    const key = Object.keys(state).find((name) => name.endsWith("history"))!;
    const pool = state[Object.keys(state).find((name) => name.endsWith("tasks"))!] as number[];
    const saved = JSON.stringify({
      streaks: { [pool[0]!]: { kind: "hard", count: 3 } },
      explore: { easy: 0.5, hard: 0.5 },
    });
    calls.length = 0;
    for (let i = 0; i < 4000; i++) {
      state[key] = JSON.parse(saved);
      await strategy.sample(context());
    }
    const taken = calls.filter(([request]) => request!.seed === pool[0]).length / 4000;
    // 0.0625 ± 4 standard errors
    expect(Math.abs(taken - 0.5 * 0.5 ** 3)).toBeLessThan(4 * Math.sqrt((0.0625 * 0.9375) / 4000));
  });

  test("a streak ends with an informative group and changes kind with the outcome", async () => {
    const outcome = { chance: 0 };
    const { context, state } = world({ prompts: 1, groupSize: 64, play: bernoulli(() => outcome.chance) });
    const strategy = preRolloutFilter({ tasks: 1 });
    const streaks = (): unknown[] =>
      Object.values((state["sampling/pre-rollout-filter/history"] as { streaks: object }).streaks);
    for (const [chance, expected] of [
      [0, [{ kind: "hard", count: 1 }]],
      [0, [{ kind: "hard", count: 2 }]],
      [1, [{ kind: "easy", count: 1 }]],
      [0.5, []],
    ] as const) {
      outcome.chance = chance;
      await strategy.sample(context());
      expect(streaks()).toEqual(expected);
    }
  });

  test("explores less of a kind that is too frequent, more of one that is not, within bounds", async () => {
    const { context, state } = world({ prompts: 4, play: bernoulli((seed) => (seed === 0 ? 1 : 0)) });
    const strategy = preRolloutFilter({ tasks: 4, explore: 0.5, target: 0.9 });
    const explore = (): { easy: number; hard: number } =>
      (state["sampling/pre-rollout-filter/history"] as { explore: { easy: number; hard: number } }).explore;
    // A quarter of the groups is easy, below 0.9 / 3; three quarters are hard, above 0.9 · 2 / 3.
    await strategy.sample(context());
    expect(explore().easy).toBeCloseTo(0.51, 12);
    expect(explore().hard).toBeCloseTo(0.49, 12);
    for (let update = 0; update < 60; update++) await strategy.sample(context());
    expect(explore().easy).toBeCloseTo(0.95, 12);
    expect(explore().hard).toBeCloseTo(0.05, 12);
  });

  test("refuses a pool smaller than an update, and bad options", async () => {
    const { context } = world({ prompts: 4, play: bernoulli(() => 0) });
    await expect(preRolloutFilter({ tasks: 3 }).sample(context())).rejects.toThrow(
      /tasks must be at least the 4 prompts/,
    );
    expect(() => preRolloutFilter({ explore: 0 })).toThrow(/explore must be in \(0, 1\], not 0/);
    expect(() => preRolloutFilter({ target: 2 })).toThrow(/target must be from 0 to 1, not 2/);
  });
});

describe("history resampling", () => {
  test("goes through the pool once an epoch, then replaces what was always solved", async () => {
    const play = bernoulli((seed) => (seed % 4 === 0 ? 1 : seed % 4 === 1 ? 0 : 0.5));
    const { context, calls } = world({ prompts: 4, groupSize: 20, play });
    const strategy = historyResampling({ tasks: 16 });
    const epoch = async (): Promise<number[]> => {
      const first = calls.length;
      for (let i = 0; i < 4; i++) await strategy.sample(context());
      return [
        ...new Set(
          calls
            .slice(first)
            .flat()
            .map(({ seed }) => seed),
        ),
      ].sort((a, b) => a - b);
    };
    const first = await epoch();
    expect(first).toEqual(Array.from({ length: 16 }, (_, i) => i));
    const second = await epoch();
    expect(second).toHaveLength(16);
    // Solved ones are gone, hopeless and mixed ones stayed, and new ones came.
    expect(second.filter((seed) => seed < 16)).toEqual(first.filter((seed) => seed % 4 !== 0));
    expect(second.filter((seed) => seed >= 16)).toEqual([16, 17, 18, 19]);
  });
});

describe("filtration", () => {
  const returns = [3, 1, 4, 1, 5, 9, 2, 6];
  const graded = () => {
    let n = 0;
    return world({
      prompts: 2,
      groupSize: 8,
      play: () => ({ turns: [{ tokens: 1, reward: returns[n++ % 8]! }] }),
    });
  };
  const kept = async (which: "best" | "best-worst" | "best-random", keep: number): Promise<number[][]> => {
    const batch = await filtration(groupSampling(), { keep, which }).sample(graded().context());
    return [...groupsIn(batch).values()].map((rows) => rows.map((t) => t.return).sort((a, b) => a - b));
  };

  test("best", async () => {
    expect(await kept("best", 3)).toEqual([
      [5, 6, 9],
      [5, 6, 9],
    ]);
  });

  test("best and worst", async () => {
    expect(await kept("best-worst", 4)).toEqual([
      [1, 1, 6, 9],
      [1, 1, 6, 9],
    ]);
    expect(await kept("best-worst", 3)).toEqual([
      [1, 6, 9],
      [1, 6, 9],
    ]);
    expect(await kept("best-worst", 1)).toEqual([[9], [9]]);
  });

  test("best and random", async () => {
    for (const group of await kept("best-random", 4)) {
      expect(group).toHaveLength(4);
      expect(group.slice(-2)).toEqual([6, 9]);
    }
  });

  test("a small group stays whole, and contexts of an episode stay together", async () => {
    expect((await kept("best-worst", 8))[0]).toHaveLength(8);
    const contexts = [0, 1, 2].flatMap((episode) =>
      [0, 1].map((context) =>
        trajectory({
          episode,
          context,
          firstStep: context,
          turns: [{ tokens: 1, reward: episode / 2 }],
          return: episode,
        }),
      ),
    );
    const inner = { name: "given", sample: () => Promise.resolve(contexts) };
    const batch = await filtration(inner, { keep: 1, which: "best" }).sample(graded().context());
    expect(batch.map(({ episode, context }) => [episode, context])).toEqual([
      [2, 0],
      [2, 1],
    ]);
    expect(() => filtration(inner, { keep: 0 })).toThrow(/keep must be a whole number of at least 1, not 0/);
  });
});

describe("replay buffer", () => {
  test("fills up with earlier informative groups, through JSON", async () => {
    const luck = { chance: 0.5 };
    const made = world({ prompts: 4, groupSize: 32, play: bernoulli(() => luck.chance) });
    const strategy = replayBuffer(groupSampling(), { capacity: 3 });
    const first = await strategy.sample(made.context(0));
    expect(groupsIn(first).size).toBe(4);

    luck.chance = 1;
    Object.assign(made.state, JSON.parse(JSON.stringify(made.state)));
    const second = await strategy.sample(made.context(1));
    const groups = [...groupsIn(second).values()];
    expect(groups).toHaveLength(4);
    const replayed = groups.filter(isInformative);
    // Capacity 3, so three groups come back and one of the uninformative ones stays.
    expect(replayed).toHaveLength(3);
    expect(episodesAreUnique(second)).toBe(true);
    for (const rows of replayed) {
      const original = first.filter(({ seed }) => seed === rows[0]!.seed);
      expect(rows.map(({ tokens, mask, logProbs }) => ({ tokens, mask, logProbs }))).toEqual(
        original.map(({ tokens, mask, logProbs }) => ({ tokens, mask, logProbs })),
      );
      expect(rows.map((t) => t.return)).toEqual(original.map((t) => t.return));
    }
  });

  test("an informative update is not touched, and the buffer keeps the latest", async () => {
    const made = world({ prompts: 4, groupSize: 32, play: bernoulli(() => 0.5) });
    const strategy = replayBuffer(groupSampling(), { capacity: 5 });
    for (let update = 0; update < 3; update++) {
      const batch = await strategy.sample(made.context(update));
      expect(new Set(batch.map(({ seed }) => seed))).toEqual(
        new Set(made.calls[update]!.map(({ seed }) => seed)),
      );
    }
    const buffer = made.state["sampling/replay-buffer"] as { seed: number }[][];
    expect(buffer.map(([t]) => t!.seed)).toEqual([7, 8, 9, 10, 11]);
  });

  test("with nothing to offer, the fresh groups stay", async () => {
    const { context } = world({ prompts: 3, groupSize: 2, play: bernoulli(() => 0) });
    expect(groupsIn(await replayBuffer(groupSampling()).sample(context())).size).toBe(3);
  });
});
