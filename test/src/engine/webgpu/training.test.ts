/** Steps of the optimizer and whole training steps, fused, against tfjs's operations on the cpu backend. */
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, describe, expect, it } from "vitest";
import { useEngine } from "../../../../src/engine/index.js";
import { variableGrads } from "../../../../src/engine/gradients.js";
import { read } from "../../../../src/engine/pace.js";
import { Adam, flatten } from "../../../../src/training/adam.js";
import { shake, tinyPolicy } from "../../policy/tiny.js";
import { difference, integers, normal, withoutGpu } from "./support.js";

const before = process.env["ARL_FUSED"];
afterAll(() => {
  if (before === undefined) delete process.env["ARL_FUSED"];
  else process.env["ARL_FUSED"] = before;
});

/** The engines by name; the reference has no fused kernels. */
async function start(engine: "cpu" | "webgpu"): Promise<void> {
  if (engine === "cpu") process.env["ARL_FUSED"] = "off";
  else delete process.env["ARL_FUSED"];
  await useEngine(engine);
}

const shapes = [[30, 20], [7], [1, 1, 5]];
const size = 612;

async function adamSteps(engine: "cpu" | "webgpu", scale: number, bad?: number) {
  await start(engine);
  const tensors = tf.memory().numTensors;
  const parameters = shapes.map((shape, i) =>
    tf.tidy(() => tf.variable(tf.tensor([...normal(shape, i).values], shape))),
  );
  const adam = new Adam(parameters, { clipNorm: 2 });
  const norms: number[] = [];
  for (let step = 0; step < 6; step++) {
    const values = Float32Array.from(normal([size], 10 + step, scale).values);
    if (step === 5 && bad !== undefined) values[400] = bad;
    const gradient = tf.tensor1d(values);
    norms.push(await adam.step(gradient, 0.02));
    gradient.dispose();
  }
  const values: number[] = [];
  for (const parameter of parameters) values.push(...(await read(parameter)));
  const { steps, first, second } = await adam.state();
  adam.dispose();
  tf.dispose(parameters);
  expect(tf.memory().numTensors).toBe(tensors);
  return { norms, values, steps, moments: [...first, ...second] };
}

describe.skipIf(withoutGpu)("fused Adam", () => {
  it.each([
    { what: "clipped at every step", scale: 1 },
    { what: "never clipped", scale: 0.01 },
    { what: "clipped now and then", scale: 2 / Math.sqrt(size) },
  ])("takes the steps of the plain one, $what", async ({ scale }) => {
    const expected = await adamSteps("cpu", scale);
    const computed = await adamSteps("webgpu", scale);
    expect(difference(computed.norms, expected.norms)).toBeLessThan(1e-5);
    expect(difference(computed.values, expected.values)).toBeLessThan(1e-5);
    expect(difference(computed.moments, expected.moments)).toBeLessThan(1e-5);
    expect(computed.steps).toBe(6);
  });

  it.each([NaN, Infinity, 1e30])("changes nothing for a gradient that holds %d", async (bad) => {
    const expected = await adamSteps("cpu", 0.1, bad);
    const computed = await adamSteps("webgpu", 0.1, bad);
    expect(Number.isFinite(computed.norms[5])).toBe(false);
    expect(computed.steps).toBe(5);
    expect(difference(computed.values, expected.values)).toBeLessThan(1e-5);
    expect(difference(computed.moments, expected.moments)).toBeLessThan(1e-5);
  });
});

/** Imitates random rows for some steps; what memory was in use after each. */
async function training(engine: "cpu" | "webgpu", steps: number) {
  await start(engine);
  const tensors = tf.memory().numTensors;
  const policy = await tinyPolicy({ width: 8, layers: 1, heads: 2, valueHead: true });
  shake(policy, 2, 0.3);
  const parameters = [...policy.parameters.values()];
  const adam = new Adam(parameters);
  const [rows, length] = [2, 7];
  const losses: number[] = [];
  const memory: object[] = [];
  for (let step = 0; step < steps; step++) {
    const tokens = tf.tensor2d(
      [...integers([rows, length], policy.vocabulary.size, 5).values],
      [rows, length],
      "int32",
    );
    const { value, gradient } = tf.tidy(() => {
      const { value, grads } = variableGrads(() => {
        const { logProbs, entropy, values } = policy.score(tokens, 1.3);
        const loss = tf.add(tf.neg(tf.mean(logProbs)), tf.mul(tf.mean(tf.square(tf.sub(values!, 1))), 0.5));
        return tf.sub(loss, tf.mul(tf.mean(entropy), 0.01)) as tf.Scalar;
      }, parameters);
      return { value, gradient: flatten(parameters, grads) };
    });
    losses.push((await read(value))[0]!);
    await adam.step(gradient, 0.02);
    tf.dispose([tokens, value, gradient]);
    memory.push({ ...tf.memory() });
  }
  adam.dispose();
  policy.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
  return { losses, memory };
}

describe.skipIf(withoutGpu)("fused training", () => {
  it("has the loss curve of the cpu engine, and memory that does not grow", async () => {
    const expected = await training("cpu", 20);
    const computed = await training("webgpu", 20);
    expect(difference(computed.losses, expected.losses)).toBeLessThan(1e-3);
    expect(computed.losses[19]).toBeLessThan(computed.losses[0]! - 0.2);
    // Tensors, their bytes, and the GPU's bytes, of which some wait to be used again.
    for (const use of computed.memory.slice(3)) expect(use).toEqual(computed.memory[2]);
  });
});
