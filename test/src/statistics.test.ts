import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  mean,
  meanInterval,
  standardDeviation,
  studentQuantile,
  wilsonInterval,
} from "../../src/statistics.js";

/** P(T ≤ t) by Simpson's rule on the unnormalised density, normalised by its own integral over the line. */
function cumulative(t: number, nu: number): number {
  // x = √ν tan θ: the density becomes cos^(ν − 1) θ.
  const integral = (from: number, to: number, pieces = 4000) => {
    const f = (theta: number) => Math.cos(theta) ** (nu - 1);
    const h = (to - from) / pieces;
    let sum = f(from) + f(to);
    for (let i = 1; i < pieces; i++) sum += (i % 2 === 1 ? 4 : 2) * f(from + i * h);
    return (sum * h) / 3;
  };
  const half = Math.PI / 2;
  return integral(-half, Math.atan(t / Math.sqrt(nu))) / integral(-half, half);
}

describe("studentQuantile", () => {
  // Printed tables of Student's t.
  const table: [number, number, number][] = [
    [0.975, 1, 12.706],
    [0.975, 2, 4.303],
    [0.975, 3, 3.182],
    [0.975, 4, 2.776],
    [0.975, 5, 2.571],
    [0.975, 9, 2.262],
    [0.975, 10, 2.228],
    [0.975, 30, 2.042],
    [0.975, 120, 1.98],
    [0.95, 1, 6.314],
    [0.95, 2, 2.92],
    [0.95, 7, 1.895],
    [0.995, 1, 63.657],
    [0.995, 4, 4.604],
    [0.995, 15, 2.947],
    [0.9, 29, 1.311],
  ];
  it.each(table)("agrees with the table: t(%f, %i) = %f", (probability, nu, t) => {
    expect(studentQuantile(probability, nu)).toBeCloseTo(t, 3);
  });

  it("inverts the integral of the density", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.02, max: 0.98, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        (p, nu) => {
          expect(cumulative(studentQuantile(p, nu), nu)).toBeCloseTo(p, 9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("tends to the normal quantile and is odd about the median", () => {
    expect(studentQuantile(0.975, 100_000)).toBeCloseTo(1.959964, 4);
    expect(studentQuantile(0.5, 7)).toBeCloseTo(0, 12);
    expect(studentQuantile(0.1, 7)).toBe(-studentQuantile(0.9, 7));
  });

  it("refuses what is no probability and no degree of freedom", () => {
    expect(() => studentQuantile(1, 3)).toThrow("probability must lie between 0 and 1, not 1");
    expect(() => studentQuantile(0.9, 0)).toThrow("degreesOfFreedom must be a whole number");
    expect(() => studentQuantile(0.9, 2.5)).toThrow("not 2.5");
  });
});

describe("meanInterval", () => {
  it("is the mean ± t · s / √n, worked by hand", () => {
    // s = 1, t(0.975, 2) = 4.30265.
    expect(meanInterval([1, 2, 3])).toEqual({
      mean: 2,
      low: expect.closeTo(2 - 4.302653 / Math.sqrt(3), 6) as number,
      high: expect.closeTo(2 + 4.302653 / Math.sqrt(3), 6) as number,
      n: 3,
    });
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  it("is a point for equal values and unbounded for a single one", () => {
    expect(meanInterval([0.5, 0.5, 0.5])).toEqual({ mean: 0.5, low: 0.5, high: 0.5, n: 3 });
    expect(meanInterval([0.5])).toEqual({ mean: 0.5, low: -Infinity, high: Infinity, n: 1 });
  });

  it("moves and scales with its values", () => {
    const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.5, max: 4, noNaN: true }), (drawn, scale) => {
        const { low, high } = meanInterval(drawn);
        const moved = meanInterval(drawn.map((value) => scale * value + 3));
        expect(moved.low).toBeCloseTo(scale * low + 3, 8);
        expect(moved.high).toBeCloseTo(scale * high + 3, 8);
      }),
    );
  });

  it("names the value that is no number", () => {
    expect(() => meanInterval([1, NaN])).toThrow("values[1] is NaN");
    expect(() => mean([])).toThrow("needs at least one value");
    expect(() => standardDeviation([1])).toThrow("at least two values, got 1");
  });
});

describe("wilsonInterval", () => {
  it.each([
    // Roots of |p − s/n| = z √(p (1 − p) / n), which define the interval, rounded.
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
    [5, 10, 0.2366, 0.7634],
    [81, 263, 0.2553, 0.3662],
    [95, 100, 0.8882, 0.9785],
  ])("%i of %i: %f … %f", (successes, n, low, high) => {
    const interval = wilsonInterval(successes, n);
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
    expect(interval.mean).toBe(successes / n);
  });

  it("has for bounds the shares whose score test just rejects, inside [0, 1]", () => {
    const counts = fc
      .integer({ min: 1, max: 2000 })
      .chain((n) => fc.tuple(fc.integer({ min: 0, max: n }), fc.constant(n)));
    fc.assert(
      fc.property(counts, ([successes, n]) => {
        const { mean: share, low, high } = wilsonInterval(successes, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        for (const bound of [low, high]) {
          if (bound === share) continue;
          expect(Math.abs(share - bound) / Math.sqrt((bound * (1 - bound)) / n)).toBeCloseTo(1.959964, 5);
        }
      }),
    );
  });

  it("refuses counts that are none", () => {
    expect(() => wilsonInterval(3, 0)).toThrow("n must be a whole number of at least 1, not 0");
    expect(() => wilsonInterval(4, 3)).toThrow("successes must be a whole number from 0 to n = 3, not 4");
    expect(() => wilsonInterval(0.5, 3)).toThrow("not 0.5");
  });
});
