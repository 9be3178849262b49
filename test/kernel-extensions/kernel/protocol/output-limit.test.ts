import { describe, expect, it } from "vitest";
import {
  OutputBudget,
  RichBudget,
  outputLimit,
} from "../../../../kernel-extensions/kernel/protocol/output-limit.js";

const megabyte = 1024 * 1024;

describe("outputLimit", () => {
  it("is 64 MB unless the environment says otherwise", () => {
    expect(outputLimit({})).toBe(64 * megabyte);
    expect(outputLimit({ ARL_OUTPUT_LIMIT_MB: "0.5" })).toBe(megabyte / 2);
    expect(outputLimit({ ARL_OUTPUT_LIMIT_MB: "lots" })).toBe(64 * megabyte);
  });
});

describe("OutputBudget", () => {
  it("gives what fits and says once that there was more", () => {
    const budget = new OutputBudget(4);
    expect(budget.take("abc")).toEqual({ text: "abc" });
    const cut = budget.take("def");
    expect(cut.text).toBe("d");
    expect(cut.notice).toContain("ARL_OUTPUT_LIMIT_MB");
    expect(budget.take("g")).toEqual({ text: "" });
  });
});

describe("RichBudget", () => {
  it("lets a figure be redrawn for hours and stops a runaway loop", () => {
    const clock = { now: 0 };
    const budget = new RichBudget(64 * megabyte, () => clock.now);
    for (; clock.now < 3_600_000; clock.now += 100) budget.take(megabyte);
    expect(() => {
      for (let i = 0; i < 1000; i++) budget.take(megabyte);
    }).toThrow(/512 MB.*ARL_OUTPUT_LIMIT_MB/);
  });
});
