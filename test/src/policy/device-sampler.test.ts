/** Sampling on the device, through WebGPU in software. */
import * as tf from "@tensorflow/tfjs-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { fusedKernels } from "../../../src/engine/fused.js";
import { read } from "../../../src/engine/pace.js";
import type { SampledContext, SampleOptions, TransformerPolicy } from "../../../src/policy/index.js";
import { sampleOnDevice } from "../../../src/policy/device-sampler.js";
import { Random } from "../../../src/random.js";
import { calls, withoutGpu } from "../engine/webgpu/support.js";
import { shake, tinyPolicy } from "./tiny.js";

const model = { width: 12, layers: 2, heads: 3, contextLength: 20, valueHead: true };
/** Prompts of many lengths. */
const ragged = Array.from({ length: 9 }, (_, i) => {
  const random = new Random(i, 4);
  const prompt = [1, ...Array.from({ length: random.integer(7) }, () => random.between(8, 15))];
  return { prompt, seed: 100 + i };
});

/** Tool output for the first turns of a row: row i has i mod 4 of them, none to two tokens long. */
function answers(): NonNullable<SampleOptions["respond"]> {
  const given = new Map<number, number>();
  return (row) => {
    const count = given.get(row) ?? 0;
    given.set(row, count + 1);
    return count < row % 4 ? Array.from({ length: (row + count) % 3 }, () => 8 + (row % 8)) : undefined;
  };
}

describe.skipIf(withoutGpu)("sampling on the device", () => {
  let policy: TransformerPolicy;
  const onCpu = new Map<boolean, SampledContext[]>();
  let tensors: number;
  const before = process.env["ARL_FUSED"];

  const sample = async (columns: number, options: Partial<SampleOptions> = {}, requests = ragged) =>
    await sampleOnDevice(
      fusedKernels()!.deviceNetwork!,
      policy.parameters,
      policy.config,
      requests,
      { stop: [2, 4, 9], maxTurnTokens: 5, respond: answers(), ...options },
      columns,
    );

  beforeAll(async () => {
    delete process.env["ARL_FUSED"];
    await useEngine("cpu");
    const reference = await tinyPolicy(model);
    shake(reference, 1, 0.3);
    for (const greedy of [true, false]) {
      const options = { stop: [2, 4, 9], maxTurnTokens: 5, greedy, respond: answers() };
      onCpu.set(greedy, await reference.sample(ragged, options));
    }
    reference.dispose();
    await useEngine("webgpu");
    policy = await tinyPolicy(model);
    shake(policy, 1, 0.3);
  });
  afterAll(() => {
    policy.dispose();
    if (before !== undefined) process.env["ARL_FUSED"] = before;
  });
  beforeEach(() => {
    tensors = tf.memory().numTensors;
  });

  it.each([
    { what: "takes the likeliest", greedy: true },
    { what: "draws from the same random numbers", greedy: false },
  ])("has the tokens of the cpu engine when it $what", async ({ greedy }) => {
    const rows = await sample(8, { greedy });
    const comparable = ({ tokens, mask, turns, full }: SampledContext) => ({ tokens, mask, turns, full });
    expect(rows.map(comparable)).toEqual(onCpu.get(greedy)!.map(comparable));
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it.each([0.4, 1, 2.5])(
    "has the log-probabilities the trainer computes (temperature %d)",
    async (temperature) => {
      const rows = await sample(8, { temperature });
      let written = 0;
      const longest = Math.max(...rows.map(({ tokens }) => tokens.length));
      const { logProbs, entropy, values } = tf.tidy(() => {
        const padded = rows.flatMap(({ tokens }) =>
          Array.from({ length: longest }, (_, t) => tokens[t] ?? 0),
        );
        return { ...policy.score(tf.tensor2d(padded, [rows.length, longest], "int32"), temperature) };
      });
      const scores = [await read(logProbs), await read(entropy), await read(values!)];
      tf.dispose([logProbs, entropy, values!]);
      for (const [i, row] of rows.entries()) {
        const scored = (t: number) => scores.map((score) => score[i * (longest - 1) + t - 1]!);
        for (const [t, bit] of row.mask.entries()) {
          if (bit === 0) {
            expect([row.logProbs[t], row.entropies[t], row.values![t]]).toEqual([0, 0, 0]);
            continue;
          }
          written++;
          const [logProb, entropy, value] = scored(t);
          expect(Math.abs(row.logProbs[t]! - logProb!)).toBeLessThan(1e-5);
          expect(Math.abs(row.entropies[t]! - entropy!)).toBeLessThan(1e-5);
          expect(Math.abs(row.values![t]! - value!)).toBeLessThan(1e-5);
        }
      }
      expect(written).toBeGreaterThan(40);
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  it("gives a row the same tokens however many columns are drawn at a time", async () => {
    const one = await sample(1);
    for (const columns of [2, 3, 8, 50]) expect(await sample(columns)).toEqual(one);
    expect(one.some(({ full }) => full)).toBe(true);
    expect(one.some(({ turns }) => turns.length === 4)).toBe(true);
  });

  it("gives a row the same tokens whatever rows are beside it", async () => {
    const together = await sample(8, { respond: () => undefined });
    for (const [i, request] of ragged.entries()) {
      if (i % 3 !== 0) continue;
      expect(await sample(8, { respond: () => undefined }, [request])).toEqual([together[i]]);
    }
  });

  it("takes five programs a layer and two more for a token, and one read for eight", async () => {
    const run = async () => await sample(8, { stop: [], maxTurnTokens: 16, respond: () => undefined });
    const [perToken, known] = [5 * model.layers + 2, 5 * model.layers + 2];
    expect(await calls("dispatchWorkgroups", run)).toBe(16 * perToken + known);
    expect(await calls("mapAsync", run)).toBe(2);
  });

  it("runs known tokens in pieces when there are more than it takes at once", async () => {
    const prompt = [1, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15, 8];
    const requests = Array.from({ length: 70 }, (_, i) => ({
      prompt: prompt.slice(0, 17 - (i % 2)),
      seed: i,
    }));
    const options = { respond: () => undefined, maxTurnTokens: 2 };
    const rows = await sample(2, options, requests);
    for (const i of [0, 1, 61, 69]) expect(await sample(2, options, [requests[i]!])).toEqual([rows[i]]);
  });

  it("is right for more words, wider heads and longer contexts than a workgroup has threads", async () => {
    const vocabulary = Array.from({ length: 140 }, (_, i) => String.fromCodePoint(0x3b1 + i));
    const prompt = [1, ...Array.from({ length: 65 }, (_, i) => 8 + ((7 * i) % 140))];
    const requests = [0, 1].map((seed) => ({ prompt: prompt.slice(0, 66 - seed), seed }));
    const results: SampledContext[][] = [];
    for (const engine of ["cpu", "webgpu"] as const) {
      await useEngine(engine);
      const large = await tinyPolicy({ vocabulary, width: 68, layers: 1, heads: 1, contextLength: 72 });
      shake(large, 2, 0.2);
      results.push(await large.sample(requests, { stop: [], maxTurnTokens: 5 }));
      large.dispose();
    }
    const [expected, computed] = results as [SampledContext[], SampledContext[]];
    for (const [i, { tokens, logProbs, entropies }] of computed.entries()) {
      expect(tokens).toEqual(expected[i]!.tokens);
      for (const t of logProbs.keys()) {
        expect(logProbs[t]).toBeCloseTo(expected[i]!.logProbs[t]!, 4);
        expect(entropies[t]).toBeCloseTo(expected[i]!.entropies[t]!, 4);
      }
    }
  });

  it("keeps a context as it is that the prompt fills", async () => {
    const whole = [1, ...Array.from({ length: 19 }, () => 8)];
    const [row, other] = await sample(8, {}, [
      { prompt: whole, seed: 1 },
      { prompt: [1], seed: 2 },
    ]);
    expect(row).toMatchObject({ tokens: Int32Array.from(whole), turns: [], full: true });
    expect(other!.turns.length).toBeGreaterThan(0);
  });

  it("is what the policy does on this engine, and not with ARL_FUSED=off", async () => {
    const options: SampleOptions = { stop: [2, 4, 9], maxTurnTokens: 5, respond: answers() };
    expect(await policy.sample(ragged, options)).toEqual(await sample(8));
    process.env["ARL_FUSED"] = "off";
    const plain = await policy.sample(ragged.slice(0, 2), { stop: [], maxTurnTokens: 2 });
    delete process.env["ARL_FUSED"];
    const fused = await policy.sample(ragged.slice(0, 2), { stop: [], maxTurnTokens: 2 });
    for (const [i, { tokens, logProbs }] of plain.entries()) {
      expect(fused[i]!.tokens).toEqual(tokens);
      for (const [t, logProb] of logProbs.entries()) expect(fused[i]!.logProbs[t]).toBeCloseTo(logProb, 5);
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("says when the policy is broken, and leaves nothing behind", async () => {
    const values = await policy.values();
    const broken = await policy.clone();
    values.get("head.weight")![3] = NaN;
    broken.assign(values);
    const before = tf.memory().numTensors;
    for (const greedy of [false, true]) {
      await expect(broken.sample(ragged, { stop: [], maxTurnTokens: 3, greedy })).rejects.toThrow(
        "The policy's probabilities are not numbers: its parameters are damaged (a NaN or an overflow)",
      );
    }
    expect(tf.memory().numTensors).toBe(before);
    broken.dispose();
  });

  it("leaves nothing behind when a tool fails or the signal stops it", async () => {
    const failure = new Error("the tool broke");
    await expect(sample(8, { respond: () => Promise.reject(failure) })).rejects.toBe(failure);
    await expect(sample(8, { signal: AbortSignal.abort(failure) })).rejects.toBe(failure);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
