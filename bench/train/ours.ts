/** This library as a contestant, on the engine that ARL_ENGINE names: what a user's program would call. */
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import { useEngine } from "../../src/engine/engine.js";
import { fusedKernels } from "../../src/engine/fused.js";
import { variableGrads } from "../../src/engine/gradients.js";
import { read } from "../../src/engine/pace.js";
import { specialTokens } from "../../src/environments/environment.js";
import { createPolicy, type TransformerPolicy } from "../../src/policy/index.js";
import { Adam, flatten } from "../../src/training/adam.js";
import { train, type TrainStep } from "../../src/training/index.js";
import { gigaflops } from "./peak.js";
import type { OpenModel } from "./protocol.js";
import { serve } from "./serve.js";

interface Opened {
  policy: TransformerPolicy;
  optimizer: Adam;
  batches: Tensor2D[];
  steps: number;
}

let opened: Opened | undefined;
let updates: AsyncIterator<TrainStep> | undefined;
/** Programs the GPU has been given so far. */
let programs: (() => number) | undefined;

await serve({
  async hello() {
    const { name, device } = await useEngine();
    const software = device.includes("(software");
    if (software && !process.argv.includes("--software-gpu")) throw new Error(`WebGPU has only ${device}`);
    // Without its fused kernels an engine works on as tfjs made it: that is another row.
    const fused = name !== "cpu" && process.env["ARL_FUSED"] !== "off";
    if (fused && fusedKernels() === undefined) throw new Error(device);
    if (name === "webgpu") programs = countPrograms();
    return { device, versions: `tfjs ${tf.version_core}, Node ${process.versions.node}` };
  },
  peak: async ({ shape }) => ({ gigaflops: await gigaflops(shape) }),
  async open(work) {
    opened = await open(work);
    return { parameters: opened.policy.size };
  },
  async step({ steps }) {
    const milliseconds: number[] = [];
    const losses: number[] = [];
    const tensors: number[] = [];
    const before = programs?.();
    for (let i = 0; i < steps; i++) {
      const start = performance.now();
      losses.push(await trainingStep(opened!));
      milliseconds.push(performance.now() - start);
      tensors.push(tf.memory().numTensors);
    }
    return {
      ...{ milliseconds, losses, tensors },
      ...(before === undefined ? {} : { programs: (programs!() - before) / steps }),
    };
  },
  async sample({ rows, count }) {
    const { policy } = opened!;
    const start = performance.now();
    await policy.sample(
      Array.from({ length: rows }, (_, seed) => ({ prompt: [specialTokens.indexOf("<bos>")], seed })),
      { stop: [], maxTurnTokens: 1 + count, contextLength: 1 + count, temperature: 1 },
    );
    return { milliseconds: performance.now() - start };
  },
  "grpo.open"({ environment, learningRate, prompts, groupSize, seed }) {
    // The environment's own checkpoint is where a training starts from by default.
    const training = train({
      ...{ environment, algorithm: "grpo", learningRate, prompts, groupSize, seed },
      updates: Number.MAX_SAFE_INTEGER,
    });
    updates = training[Symbol.asyncIterator]();
    return Promise.resolve({});
  },
  async grpo({ updates: count }) {
    const answer = {
      ...{ milliseconds: [] as number[], success: [] as number[] },
      ...{ tokens: [] as number[], trained: [] as number[], tensors: [] as number[] },
    };
    for (let i = 0; i < count; i++) {
      const start = performance.now();
      const { value } = (await updates!.next()) as { value: TrainStep };
      answer.milliseconds.push(performance.now() - start);
      answer.success.push(value.metrics["rollout/success"]!);
      const lengths = value.trajectories.map(({ tokens }) => tokens.length);
      const taught = lengths.filter((_, row) => value.advantages[row]!.some((advantage) => advantage !== 0));
      answer.tokens.push(sum(lengths));
      answer.trained.push(sum(taught));
      answer.tensors.push(tf.memory().numTensors);
    }
    return answer;
  },
});

async function open({ model, parameters, tokens }: OpenModel): Promise<Opened> {
  const words = model.vocabularySize - specialTokens.length;
  const policy = await createPolicy({
    ...model,
    vocabulary: Array.from({ length: words }, (_, i) => `w${i}`),
  });
  const bytes = readFileSync(parameters.path);
  const values = new Map<string, Float32Array>();
  let offset = bytes.byteOffset;
  for (const [name, shape] of parameters.shapes) {
    const size = tf.util.sizeFromShape(shape);
    values.set(name, new Float32Array(bytes.buffer.slice(offset, offset + 4 * size)));
    offset += 4 * size;
  }
  policy.assign(values);
  return {
    policy,
    optimizer: new Adam([...policy.parameters.values()]),
    batches: readBatches(tokens),
    steps: 0,
  };
}

function readBatches({ path, shape: [count, rows, length] }: OpenModel["tokens"]): Tensor2D[] {
  const bytes = readFileSync(path);
  const all = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return Array.from({ length: count }, (_, i) =>
    tf.tensor2d(all.slice(i * rows * length, (i + 1) * rows * length), [rows, length], "int32"),
  );
}

/** The loss, as a trainer would get it: read after the step, so that the step is done on a GPU too. */
async function trainingStep(work: Opened): Promise<number> {
  const { policy, optimizer, batches } = work;
  const tokens = batches[work.steps++ % batches.length]!;
  const parameters = [...policy.parameters.values()];
  let loss: Scalar | undefined;
  const gradient = tf.tidy(() => {
    const { value, grads } = variableGrads(() => tf.neg(tf.mean(policy.score(tokens).logProbs)), parameters);
    loss = tf.keep(value);
    return flatten(parameters, grads);
  });
  try {
    await optimizer.step(gradient, 1e-3);
    return (await read(loss!))[0]!;
  } finally {
    tf.dispose([gradient, loss!]);
  }
}

function countPrograms(): () => number {
  const { prototype } = (globalThis as unknown as Record<"GPUComputePassEncoder", { prototype: Pass }>)
    .GPUComputePassEncoder;
  const dispatch = prototype.dispatchWorkgroups;
  let count = 0;
  prototype.dispatchWorkgroups = function (...groups) {
    count++;
    dispatch.apply(this, groups);
  };
  return () => count;
}

interface Pass {
  dispatchWorkgroups(this: Pass, ...groups: number[]): void;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
