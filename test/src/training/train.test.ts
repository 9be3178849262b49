import * as tf from "@tensorflow/tfjs-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Algorithm } from "../../../src/algorithms/algorithm.js";
import { useEngine } from "../../../src/engine/index.js";
import type { TransformerPolicy } from "../../../src/policy/index.js";
import {
  evaluate,
  train,
  type Training,
  type TrainOptions,
  type TrainStep,
} from "../../../src/training/index.js";
import { packRows } from "../../../src/training/batch.js";
import type { Trajectory } from "../../../src/rollout/index.js";
import { processorTime } from "../../support/processor-time.js";
import { Echo } from "../rollout/worlds.js";
import { echo, echoPolicy, oneWord, plainAlgorithm, plainLoss } from "./support.js";

let policy: TransformerPolicy;
let tensors: number;
beforeAll(async () => {
  await useEngine("wasm");
});
beforeEach(async () => {
  expect(tf.memory().numTensors).toBe(0);
  policy = await echoPolicy();
  tensors = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(tensors);
  policy.dispose();
});
afterAll(() => {
  expect(tf.memory().numTensors).toBe(0);
});

const options = (changes: Partial<TrainOptions> = {}): TrainOptions => ({
  ...{ environment: echo, policy, algorithm: "grpo", seed: 4 },
  ...{ updates: 5, prompts: 2, groupSize: 4, learningRate: 0.01 },
  ...changes,
});

type Values = ReadonlyMap<string, Float32Array>;

/** Notes the policy's parameters at the start and after every update, as far as it gets. */
async function follow(training: Training, values: Values[]): Promise<void> {
  values.push(await policy.values());
  for await (const { update } of training) values[update] = await policy.values();
}

/** The objective with something done at each call. */
function watched(changes: Partial<Algorithm>, onLoss: (call: number) => number): Algorithm {
  let calls = 0;
  return plainAlgorithm({
    objective: {
      ...{ name: "watched", kind: "policy" },
      loss: (inputs) => tf.mul(plainLoss(inputs), onLoss(++calls)),
    },
    ...changes,
  });
}

describe("train", () => {
  it("yields a step for every update, with DESIGN's metrics, what was played and what was learned from it", async () => {
    const steps: TrainStep[] = [];
    for await (const step of train(options())) steps.push(step);
    expect(steps.map(({ update, updates }) => [update, updates])).toEqual([1, 2, 3, 4, 5].map((i) => [i, 5]));
    for (const [i, { metrics, trajectories, advantages, seconds }] of steps.entries()) {
      for (const name of [
        ...["rollout/success", "rollout/return", "rollout/turns", "rollout/tokens", "rollout/right"],
        ...["rollout/trajectories", "loss/policy", "policy/entropy", "policy/kl_old", "policy/gradient_norm"],
        ...["policy/clip_fraction", "time/sample_ms", "time/update_ms"],
      ]) {
        expect(metrics[name], name).toSatisfy(Number.isFinite);
      }
      expect(trajectories).toHaveLength(8);
      expect(metrics["rollout/trajectories"]).toBe(8);
      expect(metrics["rollout/return"]).toBeCloseTo(
        trajectories.reduce((sum, t) => sum + t.return, 0) / 8,
        6,
      );
      expect(advantages.map(({ length }) => length)).toEqual(trajectories.map(({ tokens }) => tokens.length));
      expect(seconds).toBeGreaterThan(i === 0 ? 0 : steps[i - 1]!.seconds);
      // Two tasks, four rollouts of each.
      expect(new Set(trajectories.map(({ seed }) => seed)).size).toBe(2);
      expect(trajectories.every(({ seed }) => seed < 1e9)).toBe(true);
    }
  });

  it("learns", async () => {
    const steps = await train(options({ updates: 60, groupSize: 8, learningRate: 0.02 })).run();
    const mean = (part: typeof steps) =>
      part.reduce((sum, { metrics }) => sum + metrics["rollout/return"]!, 0) / part.length;
    expect(mean(steps.slice(0, 5))).toBeLessThan(1);
    expect(mean(steps.slice(-5))).toBeGreaterThan(mean(steps.slice(0, 5)) + 0.5);
  });

  it("is the same for a seed, and another for others", async () => {
    const start = await policy.values();
    const results = [];
    for (const seed of [1, 1, 2]) {
      policy.assign(start);
      const steps = await train(options({ seed })).run();
      results.push({
        values: await policy.values(),
        returns: steps.map(({ metrics }) => metrics["rollout/return"]),
      });
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]!.values).not.toEqual(results[0]!.values);
  });

  it("of no updates changes nothing", async () => {
    const before = await policy.values();
    expect(await train(options({ updates: 0 })).run()).toEqual([]);
    expect(await policy.values()).toEqual(before);
  });

  it("can be left at any step; the policy then holds what was learned so far", async () => {
    const before = await policy.values();
    for await (const { update } of train(options())) if (update === 2) break;
    const after = await policy.values();
    expect(after).not.toEqual(before);
    policy.assign(before);
    await train(options({ updates: 2 })).run();
    expect(await policy.values()).toEqual(after);
  });

  it("runs once", async () => {
    const training = train(options({ updates: 1 }));
    await training.run();
    await expect(training.run()).rejects.toThrow(
      "This training has run; call train() again, with `resume` to go on",
    );
  });

  it("needs no more memory after 500 updates than after 10", async () => {
    const counts: number[] = [];
    const bytes: number[] = [];
    for await (const { update } of train(options({ updates: 500, groupSize: 2 }))) {
      if (update % 10 !== 0) continue;
      counts.push(tf.memory().numTensors);
      bytes.push(tf.memory().numBytes);
    }
    expect(new Set(counts).size).toBe(1);
    expect(new Set(bytes).size).toBe(1);
  }, 120_000);

  it("plays the same environments in every update, and closes them after every episode", async () => {
    const made: Echo[] = [];
    const environment = () => {
      made.push(new Echo(oneWord));
      return made.at(-1)!;
    };
    const chosen = options({ environment, updates: 3 });
    await train(chosen).run();
    // One more is asked for its specification.
    const [asked, ...played] = made;
    expect(asked!.closed).toBe(1);
    expect(played).toHaveLength(chosen.prompts! * chosen.groupSize!);
    for (const { closed } of played) expect(closed).toBe(3);
  });
});

describe("which parameters are kept", () => {
  it("are those that played best over four updates in a row, or the last", async () => {
    const start = await policy.values();
    for (const keep of ["best", "last", undefined] as const) {
      policy.assign(start);
      // The values an update's rollouts were played with, and what they earned.
      const before = [start];
      const returns: number[] = [];
      // A rate at which returns go up and down.
      const training = train(
        options({ updates: 14, learningRate: 0.15, ...(keep === undefined ? {} : { keep }) }),
      );
      for await (const { metrics } of training) {
        returns.push(metrics["rollout/return"]!);
        before.push(await policy.values());
      }
      const scores = returns.map((_, i) =>
        i < 3 ? -Infinity : returns.slice(i - 3, i + 1).reduce((sum, value) => sum + value, 0) / 4,
      );
      const best = scores.lastIndexOf(Math.max(...scores));
      const last = before.length - 1;
      expect(best).not.toBe(last);
      expect(await policy.values()).toEqual(before[keep === "last" ? last : best]);
    }
  });

  it("are the last of a short training", async () => {
    const values: Values[] = [];
    await follow(train(options({ updates: 3 })), values);
    expect(values).toHaveLength(4);
    expect(await policy.values()).toEqual(values[3]);
  });
});

describe("the signal", () => {
  it("stops in mid-update within 250 ms; the last complete update stays, and training can go on", async () => {
    const controller = new AbortController();
    const reason = new Error("stop button");
    let aborted = 0;
    // Six minibatches an update; it is pressed in the fourth of the third update.
    const algorithm = watched({ epochs: 3, minibatches: 2 }, (call) => {
      if (call === 2 * 6 + 4) {
        aborted = processorTime();
        controller.abort(reason);
      }
      return 1;
    });
    const complete: Values[] = [];
    const training = train(options({ algorithm, signal: controller.signal }));
    await expect(follow(training, complete)).rejects.toBe(reason);
    expect(processorTime() - aborted).toBeLessThan(250);
    expect(complete).toHaveLength(3);
    expect(await policy.values()).toEqual(complete[2]);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await train(options({ updates: 2 })).run()).toHaveLength(2);
  });

  it("stops at any moment within 250 ms, with a model of the usual size", async () => {
    const large = await echoPolicy({ width: 64, layers: 2 });
    const before = tf.memory().numTensors;
    for (const delay of [1, 60, 200, 450, 700]) {
      const controller = new AbortController();
      let aborted = 0;
      setTimeout(() => {
        aborted = processorTime();
        controller.abort();
      }, delay);
      const training = train(
        options({ policy: large, updates: 1000, prompts: 16, groupSize: 8, signal: controller.signal }),
      );
      await expect(training.run()).rejects.toThrow(/abort/i);
      expect(processorTime() - aborted).toBeLessThan(250);
      expect(tf.memory().numTensors).toBe(before);
    }
    large.dispose();
  });

  it("is the running notebook cell's by default", async () => {
    const controller = new AbortController();
    const key = Symbol.for("agentic-rl-lab.kernel");
    Object.assign(globalThis, { [key]: { signal: controller.signal } });
    try {
      const loop = async () => {
        for await (const { update } of train(options()))
          if (update === 2) controller.abort(new Error("cell stopped"));
      };
      await expect(loop()).rejects.toThrow("cell stopped");
    } finally {
      Reflect.deleteProperty(globalThis, key);
    }
  });

  it("stops before the start when it is already aborted", async () => {
    await expect(train(options({ signal: AbortSignal.abort() })).run()).rejects.toThrow(/abort/i);
  });

  it("lets the event loop run while it trains", async () => {
    const large = await echoPolicy({ width: 64, layers: 2 });
    let longest = 0;
    let last = processorTime();
    const timer = setInterval(() => {
      longest = Math.max(longest, processorTime() - last);
      last = processorTime();
    }, 5);
    await train(options({ policy: large, updates: 3, prompts: 16, groupSize: 8 })).run();
    clearInterval(timer);
    expect(longest).toBeLessThan(250);
    large.dispose();
  });
});

describe("what goes wrong on the way", () => {
  it("a loss that is NaN stops with a clear error, and the last good parameters stay", async () => {
    const complete: Values[] = [];
    // In the second step of the third update: the first step of it is taken back too.
    const algorithm = watched({ epochs: 2 }, (call) => (call === 6 ? NaN : 1));
    await expect(follow(train(options({ algorithm })), complete)).rejects.toThrow(
      "loss/policy is NaN: training stopped before the step; a smaller learning rate may help",
    );
    expect(complete).toHaveLength(3);
    expect(await policy.values()).toEqual(complete[2]);
  });

  it("a step so large that nothing can be sampled any more is taken back", async () => {
    const before = await policy.values();
    const complete: Values[] = [];
    await expect(follow(train(options({ learningRate: 1e30 })), complete)).rejects.toThrow(
      "The policy's probabilities are not numbers",
    );
    // What the update before the fatal one left, or the start.
    expect(await policy.values()).toEqual(complete.length > 1 ? complete.at(-2) : before);
    await expect(
      evaluate({ environment: () => new Echo(oneWord), policy, episodes: 8 }),
    ).resolves.toBeDefined();
  });

  it("an environment that throws is named", async () => {
    let steps = 0;
    class Failing extends Echo {
      override step(action: string) {
        if (++steps === 30) throw new Error("the world ended");
        return super.step(action);
      }
    }
    await expect(train(options({ environment: () => new Failing(oneWord) })).run()).rejects.toThrow(
      /^Environment "echo" \(seed \d+, turn \d\) failed in step: the world ended$/,
    );
  });

  it("a policy that does not fit the environment", async () => {
    const environment = () => new Echo({ vocabulary: ["a", "b", "again", "more"] });
    await expect(train(options({ environment })).run()).rejects.toThrow(
      `The policy's vocabulary lacks 1 words of the environment "echo", the first is "more"`,
    );
  });

  it("an algorithm's part that throws leaves no tensor, nor a changed policy", async () => {
    const before = await policy.values();
    const algorithm = watched({}, () => {
      throw new Error("no loss");
    });
    await expect(train(options({ algorithm })).run()).rejects.toThrow("no loss");
    expect(await policy.values()).toEqual(before);
  });
});

describe("bad options", () => {
  it.each([
    [{ updates: -1 }, "train: updates must be a whole number of at least 0, not -1"],
    [{ updates: 1.5 }, "train: updates must be a whole number of at least 0, not 1.5"],
    [{ prompts: 0 }, "train: prompts must be a whole number of at least 1, not 0"],
    [{ groupSize: NaN }, "train: groupSize must be a whole number of at least 1, not NaN"],
    [{ learningRate: NaN }, "train: learningRate must be a positive number, not NaN"],
    [{ learningRate: 0 }, "train: learningRate must be a positive number, not 0"],
    [{ learningRate: Infinity }, "train: learningRate must be a positive number, not Infinity"],
    [{ seed: -3 }, "train: seed must be a whole number from 0 to 2147483647, not -3"],
    [{ temperature: 0 }, "temperature must be a positive number, not 0"],
    [{ algorithm: "gpro" }, 'There is no algorithm "gpro"; did you mean grpo?'],
    [{ algorithmOptions: { k: 3 } }, "grpo has no option k"],
    [{ environment: "wether" }, "weather"],
    [{ environment: "weather", environmentOptions: { tol: true } }, "tool"],
    [
      { algorithm: "ppo" },
      "ppo needs a policy with a value head: createPolicyFor(spec, { valueHead: true })",
    ],
  ])("%j are refused before anything runs", (changes: Partial<TrainOptions>, message) => {
    expect(() => train(options(changes))).toThrow(RangeError);
    expect(() => train(options(changes))).toThrow(message);
  });

  it("an environment of one's own needs a policy", async () => {
    const training = train({ environment: echo, algorithm: "grpo" });
    expect(() => training.policy).toThrow("Training.policy is there from the first step on");
    await expect(training.run()).rejects.toThrow("make one with warmStart() and pass it as `policy`");
  });
});

describe("the ways of learning", () => {
  it.each([
    ["dpo", false],
    ["ppo", true],
    ["reinforce", false],
    ["rloo", false],
  ])("%s runs and changes every parameter it can reach", async (algorithm, valueHead) => {
    const own = await echoPolicy({ valueHead });
    const before = await own.values();
    const steps = await train(options({ policy: own, algorithm, updates: 3, keep: "last" })).run();
    for (const { metrics } of steps) {
      for (const [name, value] of Object.entries(metrics)) expect(value, name).toSatisfy(Number.isFinite);
    }
    const after = await own.values();
    for (const [name, values] of before) expect(after.get(name), name).not.toEqual(values);
    own.dispose();
  });

  /** Log-probabilities of what the policy wrote, one row after the other, the longest first. */
  const written = (logProbs: tf.Tensor, mask: tf.Tensor) =>
    tf.tidy(() => [...tf.mul(logProbs, mask).dataSync()]);

  /** An update's reference log-probabilities, what it was played on, and all parameters the policy went through. */
  async function references(reference: NonNullable<Algorithm["reference"]>) {
    let latest: number[] = [];
    const algorithm = plainAlgorithm({
      reference,
      objective: {
        ...{ name: "looks at the reference", kind: "policy" },
        loss(inputs) {
          latest = written(inputs.referenceLogProbs!, inputs.mask);
          return plainLoss(inputs);
        },
      },
      // With a regularizer no row is left out.
      regularizers: [
        { name: "none", coefficient: 1, metric: "loss/none", loss: (inputs) => tf.mul(plainLoss(inputs), 0) },
      ],
    });
    const values = [await policy.values()];
    const updates: { logProbs: number[]; rows: Trajectory[] }[] = [];
    for await (const { trajectories } of train(options({ algorithm, keep: "last" }))) {
      const rows = [...trajectories].sort((a, b) => b.tokens.length - a.tokens.length);
      updates.push({ logProbs: latest, rows });
      values.push(await policy.values());
    }
    return { updates, values };
  }

  it("compare with a reference that is frozen, replaced every so often, or follows as an average", async () => {
    const start = await policy.values();
    const decay = 0.7;
    const averages = (values: readonly Values[]) => {
      const average = new Map(
        Array.from(values[0]!, ([name, numbers]) => [name, Float64Array.from(numbers)]),
      );
      return values.map((latest, i) => {
        if (i > 0) {
          for (const [name, numbers] of average) {
            for (const [j, value] of latest.get(name)!.entries())
              numbers[j] = decay * numbers[j]! + (1 - decay) * value;
          }
        }
        return new Map(Array.from(average, ([name, numbers]) => [name, Float32Array.from(numbers)]));
      });
    };
    for (const [reference, of] of [
      [{}, (values: readonly Values[]) => values.map(() => values[0]!)],
      [{ replaceEvery: 2 }, (values: readonly Values[]) => values.map((_, i) => values[i - (i % 2)]!)],
      [{ averageDecay: decay }, averages],
    ] as const) {
      policy.assign(start);
      const { updates, values } = await references(reference);
      const by = of(values);
      for (const [i, { logProbs, rows }] of updates.entries()) {
        policy.assign(by[i]!);
        const packed = packRows(rows.map((row) => ({ ...row, advantages: row.logProbs })));
        const expected = tf.tidy(() => written(policy.score(packed.tokens).logProbs, packed.mask));
        tf.dispose({ ...packed });
        expect(logProbs).toHaveLength(expected.length);
        for (const [j, value] of expected.entries())
          expect(Math.abs(logProbs[j]! - value)).toBeLessThan(1e-5);
      }
    }
  });
});
