/** Two hundred steps of training: with the fused kernels the loss takes the course it takes through tfjs's. */
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar } from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { ppo } from "../../../../src/algorithms/ppo.js";
import { registerFused } from "../../../../src/engine/fused.js";
import { variableGrads } from "../../../../src/engine/gradients.js";
import { useEngine } from "../../../../src/engine/index.js";
import type { TransformerPolicy } from "../../../../src/policy/index.js";
import { initialValues } from "../../../../src/policy/transformer.js";
import { Random } from "../../../../src/random.js";
import type { Trajectory } from "../../../../src/rollout/trajectory.js";
import { Adam, flatten } from "../../../../src/training/adam.js";
import { packRows } from "../../../../src/training/batch.js";
import { update } from "../../../../src/training/update.js";
import { fusedForms } from "../../../support/fused-forms.js";
import { policyOf } from "./case.js";

process.env["ARL_THREADS"] ??= "3";
/** One of the addon's instruction sets is enough here: gradients.test.ts compares them all. */
const forms = fusedForms().filter(({ name }, i) => i === 0 || name.startsWith("wasm"));
const steps = 200;
const learningRate = 0.002;
const config = {
  ...{ vocabularySize: 13, contextLength: 11, width: 24, layers: 2, heads: 3 },
  valueHead: true,
};

/** Sequences of unlike lengths that count up or down, with some noise: there is something to learn, and no end to it. */
function batch(seed: number) {
  const random = new Random(seed);
  return Array.from({ length: 12 }, (_, i) => {
    const length = random.between(5, 12);
    const [start, stride] = [random.integer(13), random.choice([1, 2, 12])];
    return {
      tokens: Int32Array.from({ length }, (_, t) =>
        random.chance(0.1) ? random.integer(13) : (start + stride * t) % 13,
      ),
      mask: Uint8Array.from({ length }, (_, t) => (t < 2 || (t === 4 && i % 3 === 0) ? 0 : 1)),
      logProbs: Float32Array.from({ length }, () => Math.log(1 / 13)),
      values: Float32Array.from({ length }, () => 0.1 * random.normal()),
      advantages: new Float32Array(length).fill(random.normal()),
      returns: new Float32Array(length).fill(stride === 1 ? 1 : 0),
    };
  });
}

type Course = (policy: TransformerPolicy, optimizer: Adam, step: number) => Promise<number>;

/**
 * Cross entropy of the next token, the values' squared error and a little entropy, on fresh sequences in every step:
 * where nothing is left to learn Adam divides rounding errors by rounding errors, and no two engines agree.
 */
const supervised: Course = async (policy, optimizer, step) => {
  const packed = packRows(batch(step));
  const { loss, gradient } = tf.tidy(() => {
    const parameters = [...policy.parameters.values()];
    const { value, grads } = variableGrads(() => {
      const { logProbs, entropy, values } = policy.score(packed.tokens);
      const errors = tf.mul(tf.square(tf.sub(values!, packed.returns!)), 0.5);
      const terms = tf.sub(tf.sub(errors, logProbs), tf.mul(entropy, 0.01));
      return tf.div(tf.sum(tf.mul(terms, packed.mask)), tf.sum(packed.mask)) as Scalar;
    }, parameters);
    return { loss: value, gradient: flatten(parameters, grads) };
  });
  const [value] = loss.dataSync();
  await optimizer.step(gradient, learningRate);
  tf.dispose([loss, gradient, { ...packed }]);
  return value!;
};

const rows = batch(steps);

/** PPO on the same trajectories over and over, as sampled by a uniform policy: ratios run into the clip. */
const clipped: Course = async (policy, optimizer) => {
  const algorithm = ppo({ epochs: 1, entropy: 0.01 });
  const metrics = await update({
    ...{ policy, algorithm, optimizer, coefficients: [0.01], temperature: 1.3 },
    trajectories: rows.map((row) => ({ ...row, turns: [] }) as unknown as Trajectory),
    advantages: rows.map(({ advantages }) => advantages),
    returns: rows.map(({ returns }) => returns),
    learningRate,
    random: new Random(1),
    sliceTokens: 80,
  });
  return metrics["loss/policy"]!;
};

async function losses(course: Course): Promise<number[]> {
  const policy = policyOf(config, initialValues(config, 5));
  const optimizer = new Adam([...policy.parameters.values()]);
  const curve: number[] = [];
  for (let step = 0; step < steps; step++) curve.push(await course(policy, optimizer, step));
  optimizer.dispose();
  policy.dispose();
  return curve;
}

describe.each([
  { name: "supervised training", course: supervised, drop: 1 },
  { name: "clipped policy gradients", course: clipped, drop: 0.1 },
])("$name", ({ course, drop }) => {
  let expected: number[];
  beforeAll(async () => {
    await useEngine("wasm");
    registerFused("wasm", undefined);
    expected = await losses(course);
    expect(expected.at(-1)).toBeLessThan(expected[0]! - drop);
  });

  it.each(forms)("has the same losses: $name", async ({ start }) => {
    await start();
    const curve = await losses(course);
    expect(curve).toHaveLength(steps);
    expect(Math.max(...curve.map((loss, i) => Math.abs(loss - expected[i]!)))).toBeLessThan(1e-4);
    expect(tf.memory().numTensors).toBe(0);
  });
});
