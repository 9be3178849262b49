import { describe, expect, it } from "vitest";
import { beforeAfter, type BeforeAfterRow } from "../../../src/figures/index.js";
import { meanInterval, wilsonInterval } from "../../../src/statistics.js";

const rows: BeforeAfterRow[] = [
  { name: "no tool", before: wilsonInterval(10, 100), after: wilsonInterval(13, 100), chance: 0.125 },
  {
    name: "weather",
    before: wilsonInterval(8, 100),
    after: wilsonInterval(97, 100),
    chance: 0.125,
    optimum: 1,
  },
  { name: "one seed", before: meanInterval([0.1]), after: meanInterval([0.5]) },
];
interface Drawn {
  name?: string;
  x: number[];
  y: number[];
  error_x?: { array: number[]; arrayminus: number[] };
}

describe("beforeAfter", () => {
  const figure = beforeAfter(rows);
  const data = figure.data as unknown as Drawn[];
  const named = (name: string) => data.find((trace) => trace.name === name)!;

  it("sorts by success after training, the highest on top", () => {
    expect(named("after training").x).toEqual([0.13, 0.5, 0.97]);
    expect(named("before training").x).toEqual([0.1, 0.1, 0.08]);
    expect((figure.layout["yaxis"] as { ticktext: string[] }).ticktext).toEqual([
      "no tool",
      "one seed",
      "weather",
    ]);
  });

  it("whiskers end where the intervals do; an unbounded interval has none", () => {
    const [before, after] = data.filter((trace) => trace.error_x !== undefined);
    expect(before!.x).toHaveLength(2);
    const { low, high } = rows[1]!.after;
    expect(after!.x[1]! + after!.error_x!.array[1]!).toBeCloseTo(high, 12);
    expect(after!.x[1]! - after!.error_x!.arrayminus[1]!).toBeCloseTo(low, 12);
  });

  it("whiskers stay within 0 and 1, also those of a t-interval", () => {
    const wide = beforeAfter([{ name: "a", before: meanInterval([0, 0.1]), after: meanInterval([0.9, 1]) }]);
    for (const trace of wide.data as unknown as Drawn[]) {
      trace.error_x?.array.forEach((up, i) => expect(trace.x[i]! + up).toBeLessThanOrEqual(1));
      trace.error_x?.arrayminus.forEach((down, i) => expect(trace.x[i]! - down).toBeGreaterThanOrEqual(0));
    }
  });

  it("marks chance and optimum where they are known", () => {
    expect(named("chance")).toMatchObject({ x: [0.125, 0.125], y: [0, 2] });
    expect(named("optimum")).toMatchObject({ x: [1], y: [2] });
  });

  it("calls its bars what they are", () => {
    const figure = beforeAfter(
      [{ name: "weather", before: wilsonInterval(4, 100), after: wilsonInterval(97, 100) }],
      { labels: ["without the tool", "with it"] },
    );
    const bars = figure.data.filter(({ type }) => type === "bar").map(({ name }) => name);
    expect(bars).toEqual(["without the tool", "with it"]);
    expect(figure.alt).toContain("weather: without the tool .04");
    expect(figure.alt).not.toContain("training");
  });

  it("says all numbers", () => {
    expect(figure.title).toBe(
      "Success rises clearly in 1 of 3 rows; after training it is .13 (no tool) to .97 (weather)",
    );
    expect(figure.alt).toContain(
      "weather: before training .08 (95 %: .04 to .15, n = 100), after training .97 (95 %: .92 to .99, n = 100), chance .13, optimum 1.00.",
    );
    const printed = (figure.layout["annotations"] as { text: string }[]).map(({ text }) => text);
    expect(printed).toContain(".08 → <b>.97</b>");
  });

  it("refuses no rows, twins, and what is no share", () => {
    expect(() => beforeAfter([])).toThrow("there are no rows");
    expect(() => beforeAfter([rows[0]!, rows[0]!])).toThrow('two rows are named "no tool"');
    expect(() => beforeAfter([{ ...rows[0]!, after: meanInterval([2]) }])).toThrow(
      'after.mean of "no tool" must be a share from 0 to 1, not 2',
    );
    expect(() => beforeAfter([{ ...rows[0]!, optimum: NaN }])).toThrow("optimum");
    expect(() => beforeAfter([{ ...rows[0]!, after: { mean: 0.5, low: 0.6, high: 0.7, n: 3 } }])).toThrow(
      "0.6 to 0.7 does not hold 0.5",
    );
  });
});
