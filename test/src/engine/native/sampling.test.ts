/** Sampling with the fused kernels' cache: against the plain network, and whatever the rows and pieces. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { fusedKernels } from "../../../../src/engine/fused.js";
import type { SampledContext, TransformerPolicy } from "../../../../src/policy/index.js";
import { draw } from "../../../../src/policy/sampler.js";
import { Random } from "../../../../src/random.js";
import { fusedForms } from "../../../support/fused-forms.js";
import { plainForward } from "../../../support/plain-transformer.js";
import { advance, makeCase, policyOf, relativeError, type Sizes } from "./case.js";

process.env["ARL_THREADS"] ??= "3";

const ordinary: Sizes = {
  ...{
    vocabulary: 11,
    length: 20,
    rows: 1,
    slack: 0,
    told: false,
    asked: false,
    heads: 2,
    headSize: 6,
    layers: 2,
    valueHead: true,
  },
  ...{ temperature: 1, deviation: 0.35, masked: 1, seed: 5 },
};

function makePolicy(sizes: Partial<Sizes> = {}): TransformerPolicy {
  const { config, parameters } = makeCase({ ...ordinary, ...sizes });
  return policyOf(config, parameters);
}

function randomRows(count: number, length: number, words: number, seed: number): number[][] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => Array.from({ length }, () => random.integer(words)));
}

/** What a network says of the last of these tokens when they come in pieces of these lengths: [B, V (+ 1)]. */
async function run(policy: TransformerPolicy, rows: number[][], pieces: number[]): Promise<Float32Array> {
  const length = policy.contextLength;
  const network = fusedKernels()!.network!(policy.parameters, policy.config, rows.length, length);
  try {
    let at = 0;
    let out: Float32Array = new Float32Array();
    for (const piece of pieces) {
      out = await advance(
        network,
        rows.map((row) => row.slice(at, at + piece)),
      );
      at += piece;
    }
    return out;
  } finally {
    network.dispose();
  }
}

const ones = (count: number) => Array.from({ length: count }, () => 1);

const networks = fc.record({
  vocabulary: fc.integer({ min: 4, max: 70 }),
  length: fc.integer({ min: 1, max: 40 }),
  heads: fc.integer({ min: 1, max: 4 }),
  headSize: fc.integer({ min: 3, max: 20 }),
  layers: fc.integer({ min: 1, max: 3 }),
  valueHead: fc.boolean(),
  seed: fc.nat(),
  count: fc.integer({ min: 1, max: 9 }),
});

describe.each(fusedForms())("sampling with $name", ({ start }) => {
  beforeAll(async () => {
    await start();
  });
  afterEach(() => {
    expect(tf.memory().numTensors).toBe(0);
  });

  it("predicts what plain loops predict, up to the last token of the context", async () => {
    const check = async ({ count, ...sizes }: Partial<Sizes> & { count: number; length: number }) => {
      const policy = makePolicy(sizes);
      const rows = randomRows(count, sizes.length, policy.config.vocabularySize, 3);
      const out = await run(policy, rows, ones(sizes.length));
      const values = await policy.values();
      const expected = rows.flatMap((row) => {
        const { logits, values: estimates } = plainForward(values, policy.config, row);
        return [...logits.at(-1)!, ...(estimates === undefined ? [] : [estimates.at(-1)!])];
      });
      expect(relativeError(out, expected, 1)).toBeLessThan(2e-5);
      policy.dispose();
    };
    await fc.assert(fc.asyncProperty(networks, check), { numRuns: 12, seed: 4 });
  });

  it("predicts the same, bit for bit, in whatever pieces the tokens come", async () => {
    const check = async ({ count, ...sizes }: Partial<Sizes> & { count: number }, cuts: number[]) => {
      const policy = makePolicy({ ...sizes, length: 33 });
      const rows = randomRows(count, 33, policy.config.vocabularySize, 8);
      const whole = await run(policy, rows, ones(33));
      const ends = [...new Set(cuts), 33].sort((a, b) => a - b);
      const pieces = ends.map((end, i) => end - (ends[i - 1] ?? 0));
      expect(await run(policy, rows, pieces)).toEqual(whole);
      policy.dispose();
    };
    const cuts = fc.array(fc.integer({ min: 1, max: 32 }), { maxLength: 4 });
    await fc.assert(fc.asyncProperty(networks, cuts, check), { numRuns: 12, seed: 5 });
  });

  it("predicts the same, bit for bit, whatever rows are beside, come and go", async () => {
    const policy = makePolicy();
    const rows = randomRows(200, 20, 11, 9);
    const all = await run(policy, rows, ones(20));
    const outputs = 12;
    for (const row of [0, 1, 77, 199]) {
      const alone = await run(policy, [rows[row]!], ones(20));
      expect(alone).toEqual(all.slice(row * outputs, (row + 1) * outputs));
    }
    const network = fusedKernels()!.network!(policy.parameters, policy.config, 200, 20);
    let left = rows.map((_, i) => i);
    const random = new Random(1);
    for (let t = 0; t < 20; t++) {
      const out = await advance(
        network,
        left.map((row) => [rows[row]![t]!]),
      );
      if (t === 19) {
        for (const [i, row] of left.entries()) {
          const expected = all.slice(row * outputs, (row + 1) * outputs);
          expect(out.slice(i * outputs, (i + 1) * outputs)).toEqual(expected);
        }
      } else if (t % 3 === 1) {
        const kept = left.flatMap((_, i) => (random.chance(0.6) ? [i] : []));
        await network.keep(kept);
        left = kept.map((i) => left[i]!);
      }
    }
    expect(left.length).toBeGreaterThan(3);
    network.dispose();
    policy.dispose();
  });

  it("goes on from one row in several, as if each had come the whole way", async () => {
    const policy = makePolicy();
    const rows = randomRows(30, 20, 11, 13);
    const shared = 7;
    const sources = rows.map((_, i) => (i * i) % 5);
    const beginning = rows.slice(0, 5).map((row) => row.slice(0, shared));
    const whole = rows.map((row, i) => [...beginning[sources[i]!]!, ...row.slice(shared)]);
    const expected = await run(policy, whole, ones(20));

    const network = fusedKernels()!.network!(policy.parameters, policy.config, rows.length, 20);
    await network.keep([0, 1, 2, 3, 4]);
    const before = await advance(network, beginning);
    const handedOn = await network.keep(sources);
    const outputs = 12;
    for (const [i, source] of sources.entries()) {
      const own = handedOn.slice(i * outputs, (i + 1) * outputs);
      expect(own).toEqual(before.slice(source * outputs, (source + 1) * outputs));
    }
    let out: Float32Array = new Float32Array();
    for (let t = shared; t < 20; t++) {
      out = await advance(
        network,
        whole.map((row) => [row[t]!]),
      );
    }
    expect(out).toEqual(expected);
    network.dispose();
    policy.dispose();
  });

  it("draws the same tokens with the same log-probabilities, whatever rows are beside", async () => {
    const policy = makePolicy({ length: 30 });
    const random = new Random(2);
    const requests = Array.from({ length: 40 }, (_, i) => ({
      prompt: randomRows(1, random.between(1, 12), 11, i)[0]!,
      seed: 1000 + i,
    }));
    const sample = async (asked: typeof requests) => {
      const answered = new Set<number>();
      return await policy.sample(asked, {
        ...{ stop: [4], maxTurnTokens: 6, temperature: 1.2 },
        respond: (row) => {
          if (answered.has(row)) return undefined;
          answered.add(row);
          return [5, 6, 7].slice(0, asked[row]!.seed % 4);
        },
      });
    };
    const together = await sample(requests);
    for (const i of [0, 13, 39]) expect(await sample([requests[i]!])).toEqual([together[i]]);
    const reversed = await sample([...requests].reverse());
    expect(reversed.reverse()).toEqual(together);
    expect(await sample(requests)).toEqual(together);
    policy.dispose();
  });

  it("draws by inverse transform sampling, or takes the likeliest, or leaves a row out", async () => {
    const policy = makePolicy();
    const network = fusedKernels()!.network!(policy.parameters, policy.config, 200, 20);
    const logits = await advance(network, randomRows(200, 3, 11, 4));
    const outputs = 12;
    const uniforms = Array.from({ length: 200 }, (_, i) => i / 200);
    uniforms[150] = 1;
    uniforms[151] = -1;
    for (const temperature of [0.3, 1, 4]) {
      const drawn = network.draw!(uniforms, temperature);
      for (const [i, uniform] of uniforms.entries()) {
        if (uniform < 0) continue;
        const row = logits.subarray(i * outputs, i * outputs + 11);
        const random = { next: () => uniform } as Random;
        const expected = draw(row, temperature, uniform === 1 ? undefined : random);
        expect(drawn.tokens[i]).toBe(expected.token);
        expect(Math.abs(drawn.logProbs[i]! - expected.logProb)).toBeLessThan(1e-5);
        expect(Math.abs(drawn.entropies[i]! - expected.entropy)).toBeLessThan(1e-5);
        expect(drawn.values[i]).toBe(logits[i * outputs + 11]);
      }
    }
    network.dispose();
    policy.dispose();
  });

  it.each([1, 200])(
    "gives %i rows the log-probabilities, entropies and values of the score",
    async (count) => {
      const policy = makePolicy({ length: 25, layers: 1 });
      const requests = randomRows(count, 2, 11, 6).map((prompt, i) => ({ prompt, seed: i }));
      for (const temperature of [1, 0.7]) {
        const rows = await policy.sample(requests, { stop: [], maxTurnTokens: 100, temperature });
        expect(rows.every(({ tokens, full }) => tokens.length === 25 && full)).toBe(true);
        expectScored(policy, rows, temperature);
      }
      policy.dispose();
    },
  );
});

function expectScored(policy: TransformerPolicy, rows: readonly SampledContext[], temperature: number): void {
  const length = rows[0]!.tokens.length;
  const scored = tf.tidy(() => {
    const tokens = tf.tensor2d(
      rows.flatMap(({ tokens }) => [...tokens]),
      [rows.length, length],
      "int32",
    );
    const { logProbs, entropy, values } = policy.score(tokens, temperature);
    return {
      logProbs: logProbs.arraySync(),
      entropies: entropy.arraySync(),
      values: values!.arraySync(),
    };
  });
  for (const [i, row] of rows.entries()) {
    for (const name of ["logProbs", "entropies", "values"] as const) {
      const written = [...row[name]!.slice(2)];
      expect(relativeError(written, scored[name][i]!.slice(1), 1), name).toBeLessThan(1e-5);
    }
  }
}
