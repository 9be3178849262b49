// Scores, trains and samples with the engine that ARL_ENGINE names, twice, and prints digests of all the bits that
// came out. It is a program of its own because a process starts its threads once.
import { createHash } from "node:crypto";
import * as tf from "@tensorflow/tfjs-core";
import { useEngine } from "../../../../dist/src/engine/index.js";
import { createPolicy } from "../../../../dist/src/policy/index.js";
import { Random } from "../../../../dist/src/random.js";
import { Adam, flatten } from "../../../../dist/src/training/adam.js";

const engine = await useEngine();
const models = [
  { width: 15, layers: 3, heads: 5, words: 5, length: 7, rows: 3 },
  { width: 48, layers: 2, heads: 3, words: 40, length: 37, rows: 19 },
  { width: 64, layers: 1, heads: 4, words: 20, length: 24, rows: 64 },
  { width: 36, layers: 2, heads: 2, words: 9, length: 40, rows: 80 },
];

async function run() {
  const hash = createHash("sha256");
  const add = (values) => hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  for (const { words, length, rows, ...sizes } of models) {
    const policy = await createPolicy({
      ...sizes,
      vocabulary: Array.from({ length: words }, (_, i) => `w${i}`),
      contextLength: length,
      valueHead: true,
      seed: 1,
    });
    const parameters = [...policy.parameters.values()];
    const optimizer = new Adam(parameters);
    const random = new Random(rows);
    for (let step = 0; step < 3; step++) {
      const ids = Array.from({ length: rows * (length + 1) }, () => random.integer(policy.vocabulary.size));
      const tokens = tf.tensor2d(ids, [rows, length + 1], "int32");
      const gradient = tf.tidy(() => {
        const { grads } = tf.variableGrads(() => {
          const { logProbs, entropy, values } = policy.score(tokens, 1.1);
          for (const output of [logProbs, entropy, values]) add(output.dataSync());
          return tf.sum(tf.sub(tf.square(tf.sub(values, 1)), tf.add(logProbs, tf.mul(entropy, 0.1))));
        }, parameters);
        return flatten(parameters, grads);
      });
      add(gradient.dataSync());
      await optimizer.step(gradient, 0.01);
      tf.dispose([tokens, gradient]);
    }
    for (const values of (await policy.values()).values()) add(values);
    const requests = Array.from({ length: rows }, (_, i) => ({
      prompt: [1, i % words, 2].slice(i % 2),
      seed: i,
    }));
    const sampled = await policy.sample(requests, {
      stop: [3],
      maxTurnTokens: 9,
      respond: (row, action) => (action.length > 5 && row % 3 > 0 ? [4, 5] : undefined),
    });
    for (const { tokens, logProbs, entropies, values } of sampled) {
      for (const numbers of [tokens, logProbs, entropies, values]) add(numbers);
    }
    optimizer.dispose();
    policy.dispose();
  }
  return hash.digest("hex");
}

process.stdout.write(`${JSON.stringify({ device: engine.device, digests: [await run(), await run()] })}\n`);
