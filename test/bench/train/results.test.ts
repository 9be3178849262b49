import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  agreement,
  floorMilliseconds,
  isFlat,
  laggards,
  peakOf,
  ratioSpread,
} from "../../../bench/train/results.js";

describe("ratioSpread", () => {
  it("compares round with round, not median with median", () => {
    // The machine is ten times slower in the second round for both: the ratio is 2 all the same.
    expect(ratioSpread([2, 20, 2], [1, 10, 1])).toEqual({ min: 2, median: 2, max: 2 });
  });

  it("takes the rounds that both have", () => {
    expect(ratioSpread([4], [2, 1000])).toEqual({ min: 2, median: 2, max: 2 });
    expect(ratioSpread([], [2])).toBeUndefined();
  });

  it("is turned round when the two change places", () => {
    const positive = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(positive, positive), { minLength: 1, maxLength: 9 }), (rounds) => {
        const own = rounds.map(([a]) => a);
        const reference = rounds.map(([, b]) => b);
        const there = ratioSpread(own, reference)!;
        const back = ratioSpread(reference, own)!;
        expect(there.min * back.max).toBeCloseTo(1, 9);
        expect(there.max * back.min).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe("agreement", () => {
  it("is of the largest relative difference in either direction", () => {
    expect(agreement([4, 3.9], [4, 4], 0.03)).toMatchObject({ steps: 2, agrees: true });
    expect(agreement([4, 4.2, 4], [4, 4, 4], 0.03)).toMatchObject({ steps: 3, agrees: false });
    expect(agreement([4, 4.2], [4, 4], 1).difference).toBeCloseTo(0.05, 12);
  });

  it("compares the steps that both have, and refuses to compare none", () => {
    expect(agreement([4], [4, 9], 1e-3)).toMatchObject({ steps: 1, agrees: true });
    expect(() => agreement([], [4], 1e-3)).toThrow(RangeError);
  });

  it("is never of a loss that is no number", () => {
    expect(agreement([4, NaN, 4], [4, 4, 4], 1e9).agrees).toBe(false);
    expect(agreement([4, Infinity], [4, 4], 1e9).agrees).toBe(false);
  });
});

describe("the floor", () => {
  it("is operations by speed", () => {
    // 10⁹ operations at 100 GFLOP/s take a hundredth of a second.
    expect(floorMilliseconds(1e9, 100)).toBeCloseTo(10, 12);
  });

  it("is at the speed of the fastest product with as many threads or fewer", () => {
    const rows = [
      { id: "a", threads: 1 },
      { id: "b", threads: 1 },
      { id: "c", threads: 2 },
      { id: "d", threads: "gpu" },
    ] as const;
    expect(peakOf(1, { a: 50, b: 60, c: 100 }, rows)).toBe(60);
    expect(peakOf(2, { a: 50, b: 60, c: 100 }, rows)).toBe(100);
    expect(peakOf(2, { a: 50, b: 60, c: 40, d: 1000 }, rows)).toBe(60);
    expect(peakOf(2, { d: 1000 }, rows)).toBeUndefined();
    expect(peakOf("gpu", { a: 50 }, rows)).toBeUndefined();
  });
});

describe("isFlat", () => {
  it("looks from the fifth step to the last", () => {
    expect(isFlat([1, 2, 3, 4, 9, 9, 9])).toBe(true);
    expect(isFlat([1, 2, 3, 4, 9, 9, 10])).toBe(false);
    expect(isFlat([1, 1, 1, 1, 1])).toBeUndefined();
  });
});

describe("laggards", () => {
  const learned = (id: string, first: number, last: number, updates = 40) => ({
    ...{ row: { id, label: id, threads: 1 as const }, rounds: [] },
    success: { first, last, updates },
  });

  it("are those that learned less than half as much in as many updates", () => {
    const results = [
      learned("reference", 0.1, 0.9),
      learned("same", 0.2, 0.8),
      learned("stuck", 0.2, 0.3),
      learned("stopped early", 0.1, 0.2, 10),
      { row: { id: "failed", label: "failed", threads: 1 as const }, rounds: [] },
    ];
    expect(laggards(results).map(({ row }) => row.id)).toEqual(["stuck"]);
  });

  it("are nobody where the first one did not learn", () => {
    expect(laggards([learned("reference", 0.1, 0.2), learned("other", 0.1, 0.1)])).toEqual([]);
    expect(laggards([])).toEqual([]);
  });
});
