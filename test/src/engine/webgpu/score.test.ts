/** A whole training step's parts, fused, against tfjs's operations on the cpu backend. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useEngine } from "../../../../src/engine/index.js";
import { fusedKernels } from "../../../../src/engine/fused.js";
import { variableGrads } from "../../../../src/engine/gradients.js";
import { read } from "../../../../src/engine/pace.js";
import { score } from "../../../../src/engine/webgpu/score.js";
import type { PolicyOptions, Scores } from "../../../../src/policy/index.js";
import { tinyPolicy, shake } from "../../policy/tiny.js";
import { calls, difference, integers, withoutGpu } from "./support.js";

const before = process.env["ARL_FUSED"];
afterAll(() => {
  if (before === undefined) delete process.env["ARL_FUSED"];
  else process.env["ARL_FUSED"] = before;
});

type Model = Partial<PolicyOptions> & {
  rows: number;
  length: number;
  temperature: number;
  /** Tokens of each row. */
  lengths?: number[];
};

/** Scores and gradients of a masked loss of all of them; fused or by tfjs's own operations. */
async function step(engine: "cpu" | "webgpu", model: Model, fused: boolean) {
  const { rows, length, temperature, lengths, ...options } = model;
  process.env["ARL_FUSED"] = "off";
  await useEngine(engine);
  const policy = await tinyPolicy(options);
  shake(policy, 3, 0.4);
  const tensors = tf.memory().numTensors;
  const results = tf.tidy(() => {
    const { values } = integers([rows, length + 1], policy.vocabulary.size, 8);
    const tokens = tf.tensor2d([...values], [rows, length + 1], "int32");
    // What is beyond a row's length may come to anything.
    const within = tf.tensor2d(
      Array.from({ length: rows * length }, (_, i) =>
        i % length < Math.max(1, (lengths?.[Math.floor(i / length)] ?? Infinity) - 1) ? 1 : 0,
      ),
      [rows, length],
    );
    const bits = integers([rows, length], 2, 9).values.map((bit, i) => (i === 0 ? 1 : bit));
    const mask = tf.mul(tf.tensor2d(bits, [rows, length]), within);
    const scores = (): Scores =>
      fused
        ? score(policy.parameters, policy.config, tokens, temperature, lengths)
        : policy.score(tokens, temperature);
    const { value, grads } = variableGrads(() => {
      const { logProbs, entropy, values } = scores();
      const parts = [tf.mul(logProbs, 2), tf.mul(entropy, 0.7), ...(values ? [tf.square(values)] : [])];
      return tf.sum(tf.mul(tf.addN(parts), mask));
    }, [...policy.parameters.values()]);
    // Without a tape, as for a frozen reference.
    const { logProbs, entropy, values: estimates } = scores();
    const known = (scores: Tensor) => tf.mul(scores, within);
    const byName = [...policy.parameters].map(([name, { name: variable }]) => [name, grads[variable]!]);
    return {
      loss: value,
      logProbs: known(logProbs),
      entropy: known(entropy),
      ...(estimates === undefined ? {} : { values: known(estimates) }),
      ...(Object.fromEntries(byName) as Record<string, Tensor>),
    };
  });
  const numbers: Record<string, number[]> = {};
  for (const [name, tensor] of Object.entries(results)) numbers[name] = [...(await read(tensor))];
  tf.dispose(results);
  expect(tf.memory().numTensors).toBe(tensors);
  policy.dispose();
  return numbers;
}

const uneven = {
  rows: 5,
  length: 40,
  lengths: [3, 41, 20, 1, 30],
  temperature: 1.1,
  width: 4,
  contextLength: 40,
};

describe.skipIf(withoutGpu)("the fused score", () => {
  it.each<Model>([
    { rows: 1, length: 2, temperature: 1, width: 3, layers: 1, heads: 1 },
    { rows: 3, length: 7, temperature: 0.7, width: 6, layers: 2, heads: 3, valueHead: true },
    { rows: 2, length: 12, temperature: 1.8, width: 12, layers: 1, heads: 4, valueHead: true },
    // So many that most of the padding is left out: of 200 places 128 are computed.
    { ...uneven, layers: 2, heads: 2, valueHead: true },
    { ...uneven, layers: 1, heads: 1 },
  ])(
    "and its gradients for all parameters: $rows × $length tokens, width $width, $layers layers, $heads heads",
    async (model) => {
      const expected = await step("cpu", model, false);
      const computed = await step("webgpu", model, true);
      expect(Object.keys(computed)).toEqual(Object.keys(expected));
      for (const [name, values] of Object.entries(expected)) {
        const size = Math.max(...values.map(Math.abs));
        expect(size, `${name} of nothing but zeros shows nothing`).toBeGreaterThan(1e-6);
        expect(difference(computed[name]!, values), name).toBeLessThan(1e-4);
      }
    },
  );

  it("is 0 where nothing was computed", async () => {
    process.env["ARL_FUSED"] = "off";
    await useEngine("webgpu");
    const { rows, length, lengths, ...options } = uneven;
    const policy = await tinyPolicy({ ...options, layers: 1, heads: 1, valueHead: true });
    const all = tf.tidy(() => {
      const tokens = tf.zeros<tf.Rank.R2>([rows, length + 1], "int32");
      const { logProbs, entropy, values } = score(policy.parameters, policy.config, tokens, 1, lengths);
      return tf.stack([logProbs, entropy, values!]);
    });
    const planes = [...(await read(all))];
    for (const [i, value] of planes.entries()) {
      const [row, t] = [Math.floor(i / length) % rows, i % length];
      // The lines that make 128 go to the first row.
      const computed = [39, 40, 19, 1, 29][row]!;
      if (t >= computed) expect(value, `row ${row}, prediction ${t}`).toBe(0);
      else if (i < rows * length) expect(value).toBeLessThan(-0.1);
    }
    all.dispose();
    policy.dispose();
  });

  it("takes 23 programs a layer there and back, of which 12 are matrix products", async () => {
    const programs = async (layers: number) =>
      await calls("dispatchWorkgroups", async () => {
        await step("webgpu", { rows: 1, length: 2, temperature: 1, width: 3, layers, heads: 1 }, true);
      });
    // The step scores a second time, which takes eight.
    expect((await programs(3)) - (await programs(2))).toBe(23 + 8);
  });

  it("refuses heads that a thread cannot hold, and tokens that are not whole numbers", async () => {
    await useEngine("webgpu");
    const config = { vocabularySize: 9, contextLength: 4, width: 257, layers: 1, heads: 1, valueHead: false };
    const tokens = tf.tensor2d([[1, 2]]);
    expect(() => score(new Map(), config, tokens, 1)).toThrow(
      "webgpu: heads of 257 numbers are larger than 256; use more heads, or ARL_FUSED=off",
    );
    expect(() => score(new Map(), { ...config, width: 4 }, tokens, 1)).toThrow(
      "score: tokens must be int32, not float32",
    );
    tokens.dispose();
  });
});

describe.skipIf(withoutGpu)("ARL_FUSED", () => {
  beforeAll(async () => {
    await useEngine("webgpu");
  });

  it("turns the engine's fused kernels off", () => {
    delete process.env["ARL_FUSED"];
    expect(fusedKernels()?.name).toBe("WebGPU");
    process.env["ARL_FUSED"] = "off";
    expect(fusedKernels()).toBeUndefined();
  });
});
