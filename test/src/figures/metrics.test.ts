import { describe, expect, it } from "vitest";
import { metricWords, requireMetric, valueText } from "../../../src/figures/metrics.js";

describe("valueText", () => {
  it.each([
    [0.083, true, ".08"],
    [1, true, "1.00"],
    [-0.004, true, ".00"],
    [-0.25, true, "−.25"],
    [24, false, "24"],
    [-3, false, "−3"],
    [0.12345, false, "0.123"],
    [1234.5, false, "1230"],
    [0.00001, false, "1.0e-5"],
    [2_345_678.5, false, "2.3e6"],
    [0, false, "0"],
    [NaN, true, "none"],
    [Infinity, false, "none"],
  ])("%f (share: %s) is %s", (value, share, text) => {
    expect(valueText(value, share)).toBe(text);
  });
});

describe("metricWords", () => {
  it("gives units to the trainer's metrics and names to an environment's counters", () => {
    expect(metricWords("policy/entropy").axis).toBe("entropy (nats a token)");
    expect(metricWords("rollout/tool_calls")).toMatchObject({
      name: "tool calls",
      axis: "tool calls (mean an episode)",
    });
  });
});

describe("requireMetric", () => {
  const available = ["policy/entropy", "rollout/success", "rollout/tool_calls"];
  it.each([
    ["evaluation/success", "rollout/success"],
    ["entropy", "policy/entropy"],
    ["rollout/sucess", "rollout/success"],
  ])("%s: names %s and all the others", (asked, near) => {
    expect(() => requireMetric("f()", asked, available)).toThrow(
      `f(): no step has the metric "${asked}". Did you mean "${near}"? Recorded: ${available.join(", ")}`,
    );
  });
  it("names no near one where there is none", () => {
    expect(() => requireMetric("f()", "zzzzzzzzz", available)).toThrow(/zzzzzzzzz"\. Recorded: policy/);
  });
});
