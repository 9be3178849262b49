/** Which places of rows of unequal length are computed. */
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { useEngine } from "../../../../src/engine/index.js";
import { linesAtOnce, rowsOf } from "../../../../src/engine/webgpu/layout.js";

beforeAll(async () => {
  await useEngine("cpu");
});

describe("the lines of rows", () => {
  it("are all that is asked for, and few more: whole batches of them, so that buffers come in few sizes", () => {
    const rows = fc
      .integer({ min: 1, max: 90 })
      .chain((length) =>
        fc.tuple(
          fc.constant(length),
          fc.array(fc.integer({ min: 1, max: length }), { minLength: 1, maxLength: 40 }),
        ),
      );
    fc.assert(
      fc.property(rows, ([length, lengths]) => {
        const { lines, longest, starts } = rowsOf(lengths.length, length, lengths);
        const first = [...starts.dataSync()];
        starts.dispose();
        const counts = lengths.map((_, row) => first[row + 1]! - first[row]!);
        for (const [row, count] of counts.entries()) {
          expect(count).toBeGreaterThanOrEqual(lengths[row]!);
          expect(count).toBeLessThanOrEqual(length);
        }
        expect(first[0]).toBe(0);
        expect(first.at(-1)).toBe(lines);
        expect(longest).toBe(Math.max(...counts));
        const needed = lengths.reduce((sum, count) => sum + count, 0);
        expect(lines - needed).toBeLessThan(linesAtOnce);
        if (lines < lengths.length * length) expect(lines % linesAtOnce).toBe(0);
      }),
    );
    expect(tf.memory().numTensors).toBe(0);
  });

  it("are all places by default", () => {
    const { lines, longest, starts } = rowsOf(3, 7);
    expect({ lines, longest, starts: [...starts.dataSync()] }).toEqual({
      ...{ lines: 21, longest: 7 },
      starts: [0, 7, 14, 21],
    });
    starts.dispose();
  });
});
