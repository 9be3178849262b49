import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { Random } from "../../../src/random.js";
import { Adam, flatten } from "../../../src/training/adam.js";

beforeAll(async () => {
  await useEngine("wasm");
});
afterAll(() => {
  expect(tf.memory().numTensors).toBe(0);
});

const shapes = [[3, 2], [4], [1, 1, 5]];
const size = 15;

function variables(seed = 1): tf.Variable[] {
  const random = new Random(seed);
  return shapes.map((shape) => {
    const numbers = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.normal());
    return tf.tidy(() => tf.variable(tf.tensor(numbers, shape)));
  });
}

const numbersOf = (all: readonly tf.Variable[]) => all.flatMap((variable) => [...variable.dataSync()]);

function gradients(count: number, scale: number): Float32Array[] {
  const random = new Random(7);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: size }, () => scale * random.normal()),
  );
}

async function take(adam: Adam, gradient: Float32Array, learningRate: number): Promise<number> {
  const tensor = tf.tensor1d(gradient);
  const norm = await adam.step(tensor, learningRate);
  tensor.dispose();
  return norm;
}

/** Algorithm 1 of Kingma & Ba in float64, after clipping by the global norm. */
function plainAdam(
  start: readonly number[],
  steps: readonly Float32Array[],
  rate: number,
  { beta1 = 0.9, beta2 = 0.98, epsilon = 1e-8, clipNorm = 1 },
) {
  const theta = [...start];
  const m = theta.map(() => 0);
  const v = theta.map(() => 0);
  const norms: number[] = [];
  for (const [index, gradient] of steps.entries()) {
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    norms.push(norm);
    const t = index + 1;
    for (const [i, raw] of gradient.entries()) {
      const g = norm > clipNorm ? (raw * clipNorm) / norm : raw;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      const first = m[i]! / (1 - beta1 ** t);
      const second = v[i]! / (1 - beta2 ** t);
      theta[i]! -= (rate * first) / (Math.sqrt(second) + epsilon);
    }
  }
  return { theta, norms };
}

describe("Adam", () => {
  it.each([
    { what: "clipped at every step", scale: 3, options: {} },
    { what: "never clipped", scale: 0.01, options: {} },
    { what: "clipped now and then", scale: 0.26, options: {} },
    { what: "with other settings", scale: 1, options: { beta1: 0.5, beta2: 0.9, epsilon: 0.1, clipNorm: 4 } },
  ])("is the paper's, $what", async ({ scale, options }) => {
    const parameters = variables();
    const adam = new Adam(parameters, options);
    const steps = gradients(60, scale);
    const expected = plainAdam(numbersOf(parameters), steps, 0.02, options);
    for (const [i, gradient] of steps.entries()) {
      expect(await take(adam, gradient, 0.02)).toBeCloseTo(expected.norms[i]!, 4);
    }
    for (const [i, value] of numbersOf(parameters).entries())
      expect(value).toBeCloseTo(expected.theta[i]!, 4);
    adam.dispose();
    tf.dispose(parameters);
  });

  it("goes on bit for bit from a saved state", async () => {
    const steps = gradients(30, 1);
    const straight = variables();
    const adam = new Adam(straight);
    const early = variables();
    const first = new Adam(early);
    for (const gradient of steps.slice(0, 13)) await take(first, gradient, 0.01);
    const state = await first.state();
    const second = new Adam(early);
    second.restore(state);
    for (const gradient of steps.slice(13)) await take(second, gradient, 0.01);
    for (const gradient of steps) await take(adam, gradient, 0.01);
    expect(numbersOf(early)).toEqual(numbersOf(straight));
    expect(await second.state()).toEqual(await adam.state());
    // A state is a copy: it has not gone on with its optimizer.
    expect(state.steps).toBe(13);
    for (const one of [adam, first, second]) one.dispose();
    tf.dispose([...straight, ...early]);
  });

  it.each([NaN, Infinity, 1e30])("changes nothing for a gradient that holds %d", async (bad) => {
    const parameters = variables();
    const adam = new Adam(parameters);
    await take(adam, gradients(1, 1)[0]!, 0.1);
    const [before, state] = [numbersOf(parameters), await adam.state()];
    const gradient = new Float32Array(size).fill(0.1);
    gradient[4] = bad;
    expect(Number.isFinite(await take(adam, gradient, 0.1))).toBe(false);
    expect(numbersOf(parameters)).toEqual(before);
    expect(await adam.state()).toEqual(state);
    adam.dispose();
    tf.dispose(parameters);
  });

  it("refuses the state of another model", async () => {
    const parameters = variables();
    const adam = new Adam(parameters);
    const state = { steps: 1, first: new Float32Array(3), second: new Float32Array(3) };
    expect(() => {
      adam.restore(state);
    }).toThrow("Adam: the state is of 3 parameters, there are 15");
    expect((await adam.state()).steps).toBe(0);
    adam.dispose();
    tf.dispose(parameters);
  });
});

describe("flatten", () => {
  it("lays gradients out in the parameters' order, with zeros for those the loss does not reach", () => {
    const parameters = variables();
    const gradients = {
      [parameters[2]!.name]: tf.tensor([1, 2, 3, 4, 5], [1, 1, 5]),
      [parameters[0]!.name]: tf.tensor([6, 7, 8, 9, 10, 11], [3, 2]),
    };
    const flat = flatten(parameters, gradients);
    expect([...flat.dataSync()]).toEqual([6, 7, 8, 9, 10, 11, 0, 0, 0, 0, 1, 2, 3, 4, 5]);
    tf.dispose([flat, gradients, ...parameters]);
  });
});
