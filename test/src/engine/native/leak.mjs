// Trains and samples a tiny policy with the engine that ARL_ENGINE names for many steps, then opens and closes many
// policies, and prints what the memory did, as JSON. Run it with --expose-gc; the argument is how many steps (10,000).
import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { useEngine } from "../../../../dist/src/engine/index.js";
import { createPolicy } from "../../../../dist/src/policy/index.js";
import { Random } from "../../../../dist/src/random.js";
import { Adam, flatten } from "../../../../dist/src/training/adam.js";

const steps = Number(process.argv[2] ?? 10_000);
const engine = await useEngine();
const random = new Random(1);
const letters = [..."abcdefgh"];

/** Rows of random tokens of another length every time. */
function randomTokens(longest) {
  const [rows, length] = [random.between(1, 6), random.between(2, longest + 1)];
  const ids = Array.from({ length: rows * length }, () => random.integer(16));
  return tf.tensor2d(ids, [rows, length], "int32");
}

async function step(policy, optimizer) {
  const parameters = [...policy.parameters.values()];
  const tokens = randomTokens(policy.contextLength);
  const gradient = tf.tidy(() => {
    const { grads } = tf.variableGrads(() => {
      const { logProbs, entropy, values } = policy.score(tokens);
      return tf.mean(tf.sub(tf.square(tf.sub(values, 1)), tf.add(logProbs, tf.mul(entropy, 0.1))));
    }, parameters);
    return flatten(parameters, grads);
  });
  await optimizer.step(gradient, 0.001);
  tf.dispose([tokens, gradient]);
}

const sample = async (policy) =>
  await policy.sample(
    [1, 2, 3, 4, 5, 6, 7].map((seed) => ({ prompt: [1, seed], seed })),
    {
      stop: [2],
      maxTurnTokens: 6,
    },
  );

/** Bytes once everything that nobody holds is gone. */
async function measure() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    // Finalizers run between turns of the event loop.
    await setImmediate();
  }
  const { numTensors, numBytes } = tf.memory();
  const memory = tf.backend().wasm.asm.memory.buffer.byteLength;
  return { rss: process.memoryUsage.rss(), memory, numTensors, numBytes };
}

/** Least squares, bytes per step. */
function slope(points) {
  const mean = (of) => points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([x]) => x), mean(([, y]) => y)];
  return mean(([a, b]) => (a - x) * (b - y)) / mean(([a]) => (a - x) ** 2);
}

const sizes = { vocabulary: letters, layers: 2, heads: 2, valueHead: true };
const policy = await createPolicy({ ...sizes, contextLength: 14, width: 16 });
const optimizer = new Adam([...policy.parameters.values()]);
const training = [];
for (let i = 1; i <= steps; i++) {
  await step(policy, optimizer);
  if (i % 10 === 0) await sample(policy);
  // The first fifth is to warm up: code is compiled, pools fill.
  if (i % Math.floor(steps / 25) === 0 && i > steps / 5) training.push([i, await measure()]);
}
optimizer.dispose();
policy.dispose();

/** Policies of a megabyte; of every third one nobody says that it is done with, its parameters aside. */
const opening = [];
for (let i = 1; i <= 60; i++) {
  const policy = await createPolicy({ ...sizes, contextLength: 40, width: 64 });
  const optimizer = new Adam([...policy.parameters.values()]);
  await step(policy, optimizer);
  await sample(policy);
  optimizer.dispose();
  if (i % 3 === 0) tf.dispose([...policy.parameters.values()]);
  else policy.dispose();
  if (i % 5 === 0) opening.push([i, await measure()]);
}

const figures = (points) => {
  const of = (name) => points.map(([, figure]) => figure[name]);
  return {
    rssFirst: of("rss")[0],
    rssLast: of("rss").at(-1),
    rssPerStep: Math.round(slope(points.map(([i, { rss }]) => [i, rss]))),
    memory: [...new Set(of("memory"))],
    numTensors: [...new Set(of("numTensors"))],
    numBytes: [...new Set(of("numBytes"))],
  };
};
const result = {
  device: engine.device,
  steps,
  training: figures(training),
  opening: figures(opening.slice(3)),
};
process.stdout.write(`${JSON.stringify({ ...result, tensorsLeft: tf.memory().numTensors })}\n`);
