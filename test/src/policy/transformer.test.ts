/** The network against one written with loops over float64 numbers. */
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { forward, type TransformerPolicy } from "../../../src/policy/index.js";
import { initialValues, parameterShapes } from "../../../src/policy/transformer.js";
import { Random } from "../../../src/random.js";
import { plainForward, softmax } from "../../support/plain-transformer.js";
import { shake, tinyPolicy } from "./tiny.js";

function randomTokens(rows: number, length: number, words: number, seed: number): number[][] {
  const random = new Random(seed);
  return Array.from({ length: rows }, () => Array.from({ length }, () => random.integer(words)));
}

const asTensor = (tokens: number[][]) => tf.tensor2d(tokens, undefined, "int32");

/** The numbers of a tensor that is disposed with it. */
function take(tensor: tf.Tensor): number[] {
  const values = [...tensor.dataSync()];
  tensor.dispose();
  return values;
}

function expectClose(actual: readonly number[], expected: readonly number[], within: number): void {
  expect(actual).toHaveLength(expected.length);
  const wrong = actual.findIndex(
    (value, i) => !(Math.abs(value - expected[i]!) <= within * Math.max(1, Math.abs(expected[i]!))),
  );
  expect(wrong, `entry ${wrong}: ${actual[wrong]} instead of ${expected[wrong]}`).toBe(-1);
}

describe.each(["cpu", "wasm"] as const)("forward on %s", (engine) => {
  const policies: TransformerPolicy[] = [];
  beforeAll(async () => {
    await useEngine(engine);
    const sizes = [
      { width: 8, layers: 1, heads: 1, valueHead: false },
      { width: 12, layers: 2, heads: 3, valueHead: true },
      { width: 20, layers: 3, heads: 4, valueHead: true },
    ];
    for (const size of sizes) {
      const policy = await tinyPolicy(size);
      shake(policy, policies.length, 0.3);
      policies.push(policy);
    }
  });
  afterAll(() => {
    for (const policy of policies) policy.dispose();
    expect(tf.memory().numTensors).toBe(0);
  });

  it("computes what plain loops compute", async () => {
    for (const policy of policies) {
      for (const length of [1, 2, 7, 12]) {
        const tokens = randomTokens(3, length, policy.vocabulary.size, length);
        const { logits, values } = tf.tidy(() => {
          const { logits, values } = forward(policy.parameters, policy.config, asTensor(tokens));
          return { logits, ...(values === undefined ? {} : { values }) };
        });
        const numbers = await policy.values();
        const expected = tokens.map((row) => plainForward(numbers, policy.config, row));
        expectClose(
          take(logits),
          expected.flatMap((row) => row.logits.flat()),
          2e-5,
        );
        if (policy.config.valueHead)
          expectClose(
            take(values!),
            expected.flatMap((row) => row.values!),
            2e-5,
          );
        else expect(values).toBeUndefined();
      }
    }
  });

  it("scores tokens as plain loops do, at any temperature", async () => {
    for (const [i, policy] of policies.entries()) {
      const tokens = randomTokens(2, 9, policy.vocabulary.size, i);
      for (const temperature of [0.5, 1, 3]) {
        const { logProbs, entropy } = tf.tidy(() => {
          const { logProbs, entropy } = policy.score(asTensor(tokens), temperature);
          return { logProbs, entropy };
        });
        const numbers = await policy.values();
        const probabilities = tokens.map((row) =>
          plainForward(numbers, policy.config, row).logits.map((logits) =>
            softmax(logits.map((x) => x / temperature)),
          ),
        );
        const next = tokens.map((row) => row.slice(1));
        expectClose(
          take(logProbs),
          next.flatMap((row, b) => row.map((token, t) => Math.log(probabilities[b]![t]![token]!))),
          1e-4,
        );
        const entropies = probabilities.flatMap((row) =>
          row.slice(0, -1).map((p) => -p.reduce((sum, x) => sum + x * Math.log(x), 0)),
        );
        expectClose(take(entropy), entropies, 1e-4);
      }
    }
  });

  it("gives the same through its cache, in whatever pieces the tokens come", () => {
    for (const policy of policies) {
      const tokens = randomTokens(2, 12, policy.vocabulary.size, 9);
      const slice = (from: number, to: number) => asTensor(tokens.map((row) => row.slice(from, to)));
      const whole = tf.tidy(() => [
        ...forward(policy.parameters, policy.config, slice(0, 12)).logits.dataSync(),
      ]);
      const words = policy.vocabulary.size;
      for (const cuts of [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
        [0, 5, 6, 12],
        [0, 11, 12],
      ]) {
        tf.tidy(() => {
          let cache: ReturnType<typeof forward>["cache"] | undefined;
          for (const [i, from] of cuts.slice(0, -1).entries()) {
            const to = cuts[i + 1]!;
            const result = forward(policy.parameters, policy.config, slice(from, to), cache);
            cache = result.cache;
            const expected = [0, 1].flatMap((row) =>
              whole.slice((row * 12 + from) * words, (row * 12 + to) * words),
            );
            expectClose([...result.logits.dataSync()], expected, 1e-5);
          }
          expect(cache![0]!.keys.shape[2]).toBe(12);
        });
      }
    }
  });

  it("never looks ahead, nor at other rows", () => {
    const policy = policies[1]!;
    const logitsOf = (tokens: number[][]) =>
      tf.tidy(() => forward(policy.parameters, policy.config, asTensor(tokens)).logits.arraySync());
    const [row] = randomTokens(1, 8, policy.vocabulary.size, 2);
    const changed = row!.map((token, t) => (t < 5 ? token : (token + 1) % policy.vocabulary.size));
    const [[before], [after]] = [logitsOf([row!]), logitsOf([changed])];
    expectClose(after!.slice(0, 5).flat(), before!.slice(0, 5).flat(), 1e-6);
    expect(after![5]).not.toEqual(before![5]);
    expectClose(logitsOf([changed, row!])[1]!.flat(), before!.flat(), 1e-6);
  });
});

describe("gradients", () => {
  it("are those of central differences of the plain loops, for every kind of parameter", async () => {
    await useEngine("cpu");
    const policy = await tinyPolicy({ width: 8, layers: 2, heads: 2, valueHead: true, contextLength: 8 });
    shake(policy, 3, 0.4);
    const tokens = randomTokens(2, 7, policy.vocabulary.size, 4);
    const random = new Random(6);
    const weights = tokens.map((row) =>
      row.slice(1).map(() => [random.normal(), random.normal(), random.normal()]),
    );
    const numbers = new Map(
      Array.from(await policy.values(), ([name, values]) => [name, Float64Array.from(values)]),
    );

    /** Σ w₀·log p + w₁·entropy + w₂·value² over all predictions, in float64. */
    const plainLoss = () => {
      let loss = 0;
      for (const [b, row] of tokens.entries()) {
        const { logits, values } = plainForward(numbers, policy.config, row);
        for (let t = 0; t + 1 < row.length; t++) {
          const p = softmax(logits[t]!);
          const entropy = -p.reduce((sum, x) => sum + x * Math.log(x), 0);
          const [w0, w1, w2] = weights[b]![t] as [number, number, number];
          loss += w0 * Math.log(p[row[t + 1]!]!) + w1 * entropy + w2 * values![t]! ** 2;
        }
      }
      return loss;
    };
    const { value, grads } = tf.variableGrads(() => {
      const { logProbs, entropy, values } = policy.score(asTensor(tokens));
      const weight = (i: number) => tf.tensor2d(weights.map((row) => row.map((triple) => triple[i]!)));
      const terms = [
        tf.mul(logProbs, weight(0)),
        tf.mul(entropy, weight(1)),
        tf.mul(tf.square(values!), weight(2)),
      ];
      return tf.sum(tf.addN(terms)) as tf.Scalar;
    }, [...policy.parameters.values()]);
    const plain = plainLoss();
    expect(Math.abs(take(value)[0]! - plain)).toBeLessThan(1e-4 * Math.max(1, Math.abs(plain)));

    for (const [name, values] of numbers) {
      const gradient = take(grads[policy.parameters.get(name)!.name]!);
      // Differences of float64 sums are good to about 1e-8; float32 gradients to a few units in 1e-5 of the largest.
      const scale = Math.max(...gradient.map(Math.abs));
      for (let sample = 0; sample < 6; sample++) {
        const i = random.integer(values.length);
        const kept = values[i]!;
        const h = 1e-5;
        values[i] = kept + h;
        const above = plainLoss();
        values[i] = kept - h;
        const slope = (above - plainLoss()) / (2 * h);
        values[i] = kept;
        expect(Math.abs(gradient[i]! - slope), `${name}[${i}]`).toBeLessThan(1e-4 * Math.max(0.1, scale));
      }
    }
    policy.dispose();
  });
});

describe("fresh parameters", () => {
  const config = { vocabularySize: 20, contextLength: 16, width: 32, layers: 2, heads: 4, valueHead: true };

  it("are of the declared shapes, the same for a seed and others for another", () => {
    const values = initialValues(config, 1);
    expect([...values.keys()]).toEqual([...parameterShapes(config).keys()]);
    for (const [name, shape] of parameterShapes(config)) {
      expect(values.get(name)).toHaveLength(shape.reduce((product, side) => product * side, 1));
    }
    expect(initialValues(config, 1)).toEqual(values);
    expect(initialValues(config, 2).get("head.weight")).not.toEqual(values.get("head.weight"));
  });

  it("make a first policy that is nearly uniform and a value head that says 0", async () => {
    await useEngine("wasm");
    const policy = await tinyPolicy({ width: 32, valueHead: true });
    const [distribution] = await policy.distributions(["<bos> a b c"]);
    for (const probability of distribution!.values()) expect(probability).toBeCloseTo(1 / 16, 1);
    const values = tf.tidy(() => [...policy.score(asTensor([[1, 8, 9, 10]])).values!.dataSync()]);
    expect(values).toEqual([0, 0, 0]);
    policy.dispose();
  });
});
