/** What the fused kernels keep for a policy is never mistaken for another's, nor for what it was before. */
import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { fusedKernels } from "../../../../src/engine/fused.js";
import { variableGrads } from "../../../../src/engine/gradients.js";
import { useEngine } from "../../../../src/engine/index.js";
import type { TransformerPolicy } from "../../../../src/policy/index.js";
import { DamagedPolicyError } from "../../../../src/policy/policy.js";
import { fusedForms } from "../../../support/fused-forms.js";
import { advance, makeCase, policyOf, relativeError, scoreCase, type Scored, type Sizes } from "./case.js";

process.env["ARL_THREADS"] ??= "3";

const sizes: Sizes = {
  ...{
    vocabulary: 11,
    length: 9,
    rows: 4,
    slack: 0,
    told: true,
    heads: 2,
    headSize: 6,
    layers: 2,
    valueHead: true,
  },
  ...{ temperature: 1, deviation: 0.35, masked: 0.7, asked: true, seed: 5 },
};
const [one, other] = [makeCase(sizes), makeCase({ ...sizes, seed: 6 })];
/** Of the same model, but more and longer rows. */
const larger = { ...makeCase({ ...sizes, rows: 90, length: 9, seed: 7 }), parameters: one.parameters };
const shorter = {
  ...makeCase({ ...sizes, rows: 2, length: 3, slack: 6, seed: 8 }),
  parameters: one.parameters,
};

const tokensOf = ({ rows }: typeof one): Tensor2D => {
  const length = Math.max(...rows.map(({ tokens }) => tokens.length));
  const padded = rows.flatMap(({ tokens }) => [
    ...tokens,
    ...new Array<number>(length - tokens.length).fill(0),
  ]);
  return tf.tensor2d(padded, [rows.length, length], "int32");
};

/** The gradient of a loss by parameter. */
function gradients(policy: TransformerPolicy, loss: () => tf.Tensor): Map<string, Float32Array> {
  const grads = tf.tidy(
    () => variableGrads(() => tf.sum(loss()) as Scalar, [...policy.parameters.values()]).grads,
  );
  const numbers = new Map(
    Array.from(policy.parameters, ([name, { name: id }]) => [name, Float32Array.from(grads[id]!.dataSync())]),
  );
  tf.dispose(grads);
  return numbers;
}

const sum = (a: Float32Array, b: Float32Array) => a.map((x, i) => x + b[i]!);

// The instruction sets differ in arithmetic only: one of the addon's is enough here.
const forms = fusedForms().filter(({ name }, i) => i === 0 || name === "wasm");

describe.each(forms)("policies with $name", ({ start }) => {
  let expected: Record<"one" | "other", Scored>;
  beforeAll(async () => {
    await start();
    expected = { one: scoreCase(one), other: scoreCase(other) };
    expect(expected.one).not.toEqual(expected.other);
  });
  afterEach(() => {
    expect(tf.memory().numTensors).toBe(0);
  });

  it("of one configuration are scored in turn", () => {
    const [first, second] = [one, other].map(({ config, parameters }) => policyOf(config, parameters));
    for (let i = 0; i < 3; i++) {
      expect(scoreCase(one, first)).toEqual(expected.one);
      expect(scoreCase(other, second)).toEqual(expected.other);
    }
    first!.dispose();
    expect(scoreCase(other, second)).toEqual(expected.other);
    second!.dispose();
  });

  it("keep apart the batches of one policy, whatever their sizes", () => {
    const policy = policyOf(one.config, one.parameters);
    const alone = [larger, shorter].map((given) => scoreCase(given));
    for (let i = 0; i < 3; i++) {
      expect(scoreCase(larger, policy)).toEqual(alone[0]);
      expect(scoreCase(shorter, policy)).toEqual(alone[1]);
      expect(scoreCase(one, policy)).toEqual(expected.one);
    }
    policy.dispose();
  });

  it("may be scored twice in a loss, and other policies in between", () => {
    const policy = policyOf(one.config, one.parameters);
    const reference = policyOf(other.config, other.parameters);
    const [a, b] = [tokensOf(one), tokensOf(larger)];
    const single = [a, b].map((tokens) => gradients(policy, () => policy.score(tokens, 0.7).logProbs));
    const both = gradients(policy, () => {
      const first = policy.score(a, 0.7).logProbs;
      reference.score(a);
      const second = policy.score(b, 0.7).logProbs;
      return tf.add(tf.sum(first), tf.sum(second));
    });
    for (const [name, gradient] of both) {
      expect(relativeError(gradient, sum(single[0]!.get(name)!, single[1]!.get(name)!)), name).toBeLessThan(
        1e-5,
      );
    }
    // A forward pass nobody differentiates, of another size, before the backward pass.
    const overwritten = gradients(policy, () => {
      const { logProbs } = policy.score(a, 0.7);
      tf.tidy(() => void policy.score(b));
      return logProbs;
    });
    expect(overwritten).toEqual(single[0]);
    tf.dispose([a, b]);
    policy.dispose();
    reference.dispose();
  });

  it("have gradients with respect to both policies of a loss", () => {
    const [first, second] = [one, other].map(({ config, parameters }) => policyOf(config, parameters));
    const tokens = tokensOf(one);
    const product = () => tf.mul(first!.score(tokens).logProbs, second!.score(tokens).logProbs);
    const [fused, names] = [gradients(first!, product), gradients(second!, product)];
    const factor = tf.tidy(() => second!.score(tokens).logProbs.clone());
    const expectedFirst = gradients(first!, () => tf.mul(first!.score(tokens).logProbs, factor));
    for (const [name, gradient] of expectedFirst) {
      expect(relativeError(fused.get(name)!, gradient), name).toBeLessThan(1e-5);
    }
    expect(names.get("head.weight")).not.toEqual(fused.get("head.weight"));
    tf.dispose([tokens, factor]);
    first!.dispose();
    second!.dispose();
  });

  it("are packed again when their parameters change", async () => {
    const policy = policyOf(one.config, one.parameters);
    expect(scoreCase(one, policy)).toEqual(expected.one);
    policy.assign(other.parameters);
    expect(scoreCase(other, policy)).toEqual(expected.other);
    // One parameter only.
    const head = policy.parameters.get("head.weight")!;
    const zeros = tf.zerosLike(head);
    head.assign(zeros);
    zeros.dispose();
    const uniform = tf.tidy(() => policy.score(tokensOf(one)).logProbs.dataSync());
    for (const logProb of uniform) expect(logProb).toBeCloseTo(-Math.log(11), 5);
    // In the middle of sampling.
    const network = fusedKernels()!.network!(policy.parameters, policy.config, 1, 2);
    await advance(network, [[3]]);
    policy.assign(one.parameters);
    expect(new Set(await advance(network, [[4]])).size).toBeGreaterThan(2);
    network.dispose();
    policy.dispose();
  });

  it("are copied by clone, and then go separate ways", async () => {
    const policy = policyOf(one.config, one.parameters);
    const copy = await policy.clone();
    expect(scoreCase(one, copy)).toEqual(expected.one);
    copy.assign(other.parameters);
    expect(scoreCase(one, policy)).toEqual(expected.one);
    policy.dispose();
    expect(scoreCase(other, copy)).toEqual(expected.other);
    copy.dispose();
  });

  it("are the same after another engine had them, and when tfjs's memory has grown", async () => {
    await useEngine("cpu");
    const policy = policyOf(one.config, one.parameters);
    await start();
    expect(scoreCase(one, policy)).toEqual(expected.one);
    const network = fusedKernels()!.network!(policy.parameters, policy.config, 2, 4);
    const before = (
      await advance(network, [
        [1, 2],
        [3, 4],
      ])
    ).slice();
    network.dispose();
    const again = fusedKernels()!.network!(policy.parameters, policy.config, 2, 4);
    await advance(again, [[1], [3]]);
    // WebAssembly's memory grows by 64 KiB pages; this needs a hundred times what it began with.
    const large = tf.tidy(() => [1, 2, 3].map((value) => tf.fill([8_000_000], value)));
    expect(await advance(again, [[2], [4]])).toEqual(before);
    again.dispose();
    expect(scoreCase(one, policy)).toEqual(expected.one);
    tf.dispose(large);
    expect(scoreCase(one, policy)).toEqual(expected.one);
    policy.dispose();
  });

  it("cannot be used once they are disposed", async () => {
    const policy = policyOf(one.config, one.parameters);
    const tokens = tokensOf(one);
    const requests = [{ prompt: [1], seed: 1 }];
    await expect(
      policy.sample(requests, {
        ...{ stop: [], maxTurnTokens: 1 },
        respond: () => {
          policy.dispose();
          return [2];
        },
      }),
    ).rejects.toThrow("The policy was disposed: it has no parameters any more");
    expect(() => policy.score(tokens)).toThrow("The policy was disposed");
    await expect(policy.sample(requests, { stop: [], maxTurnTokens: 1 })).rejects.toThrow("was disposed");

    const inside = policyOf(one.config, one.parameters);
    expect(() =>
      gradients(inside, () => {
        const { logProbs } = inside.score(tokens);
        inside.dispose();
        return logProbs;
      }),
    ).toThrow("The policy was disposed");
    tf.dispose(tokens);
  });

  it("refuse what is no token", () => {
    const policy = policyOf(one.config, one.parameters);
    for (const [bad, message] of [
      [tf.tensor2d([[1, 2, 11]], undefined, "int32"), "there is a token 11; token ids are 0 to 10"],
      [tf.tensor2d([[-1, 2, 3]], undefined, "int32"), "there is a token -1"],
      [tf.tensor2d([[1, 2, 3]]), "tokens must be int32, not float32"],
      [tf.zeros([1, 11], "int32") as Tensor2D, "rows have 11 tokens"],
      [tf.zeros([1, 1], "int32") as Tensor2D, "rows have 1 tokens"],
    ] as const) {
      expect(() => policy.score(bad)).toThrow(message);
      bad.dispose();
    }
    expect(scoreCase(one, policy)).toEqual(expected.one);
    policy.dispose();
  });

  it("hand on what is not a number, and recover from it", async () => {
    const policy = policyOf(one.config, one.parameters);
    const sample = async () =>
      await policy.sample([{ prompt: [1, 2], seed: 1 }], { stop: [], maxTurnTokens: 5 });
    const before = await sample();
    const bias = policy.parameters.get("layer0.attention.qkv.bias")!;
    const broken = tf.fill(bias.shape, NaN);
    bias.assign(broken);
    broken.dispose();
    const logProbs = tf.tidy(() => policy.score(tokensOf(one)).logProbs.dataSync());
    expect([...logProbs].every(Number.isNaN)).toBe(true);
    await expect(sample()).rejects.toThrow(DamagedPolicyError);
    policy.assign(one.parameters);
    expect(await sample()).toEqual(before);
    expect(scoreCase(one, policy)).toEqual(expected.one);
    policy.dispose();
  });

  it("sample in several runs at once, of one size and of others", async () => {
    const [first, second] = [one, other].map(({ config, parameters }) => policyOf(config, parameters));
    const run = async (policy: TransformerPolicy, rows: number) =>
      await policy.sample(
        Array.from({ length: rows }, (_, i) => ({ prompt: [1 + (i % 3)], seed: i })),
        {
          ...{ stop: [4], maxTurnTokens: 2 },
          respond: async (row, action) => {
            // The runs take turns, and drop rows at different times.
            await setImmediate();
            return row % 2 === 0 && action.length > 1 ? [5] : undefined;
          },
        },
      );
    const asked = [first!, second!].flatMap((policy) => [9, 9, 3].map((rows) => ({ policy, rows })));
    const oneByOne = [];
    for (const { policy, rows } of asked) oneByOne.push(await run(policy, rows));
    expect(await Promise.all(asked.map(async ({ policy, rows }) => await run(policy, rows)))).toEqual(
      oneByOne,
    );
    expect(oneByOne[0]).not.toEqual(oneByOne[3]);
    first!.dispose();
    second!.dispose();
  });

  it("give sure predictions finite log-probabilities and gradients", () => {
    const policy = policyOf(one.config, one.parameters);
    const head = policy.parameters.get("head.weight")!;
    const steep = tf.tidy(() => tf.mul(head, 1e4));
    head.assign(steep);
    steep.dispose();
    const tokens = tokensOf(one);
    const { logProbs, entropy } = tf.tidy(() => {
      const scores = policy.score(tokens);
      return { logProbs: [...scores.logProbs.dataSync()], entropy: [...scores.entropy.dataSync()] };
    });
    expect(Math.min(...logProbs)).toBeLessThan(-1000);
    expect(logProbs.every((x) => Number.isFinite(x) && x <= 0)).toBe(true);
    expect(entropy.every((x) => x >= -1e-6 && x < 0.7)).toBe(true);
    const slopes = gradients(policy, () => {
      const scores = policy.score(tokens);
      return tf.add(scores.logProbs, scores.entropy);
    });
    for (const [name, gradient] of slopes) expect(gradient.every(Number.isFinite), name).toBe(true);
    tokens.dispose();
    policy.dispose();
  });
});
