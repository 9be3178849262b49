import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { makeEnvironment } from "../../../src/environments/index.js";
import { Vocabulary } from "../../../src/policy/index.js";
import { Random } from "../../../src/random.js";
import { warmStart, warmStartPolicy, type WarmStartOptions } from "../../../src/training/index.js";
import { demonstrate } from "../../../src/training/warm-start.js";
import { processorTime } from "../../support/processor-time.js";
import { broken, Echo } from "../rollout/worlds.js";

beforeAll(async () => {
  await useEngine("wasm");
});
afterAll(() => {
  expect(tf.memory().numTensors).toBe(0);
});

const model = { width: 16, layers: 1, heads: 2 };
const options = (changes: Partial<WarmStartOptions> = {}): WarmStartOptions => ({
  environment: () => new Echo(),
  recipe: { warmStart: { demonstrations: 100, steps: 60, learningRate: 1e-2 }, model },
  ...changes,
});

describe("warmStart", () => {
  it("imitates the scripted policy: the loss falls to its entropy, and the policy acts alike", async () => {
    const losses: number[] = [];
    const onStep = ({ step, steps, loss }: { step: number; steps: number; loss: number }) => {
      expect([step, steps]).toEqual([losses.length + 1, 60]);
      losses.push(loss);
    };
    const policy = await warmStart(options({ onStep }));
    // Eleven words, and a first policy that knows nothing.
    expect(losses[0]).toBeCloseTo(Math.log(11), 1);
    // `a` or `b` at random, then surely <eos>: ln 2 for two tokens.
    expect(losses.at(-1)).toBeLessThan(Math.log(2) / 2 + 0.1);
    expect(losses.at(-1)).toBeGreaterThan(Math.log(2) / 2 - 0.1);
    const [first, second] = await policy.distributions(["<bos> a", "<bos> a a"]);
    expect(first!.get("a")! + first!.get("b")!).toBeGreaterThan(0.9);
    expect(first!.get("a")).toBeGreaterThan(0.25);
    expect(first!.get("b")).toBeGreaterThan(0.25);
    expect(second!.get("<eos>")).toBeGreaterThan(0.9);
    policy.dispose();
  });

  it("is the same for a seed, and another for others; a value head changes none of it", async () => {
    const short = options({
      recipe: { warmStart: { demonstrations: 40, steps: 5, learningRate: 1e-2 }, model },
    });
    const values = [];
    for (const changes of [{ seed: 1 }, { seed: 1 }, { seed: 2 }, { seed: 1, valueHead: true }]) {
      const policy = await warmStart({ ...short, ...changes });
      expect(policy.hasValueHead).toBe(changes.valueHead === true);
      values.push((await policy.values()).get("head.weight"));
      policy.dispose();
    }
    expect(values[1]).toEqual(values[0]);
    expect(values[2]).not.toEqual(values[0]);
    expect(values[3]).toEqual(values[0]);
  });

  it("leaves nothing behind when it is aborted or the environment throws", async () => {
    const controller = new AbortController();
    let aborted = 0;
    const onStep = ({ step }: { step: number }) => {
      if (step !== 3) return;
      aborted = processorTime();
      controller.abort(new Error("stop"));
    };
    await expect(warmStart(options({ onStep, signal: controller.signal }))).rejects.toThrow("stop");
    expect(processorTime() - aborted).toBeLessThan(250);
    expect(tf.memory().numTensors).toBe(0);
    const failing = broken(() => {
      throw new Error("no step");
    });
    await expect(warmStart(options({ environment: failing }))).rejects.toThrow(
      /^Environment "echo" \(seed \d+, turn 1\) failed in step: no step$/,
    );
    const hanging = broken(() => new Promise(() => undefined));
    const signal = AbortSignal.timeout(30);
    await expect(warmStart(options({ environment: hanging, signal }))).rejects.toThrow(/timeout/);
    expect(tf.memory().numTensors).toBe(0);
  });
});

describe("demonstrate", () => {
  it("leaves trajectories of the scripted policy: mask 1 where it acted, closed by <eos>", async () => {
    const vocabulary = new Vocabulary(new Echo().spec.vocabulary);
    const requests = [{ seed: 4 }, { seed: 5, group: 9 }];
    const demonstrations = await demonstrate(() => new Echo(), vocabulary, requests, new Random(1));
    expect(demonstrations.map(({ seed, group, episode }) => [seed, group, episode])).toEqual([
      [4, 0, 0],
      [5, 9, 1],
    ]);
    for (const { tokens, mask, logProbs, turns, demonstrated, return: total, terminated } of demonstrations) {
      expect(demonstrated).toBe(true);
      expect(terminated).toBe(true);
      expect(new Set(logProbs)).toEqual(new Set([0]));
      expect(turns).toHaveLength(3);
      const written = turns.map(({ start, end }) => vocabulary.decode(tokens.subarray(start, end)));
      expect(written).toEqual(turns.map(({ action }) => `${action} <eos>`));
      expect([...mask].reduce((a, b) => a + b)).toBe(6);
      for (const { start, end } of turns) expect([...mask.subarray(start, end)]).toEqual([1, 1]);
      expect(total).toBe(turns.reduce((sum, { reward }) => sum + reward, 0));
    }
  });

  it.each(["t-maze", "kuhn-poker", "weather"])("plays %s to its end", async (id) => {
    const environment = () => makeEnvironment(id);
    const { spec } = environment();
    const vocabulary = new Vocabulary(spec.vocabulary);
    const requests = Array.from({ length: 30 }, (_, seed) => ({ seed }));
    const demonstrations = await demonstrate(environment, vocabulary, requests, new Random(2));
    expect(new Set(demonstrations.map(({ episode }) => episode)).size).toBe(30);
    for (const { tokens, turns, mask } of demonstrations) {
      expect(tokens.length).toBeLessThanOrEqual(spec.contextLength);
      expect(turns.length).toBeGreaterThan(0);
      expect(turns.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(
        mask.reduce((a, b) => a + b, 0),
      );
    }
  });
});

describe("warmStartPolicy", () => {
  it("is made on the spot for options that have no checkpoint, and stops when told to", async () => {
    const controller = new AbortController();
    const options = {
      environmentOptions: { tool: false },
      signal: controller.signal,
      onStep: () => {
        controller.abort(new Error("seen enough"));
      },
    };
    await expect(warmStartPolicy("weather", options)).rejects.toThrow("seen enough");
  });

  it("is the checkpoint for options that change nothing of the start", async () => {
    const values = async (environmentOptions: Record<string, number | boolean>) => {
      const policy = await warmStartPolicy("calculator", { environmentOptions });
      const all = await policy.values();
      policy.dispose();
      return all;
    };
    expect(await values({ callCost: 0.9 })).toEqual(await values({}));
  });

  it("names what it does not know", async () => {
    await expect(warmStartPolicy("wether")).rejects.toThrow("weather");
    await expect(warmStartPolicy(() => new Echo())).rejects.toThrow(
      "make one with warmStart() and pass it as `policy`",
    );
  });
});
