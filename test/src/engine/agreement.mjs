// Trains and samples a tiny policy on the engine that ARL_ENGINE names, and prints what came out as JSON.
// It is a program of its own because a process has one engine's drivers, and so that one sees it end.
import * as tf from "@tensorflow/tfjs-core";
import { fusedKernels } from "../../../dist/src/engine/fused.js";
import { useEngine } from "../../../dist/src/engine/index.js";
import { read } from "../../../dist/src/engine/pace.js";
import { createPolicy } from "../../../dist/src/policy/index.js";
import { Adam, flatten } from "../../../dist/src/training/adam.js";
import { packRows } from "../../../dist/src/training/batch.js";

const engine = await useEngine();
const policy = await createPolicy({
  vocabulary: [..."abcdefgh"],
  contextLength: 12,
  width: 16,
  layers: 1,
  heads: 2,
  valueHead: true,
  seed: 3,
});
const parameters = [...policy.parameters.values()];
const optimizer = new Adam(parameters, { clipNorm: 0.5 });

/** Ragged rows, the first with a gap in its mask. */
const rows = ["abcabcabc", "hgfed", "aabbccdd", "hh"].map((word, i) => {
  const tokens = Int32Array.from([1, ...policy.vocabulary.encode(word), 2]);
  const mask = Uint8Array.from(tokens, (_, t) => (t < 2 || (i === 0 && t === 4) ? 0 : 1));
  return {
    tokens,
    mask,
    logProbs: new Float32Array(tokens.length),
    advantages: new Float32Array(tokens.length),
  };
});
const written = rows.reduce((sum, { mask }) => sum + mask.reduce((a, b) => a + b, 0), 0);

const losses = [];
const norms = [];
for (let step = 0; step < 4; step++) {
  const packed = packRows(rows);
  const { loss, gradient } = tf.tidy(() => {
    const { value, grads } = tf.variableGrads(() => {
      const { logProbs, entropy, values } = policy.score(packed.tokens);
      const masked = tf.sub(tf.add(logProbs, tf.mul(entropy, 0.01)), tf.square(tf.sub(values, 1)));
      return tf.div(tf.neg(tf.sum(tf.mul(masked, packed.mask))), written);
    }, parameters);
    return { loss: value, gradient: flatten(parameters, grads) };
  });
  losses.push((await read(loss))[0]);
  norms.push(await optimizer.step(gradient, 0.02));
  tf.dispose([loss, gradient, { ...packed }]);
}

/** Prompts of different lengths, a turn with an answer forced in between, rows that end early. */
const prompts = ["a", "hgf", "abcab", "dd", "e", "fg", "h"].map((word) => [
  1,
  ...policy.vocabulary.encode(word),
]);
const temperature = 1.5;
const answered = new Set();
const sampled = await policy.sample(
  prompts.map((prompt, i) => ({ prompt, seed: i })),
  {
    ...{ stop: [2], maxTurnTokens: 3, temperature },
    respond(row) {
      if (row % 3 === 2 || answered.has(row)) return undefined;
      answered.add(row);
      return [5, 6];
    },
  },
);
const scored = [];
for (const { tokens } of sampled) {
  const input = tf.tensor2d(tokens, [1, tokens.length], "int32");
  const { logProbs, entropy, values } = tf.tidy(() => policy.score(input, temperature));
  scored.push({ logProbs: [0, ...(await read(logProbs))], values: [0, ...(await read(values))] });
  tf.dispose([input, logProbs, entropy, values]);
}
const values = await policy.values();
policy.dispose();
optimizer.dispose();
const result = {
  engine,
  fused: fusedKernels() !== undefined,
  losses,
  norms,
  rows: sampled.map(({ tokens, mask, logProbs, values }, i) => ({
    ...{ tokens: [...tokens], mask: [...mask], logProbs: [...logProbs], values: [...values] },
    scored: scored[i],
  })),
  parameters: Object.fromEntries(Array.from(values, ([name, numbers]) => [name, [...numbers]])),
  tensors: tf.memory().numTensors,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
