import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { packRows, sliceRows, sliceTokens, type Row } from "../../../src/training/batch.js";

beforeAll(async () => {
  await useEngine("wasm");
});
afterAll(() => {
  expect(tf.memory().numTensors).toBe(0);
});

const floats = (length: number) =>
  fc
    .array(fc.float({ noNaN: true }), { minLength: length, maxLength: length })
    .map((numbers) => Float32Array.from(numbers));
const row: fc.Arbitrary<Row> = fc.integer({ min: 1, max: 9 }).chain((length) =>
  fc.record({
    tokens: fc.array(fc.nat(50), { minLength: length, maxLength: length }).map((ids) => Int32Array.from(ids)),
    mask: fc.array(fc.nat(1), { minLength: length, maxLength: length }).map((bits) => Uint8Array.from(bits)),
    ...{
      logProbs: floats(length),
      advantages: floats(length),
      values: floats(length),
      returns: floats(length),
    },
    demonstrated: fc.boolean(),
  }),
);

describe("packRows", () => {
  it("puts every number of a token where its prediction is, and pads with zeros", () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), (rows) => {
        const packed = packRows(rows);
        const length = Math.max(2, ...rows.map(({ tokens }) => tokens.length));
        expect(packed.tokens.shape).toEqual([rows.length, length]);
        expect(packed.tokens.dtype).toBe("int32");
        const columns = {
          mask: packed.mask,
          logProbs: packed.oldLogProbs,
          advantages: packed.advantages,
          values: packed.oldValues!,
          returns: packed.returns!,
        };
        const tokens = packed.tokens.arraySync();
        for (const [i, { tokens: own }] of rows.entries()) {
          expect(tokens[i]).toEqual([...own, ...new Array<number>(length - own.length).fill(0)]);
        }
        for (const [name, tensor] of Object.entries(columns)) {
          expect(tensor.shape).toEqual([rows.length, length - 1]);
          const numbers = tensor.dataSync();
          for (const [i, one] of rows.entries()) {
            const own = one[name as keyof typeof columns]!;
            for (let t = 1; t < length; t++) expect(numbers[i * (length - 1) + t - 1]).toBe(own[t] ?? 0);
          }
        }
        if (rows.some(({ demonstrated }) => demonstrated)) {
          expect(packed.demonstrated!.arraySync()).toEqual(
            rows.map(({ demonstrated }) => [demonstrated ? 1 : 0]),
          );
        } else expect(packed.demonstrated).toBeUndefined();
        tf.dispose({ ...packed });
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it("has values and returns only when every row has them", () => {
    const full = { ...bare(3), values: new Float32Array(3), returns: new Float32Array(3) };
    const packed = packRows([full, bare(2)]);
    expect(packed.oldValues).toBeUndefined();
    expect(packed.returns).toBeUndefined();
    tf.dispose({ ...packed });
  });
});

function bare(length: number): Row {
  return {
    tokens: new Int32Array(length),
    mask: new Uint8Array(length),
    logProbs: new Float32Array(length),
    advantages: new Float32Array(length),
  };
}

describe("sliceRows", () => {
  it("loses nothing, keeps units together and in order, and keeps to the size where a unit allows it", () => {
    const units = fc.array(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 2 }), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(units, fc.integer({ min: 1, max: 300 }), (lengths, tokens) => {
        const rows: Row[] = [];
        const indices = lengths.map((unit) => unit.map((length) => rows.push(bare(length)) - 1));
        const slices = sliceRows(rows, indices, tokens);
        expect(slices.flat().sort((a, b) => a - b)).toEqual(rows.map((_, i) => i));
        for (const unit of indices) {
          const slice = slices.find((rows) => rows.includes(unit[0]!))!;
          const at = slice.indexOf(unit[0]!);
          expect(slice.slice(at, at + unit.length)).toEqual(unit);
        }
        for (const slice of slices) {
          const longest = Math.max(...slice.map((index) => rows[index]!.tokens.length));
          const single = indices.some((unit) => unit.length === slice.length && unit.includes(slice[0]!));
          expect(single || slice.length * longest <= tokens).toBe(true);
        }
      }),
      { seed: 2 },
    );
  });

  it("puts rows of like length together", () => {
    const rows = [2, 40, 2, 40, 2, 2].map(bare);
    const units = rows.map((_, i) => [i]);
    expect(sliceRows(rows, units, 80)).toEqual([
      [1, 3],
      [0, 2, 4, 5],
    ]);
  });
});

describe("sliceTokens", () => {
  it("shrinks as the model grows, and never to nothing", async () => {
    await useEngine("cpu");
    expect(sliceTokens({ width: 64, layers: 2 })).toBe(1024);
    expect(sliceTokens({ width: 128, layers: 2 })).toBe(256);
    expect(sliceTokens({ width: 64, layers: 4 })).toBe(512);
    expect(sliceTokens({ width: 4096, layers: 50 })).toBe(64);
    // Fused kernels take more at once.
    await useEngine("wasm");
    expect(sliceTokens({ width: 64, layers: 2 })).toBe(4096);
  });
});
