/**
 * `@genai-fi/nanogpt` as a contestant: `nanogpt.js FOLDER cpu|wasm`, with the package in FOLDER/node_modules.
 *
 * It is made for browsers, on a copy of tfjs of its own. In Node it loads with a stand-in for `window`, and then
 * shares tfjs's one engine with ours. Its own operations exist for cpu, webgl and webgpu; those for cpu are
 * written in tfjs operations, so that registering them for wasm lets it run there too, with our matrix products
 * and our gradient of `gather`: faster than it can be by itself. Its model differs: root-mean-square norms,
 * rotary positions, a tied head, no biases. It does not clip gradients here: that needs an operation which only
 * its webgpu has. Its generator makes one text at a time; measured is its model with its cache over all rows.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Scalar, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { serve } from "./serve.js";

const [folder = "", backend = ""] = process.argv.slice(2);
const place = join(folder, "node_modules", "@genai-fi", "nanogpt");

/** The parts of the package that are used here. */
interface Model {
  forward(attributes: { training: boolean; cache?: CacheEntry[] }, tokens: Tensor): Tensor;
  getNumParams(): number;
  config: { nLayer: number; vocabSize: number };
}
interface Trainer {
  trainStep(state: object, batch: Batch): Scalar;
}
interface CacheEntry {
  k: Tensor | undefined;
  v: Tensor | undefined;
  length: number;
  cumulativeLength: number;
}
interface Batch {
  xs: Tensor2D;
  ys: Tensor2D;
}
type NanoGpt = new (config: object) => Model;
type BasicTrainer = new (model: Model, tokenizer: undefined, optimizer: object) => Trainer;

const { NanoGPTV1, BasicTrainer, tf } = await load();
let opened: { model: Model; trainer: Trainer; batches: Batch[]; steps: number } | undefined;

await serve({
  hello() {
    const { version } = JSON.parse(readFileSync(join(place, "package.json"), "utf8")) as { version: string };
    const device = backend === "wasm" ? "tfjs wasm with our kernels" : "tfjs cpu";
    return Promise.resolve({ device, versions: `@genai-fi/nanogpt ${version}` });
  },
  open({ model: { vocabularySize, contextLength, width, layers, heads }, tokens: { path, shape } }) {
    const model = new NanoGPTV1({
      ...{ modelType: "GenAI_NanoGPT_v1", useRope: true, mlpFactor: 4 },
      ...{ vocabSize: vocabularySize, blockSize: contextLength, nEmbed: width, nLayer: layers, nHead: heads },
    });
    const trainer = new BasicTrainer(model, undefined, {
      ...{ learningRate: 1e-3, beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0, warmupSteps: 0 },
    });
    const [count, rows, length] = shape;
    const bytes = readFileSync(path);
    const all = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    const batches = Array.from({ length: count }, (_, i): Batch => {
      const size = rows * length;
      const both = tf.tensor2d(all.slice(i * size, (i + 1) * size), [rows, length], "int32");
      const part = (from: number) => tf.slice(both, [0, from], [rows, length - 1]);
      return { xs: part(0), ys: part(1) };
    });
    // Each layer makes its parameters when it is first used.
    tf.dispose(model.forward({ training: false }, batches[0]!.xs));
    opened = { model, trainer, batches, steps: 0 };
    return Promise.resolve({ parameters: model.getNumParams() });
  },
  async step({ steps }) {
    const { trainer, batches } = opened!;
    const answer = { milliseconds: [] as number[], losses: [] as number[], tensors: [] as number[] };
    for (let i = 0; i < steps; i++) {
      const start = performance.now();
      const loss = trainer.trainStep({}, batches[opened!.steps++ % batches.length]!);
      answer.losses.push((await loss.data())[0]!);
      answer.milliseconds.push(performance.now() - start);
      loss.dispose();
      answer.tensors.push(tf.memory().numTensors);
    }
    return answer;
  },
  async sample({ rows, count }) {
    const { model } = opened!;
    const { nLayer, vocabSize } = model.config;
    const start = performance.now();
    const cache = Array.from({ length: nLayer }, (): CacheEntry => ({
      k: undefined,
      v: undefined,
      length: 0,
      cumulativeLength: 0,
    }));
    let tokens: Tensor = tf.ones([rows, 1], "int32");
    for (let i = 0; i < count; i++) {
      const next = tf.tidy(() => {
        const logits = model.forward({ training: false, cache }, tokens);
        return tf.multinomial(tf.reshape(logits, [rows, vocabSize]) as Tensor2D, 1);
      });
      await next.data();
      tokens.dispose();
      tokens = next;
    }
    const milliseconds = performance.now() - start;
    tokens.dispose();
    for (const { k, v } of cache) tf.dispose([k, v].filter((tensor) => tensor !== undefined));
    return { milliseconds };
  },
});

async function load() {
  // It reports everything that both copies of tfjs register, also on standard output, where answers go.
  console.warn = console.log = () => undefined;
  const element = { getContext: () => null, addEventListener: () => undefined };
  const document = { createElement: () => element, addEventListener: () => undefined };
  Object.assign(globalThis, { window: globalThis, document });
  const file = async (name: string): Promise<unknown> =>
    await import(pathToFileURL(join(place, "dist", name)).href);
  const { models } = (await file("main.js")) as { models: { NanoGPTV1: NanoGpt } };
  const { default: trainer } = (await file("training/BasicTrainer.js")) as { default: BasicTrainer };

  // Ours after it: the first one decides for both whether this is a browser.
  const tf = await import("@tensorflow/tfjs-core");
  const { useEngine } = await import("../../src/engine/engine.js");
  await useEngine("cpu");
  if (backend === "wasm") {
    await useEngine("wasm");
    const present = new Set(tf.getKernelsForBackend("wasm").map(({ kernelName }) => kernelName));
    for (const kernel of tf.getKernelsForBackend("cpu")) {
      if (!present.has(kernel.kernelName)) tf.registerKernel({ ...kernel, backendName: "wasm" });
    }
  }
  return { NanoGPTV1: models.NanoGPTV1, BasicTrainer: trainer, tf };
}
