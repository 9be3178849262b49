import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Algorithm, LossInputs } from "../../../src/algorithms/algorithm.js";
import { clippedRatio, withValueLoss } from "../../../src/algorithms/objectives/index.js";
import { entropyBonus, klToReference, supervisedMix } from "../../../src/algorithms/regularizers/index.js";
import { useEngine } from "../../../src/engine/index.js";
import type { TransformerPolicy } from "../../../src/policy/index.js";
import { Random } from "../../../src/random.js";
import type { Trajectory } from "../../../src/rollout/index.js";
import { Adam } from "../../../src/training/adam.js";
import { update, type UpdateOptions } from "../../../src/training/update.js";
import { shake } from "../policy/tiny.js";
import { plainAlgorithm, plainLoss, played, randomAdvantages, echoPolicy } from "./support.js";

let policy: TransformerPolicy;
let reference: TransformerPolicy;
let trajectories: Trajectory[];
let tensors: number;
beforeAll(async () => {
  await useEngine("wasm");
  policy = await echoPolicy({ valueHead: true });
  shake(policy, 2, 0.3);
  reference = await policy.clone();
  shake(reference, 3, 0.3);
  trajectories = await played(policy, 24);
  // The policy has moved on since: ratios are not 1.
  shake(policy, 4, 0.3);
  tensors = tf.memory().numTensors;
});
afterAll(() => {
  expect(tf.memory().numTensors).toBe(tensors);
  policy.dispose();
  reference.dispose();
});

/** Notes the gradients and does not step. */
class Recorder extends Adam {
  readonly gradients: number[][] = [];
  override async step(gradient: tf.Tensor1D): Promise<number> {
    const numbers = [...gradient.dataSync()];
    this.gradients.push(numbers);
    return await Promise.resolve(Math.hypot(...numbers));
  }
}

async function run(algorithm: Algorithm, changes: Partial<UpdateOptions> = {}) {
  const optimizer = new Recorder([...policy.parameters.values()]);
  try {
    const metrics = await update({
      ...{ policy, reference, algorithm, trajectories, optimizer },
      advantages: randomAdvantages(trajectories),
      returns: randomAdvantages(trajectories, 9),
      coefficients: algorithm.regularizers.map(({ coefficient }) => coefficient),
      ...{ learningRate: 0.01, temperature: 1, random: new Random(5), sliceTokens: 1e6 },
      ...changes,
    });
    return { metrics, gradients: optimizer.gradients };
  } finally {
    optimizer.dispose();
  }
}

const sum = (x: tf.Tensor) => tf.sum(x) as tf.Scalar;

/** Uses all there is: ratio, reference, values; and a regularizer with a metric. */
const everything = plainAlgorithm({
  objective: {
    name: "everything",
    kind: "policy",
    loss(inputs: LossInputs) {
      const {
        logProbs,
        oldLogProbs,
        referenceLogProbs,
        values,
        oldValues,
        returns,
        advantages,
        mask,
        counts,
      } = inputs;
      const ratio = tf.exp(tf.sub(logProbs, oldLogProbs));
      const apart = tf.square(tf.sub(logProbs, referenceLogProbs!));
      const value = tf.square(tf.sub(values!, tf.add(returns!, tf.mul(oldValues!, 0.1))));
      const terms = tf.addN([tf.mul(ratio, advantages), tf.mul(apart, 0.1), tf.mul(value, 0.5)]);
      return tf.div(sum(tf.mul(terms, mask)), counts.tokens);
    },
    metrics: ({ mask, counts }) => ({ "test/written": tf.div(sum(mask), counts.tokens) }),
  },
  regularizers: [
    {
      name: "entropy",
      coefficient: -0.3,
      metric: "loss/entropy",
      loss: ({ entropy, mask, counts }) => tf.div(sum(tf.mul(entropy, mask)), counts.tokens),
    },
  ],
  valueHead: true,
  reference: {},
});

/** The same loss written for one padded batch, straight from the trajectories. */
function byHand(temperature: number) {
  const length = Math.max(...trajectories.map(({ tokens }) => tokens.length));
  const matrix = (of: (trajectory: Trajectory, i: number) => ArrayLike<number>) =>
    tf.tensor2d(
      trajectories.map((trajectory, i) =>
        Array.from({ length: length - 1 }, (_, t) => of(trajectory, i)[t + 1] ?? 0),
      ),
    );
  const advantages = randomAdvantages(trajectories);
  const returns = randomAdvantages(trajectories, 9);
  return tf.tidy(() => {
    const tokens = tf.tensor2d(
      trajectories.map((t) => Array.from({ length }, (_, i) => t.tokens[i] ?? 0)),
      undefined,
      "int32",
    );
    const mask = matrix((t) => t.mask);
    const target = tf.add(
      matrix((_, i) => returns[i]!),
      tf.mul(
        matrix((t) => t.values!),
        0.1,
      ),
    );
    const old = matrix((t) => t.logProbs);
    const fixed = reference.score(tokens, temperature).logProbs;
    const { value, grads } = tf.variableGrads(() => {
      const { logProbs, entropy, values } = policy.score(tokens, temperature);
      const terms = tf.addN([
        tf.mul(
          tf.exp(tf.sub(logProbs, old)),
          matrix((_, i) => advantages[i]!),
        ),
        tf.mul(tf.squaredDifference(logProbs, fixed), 0.1),
        tf.mul(tf.squaredDifference(values!, target), 0.5),
        tf.mul(entropy, -0.3),
      ]);
      return tf.div(sum(tf.mul(terms, mask)), sum(mask));
    }, [...policy.parameters.values()]);
    const gradient = [...policy.parameters.values()].flatMap(({ name }) => [...grads[name]!.dataSync()]);
    return { loss: value.dataSync()[0]!, gradient };
  });
}

function expectSame(actual: readonly number[], expected: readonly number[]): void {
  const scale = Math.max(...expected.map(Math.abs));
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries())
    expect(Math.abs(actual[i]! - value)).toBeLessThan(2e-6 * Math.max(1, scale));
}

describe("an algorithm whose terms all have a closed form", () => {
  const clipped = clippedRatio({ clipHigh: 0.1, aggregation: "sequence" });
  const pulls = [
    entropyBonus(0.1),
    klToReference({ coefficient: 0.4, estimator: "k2", aggregation: "sequence" }),
  ];
  const without = <Part extends object>({ closedForm: _, ...rest }: Part & { closedForm?: unknown }) => rest;
  const cases = {
    "an objective alone": plainAlgorithm({ objective: clipped }),
    "an entropy bonus": plainAlgorithm({ objective: clipped, regularizers: [entropyBonus(0.1)] }),
    "two regularizers": plainAlgorithm({ objective: clipped, regularizers: pulls, reference: {} }),
    "a value loss": plainAlgorithm({
      objective: withValueLoss(clipped, { clip: 0.2 }),
      regularizers: [klToReference({ coefficient: 0.1 }), supervisedMix(0.2)],
      ...{ reference: {}, valueHead: true },
    }),
  };

  it.each(Object.entries(cases))(
    "gives the gradient and the metrics that tensors give, in one slice and in several: %s",
    async (_, algorithm) => {
      const byTensors = { ...algorithm, objective: without(algorithm.objective) };
      for (const sliceTokens of [1e6, 30]) {
        const changes = { sliceTokens, temperature: 1.2 };
        const closed = await run(algorithm, changes);
        const tensors = await run(byTensors, changes);
        const [ours, expected] = [closed.gradients[0]!, tensors.gradients[0]!];
        const largest = Math.max(...expected.map(Math.abs));
        expect(largest).toBeGreaterThan(1e-3);
        for (const [i, slope] of expected.entries()) {
          expect(Math.abs(ours[i]! - slope)).toBeLessThan(2e-6 * largest);
        }
        expect(Object.keys(closed.metrics).sort()).toEqual(Object.keys(tensors.metrics).sort());
        expect(closed.metrics["policy/clip_fraction"]).toBeGreaterThan(0.01);
        for (const [name, value] of Object.entries(tensors.metrics)) {
          expect(closed.metrics[name], name).toBeCloseTo(value, 5);
        }
      }
    },
  );

  it("reports a regularizer whose coefficient has fallen to 0, which then has no say", async () => {
    const algorithm = cases["an entropy bonus"];
    const without = await run(cases["an objective alone"]);
    const silent = await run(algorithm, { coefficients: [0] });
    expect(silent.gradients).toEqual(without.gradients);
    expect(silent.metrics["policy/entropy"]).toBeGreaterThan(0.1);
  });

  it("is asked for tensors all the same where one term has none", async () => {
    const never = () => {
      throw new Error("closed form asked for");
    };
    const objective = { ...clipped, closedForm: never };
    const regularizers = [entropyBonus(0.1)];
    await expect(run(plainAlgorithm({ objective, regularizers }))).rejects.toThrow("asked for");
    await run(plainAlgorithm({ objective, regularizers: regularizers.map(without) }));
  });
});

describe("an update's gradient", () => {
  it.each([1, 2])(
    "is that of the loss on one batch, however it is sliced (temperature %d)",
    async (temperature) => {
      const { loss, gradient } = byHand(temperature);
      for (const sliceTokens of [1, 33, 100, 1e6]) {
        const { gradients, metrics } = await run(everything, { temperature, sliceTokens });
        expect(gradients).toHaveLength(1);
        expectSame(gradients[0]!, gradient);
        expect(metrics["loss/policy"]! - 0.3 * metrics["loss/entropy"]!).toBeCloseTo(loss, 4);
        expect(metrics["test/written"]).toBeCloseTo(1, 5);
        expect(metrics["policy/gradient_norm"]).toBeCloseTo(Math.hypot(...gradient), 4);
      }
    },
  );

  it("does not miss rows that have no gradient of their own", async () => {
    const advantages = randomAdvantages(trajectories);
    for (const i of [0, 3, 7, 8]) advantages[i]!.fill(0);
    const all = plainAlgorithm();
    const silent = await run(all, { advantages, sliceTokens: 40 });
    // With a regularizer of next to no weight nothing may be left out.
    const regularizers = everything.regularizers;
    const spoken = await run(
      { ...all, regularizers },
      { advantages, coefficients: [1e-30], sliceTokens: 40 },
    );
    expectSame(silent.gradients[0]!, spoken.gradients[0]!);
    expect(silent.metrics["loss/policy"]).toBeCloseTo(spoken.metrics["loss/policy"]!, 5);
  });

  it("is nothing where nothing can be learned", async () => {
    const before = await policy.values();
    const advantages = trajectories.map(({ mask }) => new Float32Array(mask.length));
    const { metrics, gradients } = await run(plainAlgorithm(), { advantages });
    expect(gradients).toEqual([]);
    expect(metrics).toEqual({ "loss/policy": 0, "policy/kl_old": 0, "policy/gradient_norm": 0 });
    expect(await policy.values()).toEqual(before);
  });

  it("takes every row once an epoch, in minibatches", async () => {
    const seen: number[] = [];
    const algorithm = plainAlgorithm({
      ...{ epochs: 3, minibatches: 4 },
      objective: {
        ...{ name: "count", kind: "policy" },
        loss(inputs) {
          seen.push(inputs.counts.rows);
          return plainLoss(inputs);
        },
      },
    });
    const { gradients } = await run(algorithm);
    expect(gradients).toHaveLength(12);
    expect(seen).toEqual(new Array(12).fill(6));
    // The four minibatches' gradients are means over 6 rows: together they are four times the whole batch's.
    const [whole] = (await run(plainAlgorithm())).gradients;
    const together = whole!.map((_, i) => gradients.slice(0, 4).reduce((sum, part) => sum + part[i]! / 4, 0));
    expectSame(together, whole!);
    // More minibatches than rows: the empty ones are passed over.
    const few = await run({ ...algorithm, epochs: 1, minibatches: 50 });
    expect(few.gradients).toHaveLength(24);
  });

  it("keeps the rows of a preference pair side by side, however it is sliced", async () => {
    const pairs = [0, 1, 2, 3, 4, 5].map((i) => ({ chosen: 23 - i, rejected: i }));
    const totals = (inputs: LossInputs, rows: readonly number[]) =>
      tf.gather(tf.sum(tf.mul(inputs.logProbs, inputs.mask), 1), tf.tensor1d([...rows], "int32"));
    const algorithm = plainAlgorithm({
      pairs: () => pairs,
      objective: {
        ...{ name: "preference", kind: "preference" },
        loss(inputs) {
          const gap = tf.sub(totals(inputs, inputs.pairs!.chosen), totals(inputs, inputs.pairs!.rejected));
          return tf.div(sum(tf.softplus(tf.neg(gap))), inputs.counts.pairs);
        },
      },
    });
    const expected = tf.tidy(() => {
      const { value, grads } = tf.variableGrads(() => {
        const total = (i: number) => {
          const { tokens, mask } = trajectories[i]!;
          const { logProbs } = policy.score(tf.tensor2d(tokens, [1, tokens.length], "int32"));
          return sum(tf.mul(logProbs, tf.tensor2d(Float32Array.from(mask.slice(1)), [1, mask.length - 1])));
        };
        const losses = pairs.map(({ chosen, rejected }) =>
          tf.softplus(tf.sub(total(rejected), total(chosen))),
        );
        return tf.mean(tf.stack(losses)) as tf.Scalar;
      }, [...policy.parameters.values()]);
      const flat = [...policy.parameters.values()].flatMap(({ name, size }) =>
        grads[name] ? [...grads[name].dataSync()] : new Array<number>(size).fill(0),
      );
      return { loss: value.dataSync()[0]!, flat };
    });
    for (const sliceTokens of [1, 70, 1e6]) {
      const { metrics, gradients } = await run(algorithm, { sliceTokens });
      expect(metrics["loss/policy"]).toBeCloseTo(expected.loss, 4);
      expectSame(gradients[0]!, expected.flat);
    }
  });
});

describe("an update that cannot go on", () => {
  const failing = (value: number) =>
    plainAlgorithm({
      objective: {
        ...{ name: "failing", kind: "policy" },
        loss: (inputs) => tf.mul(plainLoss(inputs), value),
      },
    });

  it.each([NaN, Infinity])("stops at a loss of %d, with its name and a hint", async (value) => {
    const before = await policy.values();
    await expect(run(failing(value), { sliceTokens: 40 })).rejects.toThrow(
      /^loss\/policy is -?(NaN|Infinity): training stopped before the step; a smaller learning rate may help$/,
    );
    expect(await policy.values()).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("stops at a gradient that is too large for float32", async () => {
    const optimizer = new Adam([...policy.parameters.values()]);
    const before = await policy.values();
    const promise = run(failing(1e30), { optimizer });
    await expect(promise).rejects.toThrow(
      /^The gradient's norm is (Infinity|NaN): training stopped before the step/,
    );
    expect(await policy.values()).toEqual(before);
    optimizer.dispose();
  });

  it("throws what a part of the algorithm throws, and leaves no tensor", async () => {
    let slices = 0;
    const algorithm = plainAlgorithm({
      objective: {
        ...{ name: "throws", kind: "policy" },
        loss(inputs) {
          if (++slices === 3) throw new Error("third slice");
          return plainLoss(inputs);
        },
      },
    });
    await expect(run(algorithm, { sliceTokens: 40 })).rejects.toThrow("third slice");
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("stops between two slices when it is aborted", async () => {
    const controller = new AbortController();
    let slices = 0;
    const algorithm = plainAlgorithm({
      objective: {
        ...{ name: "aborts", kind: "policy" },
        loss(inputs) {
          if (++slices === 2) controller.abort();
          return plainLoss(inputs);
        },
      },
    });
    await expect(run(algorithm, { sliceTokens: 1, signal: controller.signal })).rejects.toThrow(/abort/i);
    expect(slices).toBe(2);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
