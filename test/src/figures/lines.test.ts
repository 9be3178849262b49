import { describe, expect, it } from "vitest";
import { lines } from "../../../src/figures/lines.js";

const options = { title: "Slower with more", x: { title: "rows", log: true }, y: { title: "time (ms)" } };
const figure = lines(
  {
    "<a>": [
      [1, 2.5],
      [40, 10],
    ],
    b: [[3, 7]],
  },
  options,
);

describe("lines", () => {
  it("draws each name's points in their order", () => {
    expect(figure.data.map(({ x, y }) => [x, y])).toEqual([
      [
        [1, 40],
        [2.5, 10],
      ],
      [[3], [7]],
    ]);
    expect(figure.data[0]!["name"]).toBe("&lt;a&gt;");
    expect(figure.alt).toBe("time (ms) against rows. <a>: 2.5 at 1, 10 at 40. b: 7 at 3.");
  });

  it("ticks a logarithmic axis where at least three ticks lie within the data, or where it is told to", () => {
    const ticks = (from: number, to: number, more: object = {}) => {
      const drawn = lines({ a: [[from, 1]], b: [[to, 2]] }, { ...options, x: { ...options.x, ...more } });
      const { tickvals } = drawn.layout["xaxis"] as { tickvals: number[] };
      return tickvals.filter((tick) => tick >= from && tick <= to);
    };
    expect(ticks(0.9, 1200)).toEqual([1, 10, 100, 1000]);
    expect(ticks(1, 40)).toEqual([1, 2, 5, 10, 20]);
    expect(ticks(1600, 4900)).toEqual([2000, 3000, 4000]);
    expect(ticks(1, 40, { ticks: [1, 40] })).toEqual([1, 40]);
  });

  it("refuses nothing, and what no axis holds", () => {
    expect(() => lines({}, options)).toThrow("there are no lines");
    expect(() => lines({ a: [] }, options)).toThrow('"a" has no points');
    expect(() => lines({ a: [[0, 1]] }, options)).toThrow("above 0");
    expect(() => lines({ a: [[1, NaN]] }, options)).toThrow("time (ms)");
  });
});
