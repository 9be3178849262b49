import { describe, expect, it } from "vitest";
import { before } from "../../../bench/engines/before.js";
import { report } from "../../../bench/engines/report.js";
import type { LearningResult } from "../../../bench/learning/job.js";
import { environments } from "../../../src/environments/registry.js";

function run(engine: string, seconds: number, success: number, more: Partial<LearningResult> = {}) {
  const after = { success, low: success - 0.02, high: success + 0.02, metrics: {} };
  return {
    ...{ environment: "weather", variant: "default", seed: 1, episodes: 512, algorithm: "grpo" },
    ...{ before: after, after, greedyAfter: 1, updates: 80, trajectories: 10240, seconds, curve: [] },
    ...{ engine, machine: "2 × a processor", node: "v20" },
    ...more,
  };
}

/** Cells of an environment's row by their heading; engines' successes are headed as the engines. */
function row(text: string, id: string): Record<string, string> {
  const cells = (line: string) => line.split("|").map((cell) => cell.trim());
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  const heading = cells(lines[0]!);
  return Object.fromEntries(
    cells(lines.find((line) => cells(line)[1] === id)!).map((cell, i) => [heading[i], cell]),
  );
}

describe("report", () => {
  it("puts an environment's engines beside each other and beside what was before", () => {
    const text = report([run("native", 3.21, 0.96), run("wasm", 12.4, 0.7)], 2);
    expect(row(text, "weather")).toMatchObject({
      ...{ updates: "80", "before, s": "11", "native, s": "3.2", "wasm, s": "12" },
      ...{ "success before": ".97 (.97–.97)", native: ".96 (.94–.98) ✓", wasm: ".70 (.68–.72) **differs**" },
      greedy: "1.00",
    });
    expect(text).toContain("2 runs at a time, a thread each");
  });

  it("takes the median and the t-interval over seeds, and leaves out who has not run", () => {
    const seeds = [0.94, 0.95, 0.99].map((success, i) => run("native", 10 + i, success, { seed: i + 1 }));
    const text = report(seeds, 1);
    // 0.96 ± 4.303 · 0.02646 / √3
    expect(row(text, "weather")).toMatchObject({
      ...{ "native, s": "11", native: ".96 (.89–1.00) ✓", "wasm, s": "–", wasm: "–" },
    });
    expect(text).toContain("1 runs at a time. Seconds");
  });

  it("names the longest run of an engine, and whether it keeps the limit", () => {
    const text = report(
      [run("native", 61, 0.97), run("native", 9, 0.97, { environment: "nim" }), run("wasm", 149, 0.97)],
      2,
    );
    expect(text).toContain("on native: weather, 61 s; goal at most 60 s: **not reached**");
    expect(text).toContain("on wasm: weather, 149 s; goal at most 150 s: ✓");
  });
});

it("knows the earlier figures of the environments there were then", () => {
  expect(environments().map(({ id }) => id)).toEqual(expect.arrayContaining(Object.keys(before)));
});
