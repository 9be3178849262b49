import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { makeEnvironment } from "../../../src/environments/index.js";
import { createPolicyFor, loadPolicy, readCheckpoint } from "../../../src/policy/index.js";
import { decodeSafeTensors, encodeSafeTensors, type SafeTensors } from "../../../src/policy/safetensors.js";
import { shake, tinyPolicy } from "./tiny.js";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "policy-"));
  await useEngine("wasm");
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  expect(tf.memory().numTensors).toBe(0);
});

describe("createPolicy", () => {
  it.each([
    [{ width: 0 }, "createPolicy: width must be a whole number of at least 1, not 0"],
    [{ layers: -1 }, "createPolicy: layers must be a whole number of at least 1, not -1"],
    [{ heads: 1.5 }, "createPolicy: heads must be a whole number of at least 1, not 1.5"],
    [{ contextLength: NaN }, "createPolicy: contextLength must be a whole number of at least 1, not NaN"],
    [{ width: 10, heads: 4 }, "createPolicy: width 10 is not a multiple of 4 heads"],
    [{ seed: -1 }, "createPolicy: seed must be a whole number from 0 to 2147483647, not -1"],
    [{ seed: 0.5 }, "createPolicy: seed must be a whole number"],
    [{ vocabulary: ["a", "a"] }, 'the word "a" is declared twice'],
    [{ vocabulary: ["a b"] }, "is not a word without white space"],
  ])("refuses %j", async (options, message) => {
    await expect(tinyPolicy(options)).rejects.toThrow(message);
    await expect(tinyPolicy(options)).rejects.toBeInstanceOf(RangeError);
    expect(tf.memory().numTensors).toBe(0);
  });

  it("makes the policy an environment asks for", async () => {
    const { spec } = makeEnvironment("t-maze");
    const policy = await createPolicyFor(spec, { width: 8, heads: 2 });
    expect(policy.contextLength).toBe(spec.contextLength);
    for (const word of spec.vocabulary) expect(policy.vocabulary.has(word)).toBe(true);
    expect(policy.hasValueHead).toBe(false);
    policy.dispose();
  });

  it("counts its parameters", async () => {
    const policy = await tinyPolicy({ width: 4, heads: 1, contextLength: 3, valueHead: true });
    // Embeddings, a layer (two norms, qkv, output, up, down), the last norm, the head, the value head.
    const layer = 2 * 8 + (4 * 12 + 12) + (4 * 4 + 4) + (4 * 16 + 16) + (16 * 4 + 4);
    expect(policy.size).toBe(16 * 4 + 3 * 4 + layer + 8 + 4 * 16 + 5);
    policy.dispose();
  });
});

describe("clone, values and assign", () => {
  it("copy: the copy does not follow the original, and lives on without it", async () => {
    const policy = await tinyPolicy();
    const copy = await policy.clone();
    expect(await copy.values()).toEqual(await policy.values());
    shake(policy);
    expect(await copy.values()).not.toEqual(await policy.values());
    policy.dispose();
    policy.dispose();
    expect((await copy.distributions(["<bos>"]))[0]!.size).toBe(16);
    copy.dispose();
  });

  it("name the parameter that is missing or does not fit", async () => {
    const policy = await tinyPolicy();
    const before = tf.memory().numTensors;
    const values = await policy.values();
    values.set("norm.scale", new Float32Array(3));
    expect(() => {
      policy.assign(values);
    }).toThrow('Parameter "norm.scale" of shape [8] cannot be set from 3 numbers');
    values.delete("norm.scale");
    expect(() => {
      policy.assign(values);
    }).toThrow('Parameter "norm.scale" of shape [8] cannot be set from no numbers');
    expect(tf.memory().numTensors).toBe(before);
    policy.dispose();
  });
});

describe("distributions", () => {
  it("are probabilities by word, softer at a higher temperature", async () => {
    const policy = await tinyPolicy();
    shake(policy);
    const before = tf.memory().numTensors;
    const [one, other] = await policy.distributions(["<bos> a", "<bos> b c d"]);
    expect([...one!.keys()]).toEqual(policy.vocabulary.words);
    for (const distribution of [one!, other!]) {
      expect([...distribution.values()].reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    }
    expect(one).not.toEqual(other);
    const [soft] = await policy.distributions(["<bos> a"], 4);
    const powers = [...one!.values()].map((p) => p ** 0.25);
    const total = powers.reduce((a, b) => a + b);
    for (const [i, p] of [...soft!.values()].entries()) expect(p).toBeCloseTo(powers[i]! / total, 4);
    expect(tf.memory().numTensors).toBe(before);
    policy.dispose();
  });

  it("say what is wrong with a text", async () => {
    const policy = await tinyPolicy();
    await expect(policy.distributions(["<bos>", ""])).rejects.toThrow(
      "Prompt 1 is empty; begin it with <bos>",
    );
    await expect(policy.distributions(["<bos> z"])).rejects.toThrow('"z" is not in the vocabulary');
    await expect(policy.distributions(["a ".repeat(13)])).rejects.toThrow(
      "has 13 tokens, more than the context of 12",
    );
    await expect(policy.distributions(["<bos>"], 0)).rejects.toThrow(
      "temperature must be a positive number, not 0",
    );
    expect(await policy.distributions([])).toEqual([]);
    policy.dispose();
  });
});

describe("score", () => {
  it("takes a whole context and one token more, and says so for others", async () => {
    const policy = await tinyPolicy();
    const score = (length: number) =>
      tf.tidy(() => policy.score(tf.ones([2, length], "int32")).logProbs.shape as number[]);
    expect(score(2)).toEqual([2, 1]);
    expect(score(13)).toEqual([2, 12]);
    for (const length of [1, 14]) {
      expect(() => score(length)).toThrow(`score: rows have ${length} tokens; there must be 2 to 13`);
    }
    policy.dispose();
  });
});

describe("checkpoints", () => {
  it("bring back the same policy, and the notes", async () => {
    const policy = await tinyPolicy({ layers: 2, valueHead: true });
    shake(policy);
    const path = join(folder, "new/folder/policy.safetensors");
    await policy.save(path, { command: "arl …" });
    const loaded = await loadPolicy(path);
    expect(loaded.config).toEqual(policy.config);
    expect(loaded.vocabulary.words).toEqual(policy.vocabulary.words);
    expect(await loaded.values()).toEqual(await policy.values());
    const options = { stop: [2], maxTurnTokens: 8 };
    const requests = [1, 2, 3].map((seed) => ({ prompt: [1, 8], seed }));
    expect(await loaded.sample(requests, options)).toEqual(await policy.sample(requests, options));
    expect(readCheckpoint(path).notes["command"]).toBe("arl …");
    expect(readdirSync(join(folder, "new/folder"))).toEqual(["policy.safetensors"]);
    loaded.dispose();
    policy.dispose();
  });

  it("can be given a value head, or lose it, and predict the same words", async () => {
    const policy = await tinyPolicy();
    shake(policy);
    const path = join(folder, "headless.safetensors");
    await policy.save(path);
    const headed = await loadPolicy(path, { valueHead: true });
    expect(headed.hasValueHead).toBe(true);
    expect([...headed.parameters.keys()]).toEqual([
      ...policy.parameters.keys(),
      "value.weight",
      "value.bias",
    ]);
    expect(await headed.distributions(["<bos> a b"])).toEqual(await policy.distributions(["<bos> a b"]));
    const { values } = tf.tidy(() => {
      const { values } = headed.score(tf.tensor2d([[1, 8, 9]], undefined, "int32"));
      return { values: values! };
    });
    expect([...values.dataSync()]).toEqual([0, 0]);
    values.dispose();
    const headedPath = join(folder, "headed.safetensors");
    await headed.save(headedPath);
    const again = await loadPolicy(headedPath, { valueHead: false });
    expect(await again.values()).toEqual(await policy.values());
    for (const one of [policy, headed, again]) one.dispose();
  });

  it("survive a write that fails: the old file stays", async () => {
    const policy = await tinyPolicy();
    const path = join(folder, "kept.safetensors");
    await policy.save(path);
    const before = readFileSync(path);
    mkdirSync(`${path}.part`);
    shake(policy);
    await expect(policy.save(path)).rejects.toThrow(/EISDIR/);
    expect(readFileSync(path)).toEqual(before);
    policy.dispose();
  });

  it("that are not there are named", async () => {
    const path = join(folder, "none.safetensors");
    expect(existsSync(path)).toBe(false);
    await expect(loadPolicy(path)).rejects.toThrow(`There is no checkpoint to read at ${path}`);
    await expect(loadPolicy(folder)).rejects.toThrow(`There is no checkpoint to read at ${folder}`);
  });

  it("that are damaged are named with what is wrong", async () => {
    const policy = await tinyPolicy({ layers: 2 });
    const path = join(folder, "damaged.safetensors");
    await policy.save(path);
    policy.dispose();
    const whole = readFileSync(path);
    const damage = async (change: (file: SafeTensors & { metadata: Record<string, string> }) => void) => {
      const { tensors, metadata } = decodeSafeTensors(whole);
      const file = { tensors, metadata: { ...metadata } };
      change(file);
      writeFileSync(path, encodeSafeTensors(file));
      const error: unknown = await loadPolicy(path).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(Error);
      const { message } = error as Error;
      expect(message).toContain(`The checkpoint ${path} is damaged: `);
      expect(message).toMatch(/; restore or remake it$/);
      return message;
    };
    const configure = (change: object) => (file: { metadata: Record<string, string> }) => {
      file.metadata["config"] = JSON.stringify({
        ...(JSON.parse(file.metadata["config"]!) as object),
        ...change,
      });
    };

    for (const bad of [NaN, Infinity]) {
      const message = await damage(({ tensors }) => {
        tensors.get("layer0.mlp.up.bias")!.values[3] = bad;
      });
      expect(message).toContain('parameter "layer0.mlp.up.bias" holds NaN or infinity');
    }
    expect(await damage(({ tensors }) => tensors.delete("norm.shift"))).toContain(
      'parameter "norm.shift" of shape [8] is missing or has another shape',
    );
    expect(
      await damage(({ tensors }) =>
        tensors.set("norm.shift", { shape: [2, 4], values: new Float32Array(8) }),
      ),
    ).toContain('parameter "norm.shift" of shape [8] is missing or has another shape');
    expect(await damage((file) => delete file.metadata["format"])).toContain("not written by agentic-rl-lab");
    expect(await damage((file) => delete file.metadata["config"])).toContain("JSON");
    expect(await damage((file) => delete file.metadata["vocabulary"])).toContain("JSON");
    expect(
      await damage((file) => {
        file.metadata["vocabulary"] = '["a","b"]';
      }),
    ).toContain("it has 10 words, but its configuration says 16");
    expect(
      await damage((file) => {
        file.metadata["config"] = "null";
      }),
    ).toContain("damaged");
    // A configuration that fits the tensors less or more: never another policy, never an endless loop.
    expect(await damage(configure({ width: 16 }))).toContain("is missing or has another shape");
    expect(await damage(configure({ heads: 3 }))).toContain("width 8 is not a multiple of 3 heads");
    expect(await damage(configure({ heads: undefined }))).toContain("heads must be a whole number");
    expect(await damage(configure({ layers: undefined }))).toContain("layers must be a whole number");
    for (const layers of [1, 3, 1e15]) {
      expect(await damage(configure({ layers }))).toContain(
        `it has 2 layers, but its configuration says ${layers}`,
      );
    }
    expect(await damage(configure({ valueHead: 1 }))).toContain("valueHead must be true or false");
    expect(await damage(configure({ valueHead: true }))).toContain('parameter "value.weight"');
  });
});
