import { describe, expect, it } from "vitest";
import { jupyterDisplay, type Figure } from "../../../src/figures/figure.js";
import { learningCurve, type RecordedStep } from "../../../src/figures/index.js";
import { meanInterval } from "../../../src/statistics.js";
import { steps, type Trace } from "./runs.js";

const traces = (figure: Figure) => figure.data as unknown as Trace[];
const line = (figure: Figure, name: string) =>
  traces(figure).find((trace) => trace.name === name && trace.line.width === 2.5)!;

describe("learningCurve", () => {
  const seeds = [
    [0, 0.25, 1],
    [0.1, 0.5, 0.9],
    [0.2, 0.3, 0.8],
  ];
  const figure = learningCurve({ weather: seeds.map((values) => steps(values)) });

  it("draws the mean over seeds and, as a closed band, its t-interval", () => {
    const intervals = [0, 1, 2].map((i) => meanInterval(seeds.map((values) => values[i]!)));
    expect(line(figure, "weather").y).toEqual(intervals.map(({ mean }) => mean));
    const band = traces(figure).find((trace) => trace.fill === "toself")!;
    expect(band.x).toEqual([0, 1, 2, 2, 1, 0]);
    expect(band.y).toEqual([
      ...intervals.map(({ high }) => high),
      ...intervals.map(({ low }) => low).reverse(),
    ]);
  });

  it("states the finding with its numbers, also for readers who cannot see it", () => {
    expect(figure.title).toBe("weather: success .10 → .90 in 3 updates (3 seeds)");
    // ± 4.303 · 0.1 / √3
    expect(figure.alt).toContain("weather, 3 seeds, updates 0 to 2: success .10 → .90");
    expect(figure.alt).toContain("95 % interval at the end .65 to 1.15");
    expect(figure.alt).toContain("highest .90 at update 2");
    const plotly = figure[jupyterDisplay]()["application/vnd.plotly.v1+json"];
    expect(JSON.parse(JSON.stringify(plotly))).toEqual(plotly);
  });

  it("a single seed has no band; smoothing keeps the raw line, faint, under the average", () => {
    const single = learningCurve({ a: [steps([0, 0.3, 0.6, 0, 0.3])] }, { smoothing: 3 });
    expect(traces(single)).toHaveLength(2);
    expect(traces(single)[0]).toMatchObject({ y: [0, 0.3, 0.6, 0, 0.3], line: { width: 1 } });
    const smooth = line(single, "a").y as number[];
    [0, 0.3, 0.3, 0.3, 0.3].forEach((value, i) => expect(smooth[i]).toBeCloseTo(value, 12));
  });

  it("averages only updates all seeds have, and says where a curve ends", () => {
    const cut = learningCurve({ a: [steps([0, 0.5, 1]), steps([0, 0.5])] });
    expect(line(cut, "a").x).toEqual([0, 1]);
    expect(cut.alt).toContain("Ends where the first seed does: a at update 1 of 2.");
  });

  it("breaks the line at a value that is not finite, and counts it", () => {
    const broken = learningCurve({ a: [steps([0, 0.1, NaN, 0.3, 0.4])] });
    expect(line(broken, "a").x).toEqual([0, 1, null, 3, 4]);
    expect(line(broken, "a").y).toEqual([0, 0.1, null, 0.3, 0.4]);
    expect(broken.alt).toContain("Not drawn: 1 update without a finite value.");
  });

  it("evaluations now and then are one line without gaps", () => {
    const sparse: RecordedStep[] = steps([0, 0, 0, 0, 0]).map((step) =>
      step.update % 2 === 0 ? { ...step, metrics: { "evaluation/success": step.update / 4 } } : step,
    );
    const drawn = line(learningCurve({ a: [sparse] }, { metric: "evaluation/success" }), "a");
    expect(drawn.x).toEqual([0, 2, 4]);
    expect(drawn.y).toEqual([0, 0.5, 1]);
  });

  it("against seconds: the mean of the seeds' seconds", () => {
    const slow = steps([0, 1]).map((step) => ({ ...step, seconds: step.seconds * 3 }));
    const timed = learningCurve({ a: [steps([0, 1]), slow] }, { x: "seconds" });
    expect(line(timed, "a").x).toEqual([0, 1]);
    expect(timed.title).toBe("a: success .00 → 1.00 in 1 s (2 seeds)");
  });

  it("ranks several names and tells their lines apart", () => {
    const several = learningCurve({ PPO: [steps([0, 0.4])], GRPO: [steps([0, 0.9])] });
    expect(several.title).toBe("Success after 2 updates: GRPO .90, PPO .40 (1 seed)");
    const styles = ["PPO", "GRPO"].map((name) => line(several, name).line.color);
    expect(new Set(styles).size).toBe(2);
    expect(
      traces(several)
        .filter((trace) => trace.showlegend)
        .map(({ name }) => name),
    ).toEqual(["PPO", "GRPO"]);
  });

  it("draws references and keeps their names apart", () => {
    const close = learningCurve(
      { a: [steps([0, 1])] },
      {
        references: [
          { name: "chance", value: 0.1 },
          { name: "warm start", value: 0.11 },
        ],
      },
    );
    const { shapes, annotations } = close.layout as unknown as {
      shapes: { y0: number }[];
      annotations: { y: number; text: string }[];
    };
    expect(shapes.map(({ y0 }) => y0)).toEqual([0.1, 0.11]);
    expect(annotations[1]!.y - annotations[0]!.y).toBeGreaterThan(0.05);
    expect(close.alt).toContain("chance: .10. warm start: .11.");
  });

  it("one update is a point", () => {
    const point = learningCurve({ a: [steps([0.5])] });
    expect(point.title).toBe("a: success .50 at update 0 (1 seed)");
    expect(line(point, "a").mode).toBe("lines+markers");
  });

  it("names from data cannot become markup", () => {
    const named = learningCurve({ "<b>a</b>": [steps([0])], b: [steps([0])] });
    expect(JSON.stringify(named.data)).not.toContain('"name":"<b>');
  });

  it.each<[string, () => unknown, string]>([
    ["no runs", () => learningCurve({}), "there are no runs"],
    ["no seeds", () => learningCurve({ a: [] }), '"a" has no runs'],
    ["no steps", () => learningCurve({ a: [[]] }), 'run 0 of "a" has no steps'],
    [
      "steps that are not in an array of seeds",
      () => learningCurve({ a: steps([0, 1]) as never }),
      'write { "a": [steps] } for one seed',
    ],
    [
      "an unknown metric",
      () => learningCurve({ a: [steps([0])] }, { metric: "rollout/succes" }),
      'Did you mean "rollout/success"?',
    ],
    ["only NaN", () => learningCurve({ a: [steps([NaN])] }), '"rollout/success" of "a" has no finite value'],
    [
      "updates that do not ascend",
      () => learningCurve({ a: [[...steps([0, 1]), ...steps([0])]] }),
      "updates must ascend, got 0 after 1",
    ],
    [
      "seconds of single updates",
      () => learningCurve({ a: [steps([0, 1]).map((step, i) => ({ ...step, seconds: 2 - i }))] }),
      "seconds count from the start of training and must not fall, got 1 after 2",
    ],
    [
      "an average of no points",
      () => learningCurve({ a: [steps([0])] }, { smoothing: 0 }),
      "at least 1, not 0",
    ],
    [
      "an unknown axis",
      () => learningCurve({ a: [steps([0])] }, { x: "second" as never }),
      'Did you mean "seconds"?',
    ],
    [
      "a reference that is none",
      () => learningCurve({ a: [steps([0])] }, { references: [{ name: "chance", value: NaN }] }),
      'reference "chance" must be a finite number, not NaN',
    ],
  ])("refuses %s", (_, draw, message) => {
    expect(draw).toThrow(message);
  });
});
