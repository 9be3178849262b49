/** A training that is interrupted and resumed equals the one that is not, bit for bit. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Algorithm } from "../../../src/algorithms/algorithm.js";
import { useEngine } from "../../../src/engine/index.js";
import type { EnvironmentSpec } from "../../../src/environments/environment.js";
import { createPolicyFor } from "../../../src/policy/index.js";
import { decodeSafeTensors, encodeSafeTensors, type SafeTensors } from "../../../src/policy/safetensors.js";
import { Random } from "../../../src/random.js";
import { train, type TrainOptions } from "../../../src/training/index.js";
import { trainingStateSummary } from "../../../src/training/state.js";
import { Echo } from "../rollout/worlds.js";
import { echo, echoPolicy, oneWord, plainAlgorithm } from "./support.js";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "state-"));
  await useEngine("wasm");
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  expect(tf.memory().numTensors).toBe(0);
});

const settings: Omit<TrainOptions, "policy"> = {
  ...{ environment: echo, seed: 6, updates: 9, prompts: 2, groupSize: 4, learningRate: 0.05 },
};

/** Remembers in its state how often each task came, and its advantages depend on it. */
const remembering = plainAlgorithm({
  name: "remembering",
  advantage: {
    name: "counts",
    estimate(trajectories, state) {
      const before = (state["seen"] as number | undefined) ?? 0;
      state["seen"] = before + trajectories.length;
      return trajectories.map((t) => Float32Array.from(t.mask, (bit) => bit * (t.return - 1 / (1 + before))));
    },
  },
  // A coefficient that moves, a reference that follows, and minibatches in an order that is drawn.
  regularizers: [
    {
      ...{ name: "entropy", coefficient: 0.1, metric: "loss/entropy" },
      loss: ({ entropy, mask, counts }) => tf.div(tf.sum(tf.mul(entropy, mask)), counts.tokens),
      adapt: (coefficient, measured) => coefficient * (1 + 0.1 * Math.sign(measured - 1)),
    },
    {
      ...{ name: "distance", coefficient: 0.2, metric: "loss/distance" },
      loss: ({ logProbs, referenceLogProbs, mask, counts }) =>
        tf.div(tf.sum(tf.mul(tf.squaredDifference(logProbs, referenceLogProbs!), mask)), counts.tokens),
    },
  ],
  reference: { averageDecay: 0.8 },
  ...{ epochs: 2, minibatches: 3 },
});

describe("resume", () => {
  it.each<[string, string | Algorithm, Partial<TrainOptions>]>([
    ["grpo", "grpo", {}],
    ["ppo (value head)", "ppo", {}],
    ["dpo (reference)", "dpo", {}],
    ["an algorithm that remembers", remembering, {}],
    ["keeping the last", "reinforce", { keep: "last" }],
  ])("goes on bit for bit: %s", async (_, algorithm, changes) => {
    const valueHead = algorithm === "ppo";
    const straight = await echoPolicy({ valueHead });
    const metrics: Record<string, number>[] = [];
    const timeless = (all: Record<string, number>) =>
      Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith("time/")));
    for await (const step of train({ ...settings, ...changes, algorithm, policy: straight })) {
      metrics.push(timeless(step.metrics));
    }

    for (const stop of [1, 6]) {
      const path = join(folder, `after-${stop}`);
      const first = await echoPolicy({ valueHead });
      const training = train({ ...settings, ...changes, algorithm, policy: first });
      for await (const { update } of training) {
        if (update !== stop) continue;
        training.save(path);
        break;
      }
      first.dispose();
      // Other parameters at first: all comes from the file.
      const second = await echoPolicy({ valueHead, seed: 77 });
      const rest: Record<string, number>[] = [];
      const updates: number[] = [];
      for await (const step of train({ ...settings, ...changes, algorithm, policy: second, resume: path })) {
        rest.push(timeless(step.metrics));
        updates.push(step.update);
      }
      expect(updates).toEqual(Array.from({ length: 9 - stop }, (_, i) => stop + i + 1));
      expect(rest).toEqual(metrics.slice(stop));
      expect(await second.values()).toEqual(await straight.values());
      second.dispose();
    }
    straight.dispose();
  });

  it("goes on from where an aborted or a broken-off training was saved afterwards", async () => {
    const path = join(folder, "aborted");
    const straight = await echoPolicy();
    await train({ ...settings, algorithm: "grpo", policy: straight }).run();
    const policy = await echoPolicy();
    const controller = new AbortController();
    const training = train({ ...settings, algorithm: "grpo", policy, signal: controller.signal });
    const loop = async () => {
      for await (const { update } of training) if (update === 5) controller.abort(new Error("enough"));
    };
    await expect(loop()).rejects.toThrow("enough");
    training.save(path);
    await train({ ...settings, algorithm: "grpo", policy, resume: path }).run();
    expect(await policy.values()).toEqual(await straight.values());
    straight.dispose();
    policy.dispose();
  });

  it("of a finished training does nothing more, and of a longer one goes on", async () => {
    const path = join(folder, "finished");
    const policy = await echoPolicy();
    const training = train({ ...settings, algorithm: "grpo", policy });
    await training.run();
    training.save(path);
    const done = await policy.values();
    expect(await train({ ...settings, algorithm: "grpo", policy, resume: path }).run()).toEqual([]);
    expect(await policy.values()).toEqual(done);
    const more = await train({ ...settings, algorithm: "grpo", updates: 11, policy, resume: path }).run();
    expect(more.map(({ update }) => update)).toEqual([10, 11]);
    policy.dispose();
  });

  it("has nothing to save before the start", async () => {
    const policy = await echoPolicy();
    const training = train({ ...settings, algorithm: "grpo", policy });
    expect(() => {
      training.save(join(folder, "nothing"));
    }).toThrow("Training.save: nothing has been trained yet");
    expect(readdirSync(folder)).not.toContain("nothing");
    policy.dispose();
  });
});

describe("a state that does not fit", () => {
  let path: string;
  let whole: Uint8Array;
  beforeAll(async () => {
    path = join(folder, "state.safetensors");
    const policy = await echoPolicy();
    const training = train({ ...settings, algorithm: remembering, updates: 5, policy });
    await training.run();
    training.save(path);
    policy.dispose();
    whole = readFileSync(path);
  });

  /** The error of resuming from the file; whatever happens, the policy is as it was and no tensor is left. */
  async function refusal(changes: Partial<TrainOptions> = {}): Promise<string> {
    const policy = changes.policy ?? (await echoPolicy({ seed: 5 }));
    const [before, tensors] = [await policy.values(), tf.memory().numTensors];
    const training = train({ ...settings, algorithm: remembering, policy, resume: path, ...changes });
    const error: unknown = await training.run().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(tf.memory().numTensors).toBe(tensors);
    expect(error).toBeInstanceOf(Error);
    expect(await policy.values()).toEqual(before);
    policy.dispose();
    return (error as Error).message;
  }

  it("is of another algorithm, vocabulary or model", async () => {
    const start = `Training cannot go on from ${path}: `;
    expect(await refusal({ algorithm: "grpo" })).toBe(`${start}it was trained by remembering, not grpo`);
    const { spec } = echo();
    const other = await createPolicyFor(
      { ...spec, vocabulary: [...spec.vocabulary, "z"] },
      { width: 8, layers: 1, heads: 2 },
    );
    expect(await refusal({ policy: other })).toBe(
      `${start}it was saved with another vocabulary; train the environment it was made with`,
    );
    expect(await refusal({ policy: await echoPolicy({ layers: 2 }) })).toMatch(
      /it was saved with the model .*"layers":1/,
    );
    // The same name with other parts.
    const fewer = { ...remembering, regularizers: remembering.regularizers.slice(1) };
    expect(await refusal({ algorithm: fewer })).toContain(
      '"coefficients" is damaged, or of the algorithm with other options',
    );
  });

  it("is of another environment, other options of it or another seed", async () => {
    const start = `Training cannot go on from ${path}: `;
    const way = "give the environment and the options it was made with";
    const world = (changes: object) => () => new Echo({ ...oneWord, ...changes });
    expect(await refusal({ environment: world({ id: "narcissus" }) })).toBe(
      `${start}it was trained on echo {}, not narcissus {}; ${way}`,
    );
    expect(await refusal({ environment: world({ options: { b: 1, a: true } }) })).toBe(
      `${start}it was trained on echo {}, not echo {"a":true,"b":1}; ${way}`,
    );
    expect(await refusal({ seed: 7 })).toBe(
      `${start}it was trained with seed 6, not 7; leave seed away to go on`,
    );
  });

  it("is of a training with other settings", async () => {
    expect(await refusal({ learningRate: 0.5 })).toMatch(
      /^train: the training to resume had learningRate [\d.]+, this one has 0\.5; give it the same settings$/,
    );
    expect(await refusal({ groupSize: 7 })).toContain("had groupSize");
    expect(await refusal({ keep: "last" })).toContain("had keep best, this one has last");
  });

  it("without a seed goes on with the saved one; options may come in any order", async () => {
    const [once, twice] = [join(folder, "options"), join(folder, "options-again")];
    const world = (options: EnvironmentSpec["options"]) => () => new Echo({ ...oneWord, options });
    const { seed, ...seedless } = settings;
    const policy = await echoPolicy();
    const common = { algorithm: "grpo", policy };
    const first = train({
      ...{ ...settings, ...common, updates: 1 },
      environment: world({ a: 1, b: 2 }),
    });
    await first.run();
    first.save(once);
    const second = train({
      ...{ ...seedless, ...common, updates: 2, resume: once },
      environment: world({ b: 2, a: 1 }),
    });
    await second.run();
    second.save(twice);
    policy.dispose();
    expect(trainingStateSummary(twice)).toMatchObject({ seed, update: 2 });
  });

  it("is no state at all", async () => {
    const policy = await echoPolicy();
    const checkpoint = join(folder, "checkpoint.safetensors");
    await policy.save(checkpoint);
    policy.dispose();
    expect(await refusal({ resume: checkpoint })).toBe(
      `Training cannot go on from ${checkpoint}: it is not a training state`,
    );
    expect(() => trainingStateSummary(checkpoint)).toThrow("it is not a training state");
    expect(await refusal({ resume: join(folder, "none") })).toMatch(
      /^Training cannot go on from .*none: ENOENT/,
    );
    expect(trainingStateSummary(path)).toMatchObject({ algorithm: "remembering", seed: 6, update: 5 });
  });

  it("is damaged in any of its parts", async () => {
    const damage = async (change: (file: SafeTensors & { metadata: Record<string, string> }) => void) => {
      const { tensors, metadata } = decodeSafeTensors(whole);
      const file = { tensors, metadata: { ...metadata } };
      change(file);
      writeFileSync(path, encodeSafeTensors(file));
      const message = await refusal();
      expect(message).toContain(`Training cannot go on from ${path}: `);
      return message;
    };
    for (const name of [
      "policy/norm.scale",
      "reference/norm.scale",
      "best/norm.scale",
      "adam/first",
      "adam/second",
    ]) {
      expect(await damage(({ tensors }) => tensors.delete(name))).toContain(`tensor "${name}" is missing`);
      expect(
        await damage(({ tensors }) => tensors.set(name, { shape: [1], values: new Float32Array(1) })),
      ).toContain(`tensor "${name}" is missing or has another size`);
      expect(
        await damage(({ tensors }) => {
          tensors.get(name)!.values[0] = NaN;
        }),
      ).toContain(`tensor "${name}" holds NaN or infinity`);
    }
    for (const [field, value] of [
      ["update", -1],
      ["update", "5"],
      ["random", [1, 2, 3]],
      ["random", null],
      ["coefficients", [null, 1]],
      ["adamSteps", 0.5],
      ["seconds", null],
      ["random", [0.5, 1, 2, 3]],
      ["random", [0, 0, 0, 2 ** 31]],
      ["random", [0, 0, 0, 0]],
      ["algorithmState", 3],
      ["algorithmState", null],
      ["algorithmState", []],
      ["best", null],
      ["best", { score: 1 }],
      ["best", { recent: [1], score: "1" }],
      ["best", { recent: [1], score: null }],
      ["environment", null],
      ["environment", { id: "echo" }],
    ] as const) {
      const message = await damage((file) => {
        const state = JSON.parse(file.metadata["state"]!) as object;
        file.metadata["state"] = JSON.stringify({ ...state, [field]: value });
      });
      expect(message).toContain(`its field "${field}" is damaged`);
    }
    writeFileSync(path, whole);
  });

  it("is cut off, or has a byte flipped: it is refused by name, or trains", async () => {
    const random = new Random(3);
    const header = Number(new DataView(whole.buffer, whole.byteOffset).getBigUint64(0, true));
    const policy = await echoPolicy();
    const tensors = tf.memory().numTensors;
    let refused = 0;
    for (let i = 0; i < 120; i++) {
      const bytes = Uint8Array.from(whole);
      if (i % 3 > 0) bytes[random.integer(8 + header)]! ^= 1 << random.integer(8);
      writeFileSync(path, i % 3 > 0 ? bytes : bytes.subarray(0, random.integer(bytes.length)));
      try {
        await train({ ...settings, algorithm: remembering, updates: 1, policy, resume: path }).run();
      } catch (error) {
        refused++;
        expect((error as Error).message).toContain(`Training cannot go on from ${path}: `);
      }
      expect(tf.memory().numTensors).toBe(tensors);
    }
    expect(refused).toBeGreaterThan(60);
    writeFileSync(path, whole);
    policy.dispose();
  });
});
