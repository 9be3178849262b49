import { describe, expect, test } from "vitest";
import { episodesOf, vineAdvantage } from "../../../../src/algorithms/advantages/index.js";
import { bestVersusWorst, shortestVersusLongest } from "../../../../src/algorithms/pairs.js";
import {
  divergingTurns,
  entropyBranching,
  groupSampling,
  monteCarloValues,
  treeSampling,
} from "../../../../src/algorithms/sampling/index.js";
import type { Random } from "../../../../src/random.js";
import type { RolloutRequest } from "../../../../src/rollout/rollout.js";
import type { Trajectory } from "../../../../src/rollout/trajectory.js";
import { expectClose, trajectory, type TurnSpec } from "../support.js";
import { bernoulli, groupsIn, world } from "./world.js";

/** A game of three coin flips: the agent writes h or t, and is paid for heads at the end. */
function coins({ prefix = [] }: RolloutRequest, random: Random): { turns: TurnSpec[] } {
  const flips = [...prefix];
  while (flips.length < 3) flips.push(random.chance(0.5) ? "h" : "t");
  const heads = flips.filter((flip) => flip === "h").length;
  return {
    turns: flips.map((action, k) => ({
      tokens: 2,
      observed: 1,
      action,
      replayed: k < prefix.length,
      reward: k === 2 ? heads : 0,
    })),
  };
}

const actions = (t: Trajectory): string[] => t.turns.map(({ action }) => action);

describe("tree sampling", () => {
  test("full groups, whose branches begin as an earlier rollout of their task did", async () => {
    const { context, calls } = world({ prompts: 3, groupSize: 8, play: coins });
    const batch = await treeSampling({ roots: 2 }).sample(context());
    expect(calls.map((requests) => requests.length)).toEqual([6, 6, 12]);
    expect(new Set(batch.map(({ episode }) => episode)).size).toBe(24);
    for (const rows of groupsIn(batch).values()) {
      expect(rows).toHaveLength(8);
      expect(new Set(rows.map(({ seed }) => seed)).size).toBe(1);
    }
    for (const [round, requests] of calls.slice(1).entries()) {
      const before = batch.slice(0, calls.slice(0, round + 1).flat().length);
      for (const { prefix, seed, group } of requests) {
        expect(prefix!.length).toBeGreaterThanOrEqual(1);
        expect(prefix!.length).toBeLessThanOrEqual(2);
        const parents = before.filter((t) => t.group === group && t.seed === seed);
        expect(parents.some((t) => prefix!.every((action, k) => action === actions(t)[k]))).toBe(true);
      }
    }
    // What was replayed is not learned from again.
    for (const t of batch.slice(6)) expect(t.mask[t.turns[0]!.start]).toBe(0);
  });

  test("odd sizes, episodes of one turn, and more roots than rollouts", async () => {
    const { context, calls } = world({ prompts: 2, groupSize: 7, play: coins });
    expect(await treeSampling({ roots: 3 }).sample(context())).toHaveLength(14);
    expect(calls.map((requests) => requests.length)).toEqual([6, 6, 2]);
    const short = world({ prompts: 2, groupSize: 4, play: bernoulli(() => 0.5) });
    expect(await treeSampling().sample(short.context())).toHaveLength(8);
    expect(short.calls[1]!.every(({ prefix }) => prefix!.length === 0)).toBe(true);
    const flat = world({ prompts: 2, groupSize: 4, play: coins });
    await treeSampling({ roots: 9 }).sample(flat.context());
    expect(flat.calls.map((requests) => requests.length)).toEqual([8]);
    expect(() => treeSampling({ roots: 0 })).toThrow(/roots must be a whole number of at least 1, not 0/);
  });
});

describe("entropy branching", () => {
  const uncertain = (surprises: number[]) => () => ({
    turns: surprises.map((surprise, k) => ({ tokens: 2, reward: k, action: `a${k}`, logProb: -surprise })),
  });
  const branchPoints = async (surprises: number[], options: { base: number; weight: number }) => {
    const { context, calls } = world({ prompts: 50, groupSize: 2, play: uncertain(surprises) });
    await entropyBranching(options).sample(context());
    const lengths = calls[1]!.map(({ prefix }) => prefix!.length);
    return [0, 1, 2].map((k) => lengths.filter((length) => length === k).length);
  };

  test("branches where a turn is more uncertain than the first", async () => {
    expect(await branchPoints([0.5, 0.5, 2.5], { base: 0, weight: 0.5 })).toEqual([0, 0, 50]);
    expect(await branchPoints([0.5, 2.5, 0.5], { base: 0, weight: 0.5 })).toEqual([0, 50, 0]);
    expect(await branchPoints([2, 1, 1], { base: 0.5, weight: 0.5 })).toEqual([50, 0, 0]);
  });

  test("with the probability of the rule", async () => {
    const [none, second, third] = await branchPoints([1, 1, 1], { base: 0.5, weight: 1 });
    expect(none! + second! + third!).toBe(50);
    // ½, ¼ and ¼ of 50
    expect(Math.abs(second! - 25)).toBeLessThan(15);
    expect(third).toBeGreaterThan(2);
    expect(none).toBeGreaterThan(2);
    expect(() => entropyBranching({ base: 2 })).toThrow(/base must be from 0 to 1, not 2/);
    expect(() => entropyBranching({ weight: -1 })).toThrow(/weight must be at least 0, not -1/);
  });
});

describe("diverging turns", () => {
  test("siblings share what came before one turn, and only that turn is learned from", async () => {
    const { context } = world({ prompts: 40, groupSize: 6, play: coins });
    const batch = await divergingTurns().sample(context());
    const steps = new Set<number>();
    for (const rows of groupsIn(batch).values()) {
      expect(rows).toHaveLength(6);
      const learned = rows.map((t) => t.turns.findIndex(({ start }) => t.mask[start] === 1));
      expect(new Set(learned).size).toBe(1);
      const step = learned[0]!;
      steps.add(step);
      for (const t of rows) {
        expect(actions(t).slice(0, step)).toEqual(actions(rows[0]!).slice(0, step));
        const { start, end } = t.turns[step]!;
        for (const [column, bit] of t.mask.entries()) {
          expect(bit).toBe(column >= start && column < end ? 1 : 0);
          if (!bit) expect(t.logProbs[column]).toBe(0);
        }
      }
    }
    expect(steps).toEqual(new Set([0, 1, 2]));
    const pairs = bestVersusWorst()(batch);
    expect(pairs.length).toBeGreaterThan(30);
    for (const { chosen, rejected } of pairs) {
      expect(batch[chosen]!.return).toBeGreaterThan(batch[rejected]!.return);
    }
  });
});

describe("Monte-Carlo values", () => {
  test("approach the exact value of every state, and leave the rollouts as they were", async () => {
    const { context, calls } = world({ prompts: 2, groupSize: 3, play: coins });
    const batch = await monteCarloValues(groupSampling(), { rollouts: 2000 }).sample(context());
    expect(batch).toHaveLength(6);
    for (const t of batch) {
      for (const [k, turn] of t.turns.entries()) {
        const heads = actions(t)
          .slice(0, k)
          .filter((flip) => flip === "h").length;
        // Heads so far, and half of the flips to come; 5 standard errors.
        expect(Math.abs(turn.value! - (heads + (3 - k) / 2))).toBeLessThan(5 * Math.sqrt(3 / 4 / 2000));
      }
      expect(t.return).toBe(actions(t).filter((flip) => flip === "h").length);
    }
    // A state that several rollouts share is valued once.
    const states = calls[1]!.map(({ seed, prefix }) => JSON.stringify([seed, prefix]));
    expect(states).toHaveLength(2000 * new Set(states).size);

    // The last flip's advantage is known exactly: ½ for heads, −½ for tails.
    const advantages = vineAdvantage().estimate(batch, {});
    for (const [i, t] of batch.entries()) {
      const { start, action } = t.turns[2]!;
      expect(Math.abs(advantages[i]![start]! - (action === "h" ? 0.5 : -0.5))).toBeLessThan(0.06);
    }
  });

  test("count rewards from the state on, discounted", async () => {
    const play = ({ prefix = [] }: RolloutRequest) => ({
      turns: [0, 1, 2].map((k) => ({ tokens: 1, reward: 1 + k, replayed: k < prefix.length })),
    });
    const { context } = world({ prompts: 1, groupSize: 1, play });
    const [t] = await monteCarloValues(groupSampling(), { rollouts: 1, gamma: 0.5 }).sample(context());
    const values = t!.turns.map(({ value }) => value!);
    for (const [k, expected] of [1 + 2 * 0.5 + 3 * 0.25, 2 + 3 * 0.5, 3].entries())
      expectClose(values[k]!, expected);
    for (const value of vineAdvantage({ gamma: 0.5 }).estimate([t!], {})[0]!) expectClose(value, 0);
  });

  test("an episode whose actions are not all there cannot be replayed", async () => {
    const torn = trajectory({ episode: 0, firstStep: 1, turns: [{ tokens: 1, reward: 0 }] });
    const inner = { name: "torn", sample: () => Promise.resolve([torn]) };
    const { context } = world({ play: coins });
    await expect(monteCarloValues(inner).sample(context())).rejects.toThrow(/lacks the action of step 0/);
    expect(() => monteCarloValues(inner, { rollouts: 0 })).toThrow(/rollouts must be a whole number/);
  });
});

describe("pairs", () => {
  const rollout = (episode: number, group: number, reward: number, tokens = 1): Trajectory =>
    trajectory({ episode, group, turns: [{ tokens, reward }] });

  test("best against worst in each group whose returns differ", () => {
    const batch = [
      rollout(0, 0, 0.5),
      rollout(1, 0, 1),
      rollout(2, 0, 0),
      rollout(3, 1, 1),
      rollout(4, 1, 1),
      rollout(5, 2, 0.1),
      rollout(6, 2, 0.2),
    ];
    expect(bestVersusWorst()(batch)).toEqual([
      { chosen: 1, rejected: 2 },
      { chosen: 6, rejected: 5 },
    ]);
    expect(bestVersusWorst({ atLeast: 0.5 })(batch)).toEqual([{ chosen: 1, rejected: 2 }]);
    expect(bestVersusWorst()([])).toEqual([]);
  });

  test("contexts of an episode are paired by position", () => {
    const contexts = (episode: number, count: number): Trajectory[] =>
      Array.from({ length: count }, (_, context) =>
        trajectory({
          episode,
          context,
          firstStep: context,
          turns: [{ tokens: 1, reward: 0 }],
          return: episode,
        }),
      );
    const batch = [...contexts(0, 3), ...contexts(1, 2)];
    expect(episodesOf(batch)).toHaveLength(2);
    expect(bestVersusWorst()(batch)).toEqual([
      { chosen: 3, rejected: 0 },
      { chosen: 4, rejected: 1 },
    ]);
  });

  test("the shortest success against the longest", () => {
    const batch = [
      rollout(0, 0, 1, 5),
      rollout(1, 0, 1, 2),
      rollout(2, 0, 0, 1),
      rollout(3, 0, 1, 9),
      rollout(4, 1, 1, 3),
      rollout(5, 1, 1, 3),
      rollout(6, 2, 0, 4),
    ];
    expect(shortestVersusLongest()(batch)).toEqual([{ chosen: 1, rejected: 3 }]);
  });
});
