import { describe, expect, it } from "vitest";
import { passAtKCurves } from "../../../src/figures/index.js";
import { meanInterval } from "../../../src/statistics.js";

const point = (k: number, ...values: number[]) => ({ k, pass: meanInterval(values) });
const curves = {
  before: [point(1, 0.1, 0.2), point(16, 0.9, 1)],
  after: [point(1, 0.9), point(16, 0.95)],
};

interface Drawn {
  name: string;
  x: number[];
  y: number[];
  error_y: { array: number[]; arrayminus: number[] };
}

describe("passAtKCurves", () => {
  const figure = passAtKCurves(curves);
  const [before, after] = figure.data as unknown as [Drawn, Drawn];

  it("draws a line a name, with whiskers that stay between 0 and 1", () => {
    expect([before.name, before.x, after.y]).toEqual(["before", [1, 16], [0.9, 0.95]]);
    for (const [i, mean] of before.y.entries()) {
      expect(mean + before.error_y.array[i]!).toBeLessThanOrEqual(1);
      expect(mean - before.error_y.arrayminus[i]!).toBeGreaterThanOrEqual(0);
    }
    expect(before.error_y.arrayminus[1]).toBeGreaterThan(0);
    expect(after.error_y.array).toEqual([0, 0]);
  });

  it("says both ends of every line in its title, and all of it in the alternative text", () => {
    expect(figure.title).toBe("pass@1: .15 before, .90 after; pass@16: .95 before, .95 after");
    expect(figure.alt).toContain("before: .15 at k = 1, .95 at k = 16.");
  });

  it("puts every k on a logarithmic axis", () => {
    expect(figure.layout["xaxis"]).toMatchObject({ type: "log", tickvals: [1, 16], ticktext: ["1", "16"] });
  });

  it.each([
    ["no curves", {}, /no curves/],
    ["an empty curve", { a: [] }, /"a" has no points/],
    ["k that does not ascend", { a: [point(2, 0.5), point(2, 0.5)] }, /must ascend/],
    ["a pass beyond 1", { a: [point(1, 1.5)] }, /from 0 to 1/],
  ])("refuses %s", (_, bad, message) => {
    expect(() => passAtKCurves(bad)).toThrow(message);
  });
});
