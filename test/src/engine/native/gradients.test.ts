/** Every form of the fused kernels against the plain transformer on the engine cpu: outputs and all gradients. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { useEngine } from "../../../../src/engine/index.js";
import { packRows } from "../../../../src/training/batch.js";
import { lossGradient } from "../../../../src/training/loss-gradient.js";
import { fusedForms } from "../../../support/fused-forms.js";
import {
  makeCase,
  policyOf,
  relativeError,
  scoreCase,
  weighted,
  type Case,
  type Scored,
  type Sizes,
} from "./case.js";

// Results do not depend on the threads (determinism.test.ts); with three even small batches are dealt out.
process.env["ARL_THREADS"] ??= "3";
const runs = Number(process.env["ARL_TEST_RUNS"] ?? 30);
const forms = fusedForms();

/** Multiplications of a forward pass; the plain transformer on the engine cpu does some ten million a second. */
const work = ({ vocabulary, length, rows, heads, headSize, layers }: Sizes): number => {
  const width = heads * headSize;
  return rows * length * (layers * (12 * width * width + 2 * length * width) + vocabulary * width);
};

const sizes: fc.Arbitrary<Sizes> = fc
  .record({
    vocabulary: fc.integer({ min: 4, max: 90 }),
    length: fc.integer({ min: 1, max: 60 }),
    rows: fc.integer({ min: 1, max: 20 }),
    slack: fc.nat(2),
    heads: fc.integer({ min: 1, max: 5 }),
    headSize: fc.integer({ min: 3, max: 34 }),
    layers: fc.integer({ min: 1, max: 3 }),
    valueHead: fc.boolean(),
    told: fc.boolean(),
    asked: fc.boolean(),
    temperature: fc.oneof(fc.constant(1), fc.double({ min: 0.3, max: 3, noNaN: true })),
    deviation: fc.double({ min: 0.1, max: 0.5, noNaN: true }),
    masked: fc.constantFrom(0.1, 0.6, 1),
    seed: fc.nat(),
  })
  .filter((sizes) => work(sizes) < 4e6);

/** Sizes at which vectors, panels, blocks and chunks are exactly full, or one short or over. */
const edges: Partial<Sizes>[] = [
  { length: 1, rows: 1 },
  { length: 15, rows: 2, headSize: 15, vocabulary: 15 },
  { length: 16, rows: 3, headSize: 16, heads: 1, vocabulary: 16 },
  { length: 17, rows: 4, headSize: 17, heads: 1, vocabulary: 31, valueHead: true },
  { length: 32, rows: 1, headSize: 8, vocabulary: 32, valueHead: true },
  { length: 33, rows: 6, headSize: 3, heads: 3, vocabulary: 33 },
  { length: 48, rows: 5, headSize: 4, heads: 4, layers: 1, vocabulary: 48 },
  { length: 60, rows: 20, headSize: 3, heads: 1, layers: 1, vocabulary: 4 },
  { length: 60, rows: 20, headSize: 3, heads: 1, layers: 1, vocabulary: 4, told: false },
  { length: 2, rows: 200, headSize: 5, heads: 2, layers: 1 },
  { length: 2, rows: 200, headSize: 5, heads: 2, layers: 1, asked: true, masked: 0 },
  { length: 60, rows: 20, headSize: 3, heads: 1, layers: 1, asked: true, masked: 0.05 },
  { length: 48, rows: 5, headSize: 4, heads: 4, asked: true, masked: 1 },
];
const ordinary: Sizes = {
  ...{
    vocabulary: 19,
    length: 9,
    rows: 3,
    slack: 1,
    told: true,
    asked: false,
    heads: 2,
    headSize: 6,
    layers: 2,
    valueHead: false,
  },
  ...{ temperature: 1, deviation: 0.3, masked: 0.6, seed: 7 },
};

function expectAgreement(actual: Scored, expected: Scored, { upstream }: Case, what: string): void {
  for (const [name, values] of Object.entries(expected.outputs)) {
    const apart = relativeError(actual.outputs[name as keyof Scored["outputs"]]!, values, 1);
    expect(apart, `${what}: ${name}`).toBeLessThan(1e-5);
  }
  expect([...actual.gradients.keys()]).toEqual([...expected.gradients.keys()]);
  for (const [name, values] of expected.gradients) {
    // This one is a single sum of numbers of either sign: where they cancel, what is left says nothing.
    const floor = name === "value.bias" ? Math.hypot(...upstream.values) : 0;
    const apart = relativeError(actual.gradients.get(name)!, values, floor);
    expect(apart, `${what}: gradient of ${name}`).toBeLessThan(1e-4);
  }
}

async function check(sizes: Sizes): Promise<void> {
  const given = makeCase(sizes);
  await useEngine("cpu");
  const expected = scoreCase(given);
  for (const form of forms) {
    expect((await form.start()).name).toMatch(form.shown);
    expectAgreement(scoreCase(given), expected, given, form.name);
  }
}

describe(`outputs and gradients of ${forms.map(({ name }) => name).join(", ")}`, () => {
  it("are those of the engine cpu, for sizes of every kind", async () => {
    await fc.assert(fc.asyncProperty(sizes, check), { numRuns: runs, seed: 20250902 });
  }, 120_000);

  it.each(edges)("are those of the engine cpu, where vectors are just full: %j", async (edge) => {
    await check({ ...ordinary, ...edge });
  });

  it("come out of a loss as one vector, as from tfjs's tape", async () => {
    for (const form of forms) {
      await form.start();
      for (const changes of [{}, { valueHead: true, asked: true }]) {
        const given = makeCase({ ...ordinary, ...changes });
        const policy = policyOf(given.config, given.parameters);
        const expected = scoreCase(given, policy);
        const packed = packRows(given.rows);
        const scored = { tokens: packed.tokens, temperature: given.temperature, asked: packed.mask };
        const lengths = given.lengths!;
        const gradient = tf.tidy(() =>
          lossGradient(policy, { ...scored, lengths }, (scores) => weighted(scores, given)),
        );
        const flat = [...policy.parameters.keys()].flatMap((name) => [...expected.gradients.get(name)!]);
        expect(relativeError(gradient.dataSync(), flat), form.name).toBeLessThan(1e-6);
        tf.dispose([gradient, { ...packed }]);
        policy.dispose();
      }
    }
  });

  it("leave no tensor behind", () => {
    expect(tf.memory().numTensors).toBe(0);
  });
});
