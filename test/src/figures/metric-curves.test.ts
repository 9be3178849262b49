import { describe, expect, it } from "vitest";
import { metricCurves, type RecordedStep } from "../../../src/figures/index.js";
import type { Trace } from "./runs.js";

const run: RecordedStep[] = [0, 1, 2, 3].map((update) => ({
  update,
  seconds: update,
  metrics: { "policy/entropy": 1 - update / 4, "rollout/tokens": 10 + update, "rollout/success": update / 3 },
}));
const metrics = ["policy/entropy", "rollout/tokens", "rollout/success"];

describe("metricCurves", () => {
  const figure = metricCurves({ GRPO: [run], PPO: [run] }, { metrics });
  const traces = figure.data as unknown as Trace[];

  it("draws each metric in its own panel on one x axis", () => {
    for (const [i, metric] of metrics.entries()) {
      const axis = i === 0 ? "" : String(i + 1);
      const inPanel = traces.filter((trace) => trace.yaxis === `y${axis}`);
      expect(inPanel.map(({ name }) => name)).toEqual(["GRPO", "PPO"]);
      for (const trace of inPanel) expect(trace.y).toEqual(run.map((step) => step.metrics[metric]));
      if (i > 0) expect(figure.layout[`xaxis${axis}`]).toMatchObject({ matches: "x" });
    }
  });

  it("panels do not overlap, and the legend names each run once", () => {
    const domains = metrics.map((_, i) => {
      const axis = i === 0 ? "" : String(i + 1);
      const domain = (name: string) =>
        (figure.layout[`${name}axis${axis}`] as { domain: [number, number] }).domain;
      return { x: domain("x"), y: domain("y") };
    });
    for (const [i, a] of domains.entries()) {
      for (const b of domains.slice(0, i)) {
        const apart = (axis: "x" | "y") => a[axis][1] < b[axis][0] || b[axis][1] < a[axis][0];
        expect(apart("x") || apart("y")).toBe(true);
      }
    }
    expect(traces.filter(({ showlegend }) => showlegend).map(({ name }) => name)).toEqual(["GRPO", "PPO"]);
  });

  it("says what every metric did", () => {
    expect(figure.alt).toContain("entropy (nats a token): GRPO, entropy 1 → 0.25; PPO, entropy 1 → 0.25.");
    expect(metricCurves({ weather: [run] }, { metrics }).title).toBe(
      "weather: entropy 1 → 0.25, tokens 10 → 13, success .00 → 1.00",
    );
    expect(figure.title).toBe(
      "At the end: entropy 0.25 (GRPO), 0.25 (PPO); tokens 13, 13; success 1.00, 1.00",
    );
  });

  it("refuses no metrics, one named twice, and one that was not recorded", () => {
    const draw = (names: string[]) => () => metricCurves({ a: [run] }, { metrics: names });
    expect(draw([])).toThrow("metrics is empty");
    expect(draw(["rollout/tokens", "rollout/tokens"])).toThrow('names "rollout/tokens" twice');
    expect(draw(["policy/entropie"])).toThrow('Did you mean "policy/entropy"?');
  });
});
