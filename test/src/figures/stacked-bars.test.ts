import { describe, expect, it } from "vitest";
import { stackedBars } from "../../../src/figures/stacked-bars.js";

const options = { title: "Mostly learning", axis: "time (ms)" };

describe("stackedBars", () => {
  it("draws a trace a part, a bar a name", () => {
    const figure = stackedBars({ weather: { act: 1, learn: 3 }, maze: { learn: 0.5, act: 2 } }, options);
    expect(figure.data.map(({ name, x, y }) => ({ name, x, y }))).toEqual([
      { name: "act", x: [1, 2], y: ["weather", "maze"] },
      { name: "learn", x: [3, 0.5], y: ["weather", "maze"] },
    ]);
    expect(figure.layout).toMatchObject({ barmode: "stack", xaxis: { title: { text: "time (ms)" } } });
    expect(figure.alt).toBe("Bars of time (ms). weather: act 1, learn 3. maze: act 2, learn 0.5.");
  });

  it("refuses nothing, other parts, and sizes below 0", () => {
    expect(() => stackedBars({}, options)).toThrow("there are no bars");
    expect(() => stackedBars({ a: {} }, options)).toThrow("none");
    expect(() => stackedBars({ a: { act: 1 }, b: { learn: 1 } }, options)).toThrow('"b" has the parts learn');
    expect(() => stackedBars({ a: { act: -1 } }, options)).toThrow("not -1");
  });
});
