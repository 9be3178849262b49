import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { makeEnvironment } from "../../../src/environments/index.js";
import { createPolicyFor, type TransformerPolicy } from "../../../src/policy/index.js";
import { Random } from "../../../src/random.js";
import type { Trajectory } from "../../../src/rollout/index.js";
import { evaluate, evaluationSeeds, rolloutMetrics } from "../../../src/training/index.js";
import { trainingSeed } from "../../../src/training/seeds.js";
import { Echo } from "../rollout/worlds.js";
import { echo, echoPolicy } from "./support.js";

let policy: TransformerPolicy;
beforeAll(async () => {
  await useEngine("wasm");
  policy = await echoPolicy();
});
afterAll(() => {
  policy.dispose();
  expect(tf.memory().numTensors).toBe(0);
});

describe("evaluate", () => {
  it("plays tasks training never draws, in the test split, each once", async () => {
    const asked: { seed: number; split?: string }[] = [];
    class Asked extends Echo {
      override reset(options: { seed: number; split?: string }) {
        asked.push(options);
        return super.reset(options);
      }
    }
    const { trajectories } = await evaluate({ environment: () => new Asked(), policy, episodes: 300 });
    expect(asked.map(({ seed }) => seed)).toEqual(evaluationSeeds(300));
    expect(new Set(asked.map(({ split }) => split))).toEqual(new Set(["test"]));
    const random = new Random(1);
    const drawn = Array.from({ length: 10_000 }, () => trainingSeed(random));
    expect(Math.max(...drawn)).toBeLessThan(Math.min(...evaluationSeeds(5)));
    expect(trajectories.map(({ episode, group, seed }) => [episode, group, seed])).toEqual(
      evaluationSeeds(300).map((seed, i) => [i, i, seed]),
    );
  });

  it("counts successes, with Wilson's interval", async () => {
    /** Solved where the seed is divisible by 4, whatever is done. */
    class Quarter extends Echo {
      override step(action: string) {
        const result = super.step(action);
        if (result instanceof Promise) throw new Error("an Echo answers at once");
        return { ...result, info: { success: this.seed % 4 === 0, flag: this.seed % 2 === 0 } };
      }
    }
    const { success, interval, episodes, metrics } = await evaluate({
      ...{ environment: () => new Quarter(), policy, episodes: 100 },
    });
    expect(success).toBe(0.25);
    expect(episodes).toBe(100);
    // (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n) for p = .25, n = 100, z = 1.96.
    const z = 1.959964;
    const centre = (0.25 + z ** 2 / 200) / (1 + z ** 2 / 100);
    const half = (z * Math.sqrt(0.1875 / 100 + z ** 2 / 40000)) / (1 + z ** 2 / 100);
    expect(interval.low).toBeCloseTo(centre - half, 4);
    expect(interval.high).toBeCloseTo(centre + half, 4);
    expect(metrics["rollout/success"]).toBe(0.25);
    expect(metrics["rollout/flag"]).toBe(0.5);
  });

  it("is the same for a seed; another seed draws other actions on the same tasks", async () => {
    const played = async (seed?: number) => {
      const options = { environment: echo, policy, episodes: 20, ...(seed === undefined ? {} : { seed }) };
      return (await evaluate(options)).trajectories;
    };
    const first = await played();
    expect(await played(0)).toEqual(first);
    const other = await played(1);
    expect(other.map(({ seed }) => seed)).toEqual(first.map(({ seed }) => seed));
    expect(other.map(({ tokens }) => tokens)).not.toEqual(first.map(({ tokens }) => tokens));
  });

  it("counts every player of a game", async () => {
    const environment = () => makeEnvironment("kuhn-poker");
    const game = await createPolicyFor(environment().spec, { width: 8, layers: 1, heads: 2 });
    const { success, episodes, trajectories } = await evaluate({ environment, policy: game, episodes: 60 });
    expect(episodes).toBe(trajectories.length);
    expect(success).toBeCloseTo(trajectories.filter((t) => t.success).length / episodes, 10);
    game.dispose();
  });

  it.each([0, -1, 1.5, NaN])("refuses %d episodes", async (episodes) => {
    await expect(evaluate({ environment: echo, policy, episodes })).rejects.toThrow(
      `evaluate: episodes must be a whole number of at least 1, not ${episodes}`,
    );
  });

  it("can be aborted", async () => {
    const before = tf.memory().numTensors;
    const start = performance.now();
    const signal = AbortSignal.timeout(40);
    await expect(evaluate({ environment: echo, policy, episodes: 100_000, signal })).rejects.toThrow(
      /timeout/,
    );
    expect(performance.now() - start).toBeLessThan(290);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("rolloutMetrics", () => {
  const trajectory = (changes: Partial<Trajectory>): Trajectory => ({
    ...{ episode: 0, group: 0, agent: 0, context: 0, seed: 0 },
    tokens: Int32Array.of(1, 8, 9, 10),
    mask: Uint8Array.of(0, 1, 1, 0),
    logProbs: new Float32Array(4),
    entropies: Float32Array.of(0, 0.5, 1.5, 0),
    turns: [{ start: 1, end: 3, reward: 1, action: "a b", step: 0 }],
    ...{ return: 1, success: true, terminated: true, truncated: false, info: {} },
    ...changes,
  });

  it("averages over episodes, not contexts, and leaves replayed turns out", () => {
    const notepad = [0, 1, 2].map((context) =>
      trajectory({ context, return: 3, info: { calls: 4, success: true } }),
    );
    const replayed = trajectory({
      ...{ episode: 1, return: -1, success: false, info: { calls: 2, won: true, name: "x" } },
      turns: [
        { start: 1, end: 2, reward: 0, action: "a", step: 0 },
        { start: 2, end: 4, reward: 0, action: "b c", step: 1 },
      ],
      mask: Uint8Array.of(0, 0, 1, 1),
      entropies: Float32Array.of(0, 0, 2, 3),
    });
    expect(rolloutMetrics([...notepad, replayed])).toEqual({
      "rollout/success": 0.5,
      "rollout/return": 1,
      "rollout/turns": 2,
      "rollout/tokens": 4,
      "rollout/calls": 3,
      "rollout/won": 1,
      "policy/entropy": (3 * 2 + 5) / 8,
    });
  });

  it("of nothing is nothing", () => {
    expect(rolloutMetrics([])).toEqual({});
  });
});
