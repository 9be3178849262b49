import { describe, expect, it } from "vitest";
import { report, type Occasion } from "../../../bench/train/report.js";
import type { Result, Results, StepResult } from "../../../bench/train/results.js";

const torch1 = { id: "torch-1", label: "PyTorch, 1 thread", threads: 1 } as const;
const torch2 = { id: "torch-2", label: "PyTorch, 2 threads", threads: 2 } as const;
const wasm = { id: "wasm", label: "wasm, fused", threads: 1 } as const;
const native2 = { id: "native-2", label: "native, 2 threads", threads: 2 } as const;
const occasion: Occasion = {
  ...{ command: "npm run bench -- train", machine: "2 × a processor", date: "2026-01-02", rounds: 3 },
  present: [{ row: wasm, device: "1 CPU thread", versions: "tfjs 4" }],
  absent: [{ label: "webgpu, fused", reason: "no GPU answers WebGPU" }],
  missing: [],
};
const none: Results = { step: [], sample: [], grpo: [], peaks: [] };

/** Cells of the only table row that begins with a label, by the heading above it. */
function rowOf(text: string, label: string, section: string): Record<string, string> {
  const lines = text.slice(text.indexOf(section)).split("\n");
  const cells = (line: string) => line.split("|").map((cell) => cell.trim());
  const row = lines.find((line) => line.startsWith("|") && cells(line)[1] === label)!;
  const heading = cells(lines.find((line) => line.startsWith("|"))!);
  return Object.fromEntries(cells(row).map((cell, i) => [heading[i]!, cell]));
}

describe("report", () => {
  const agrees = { steps: 20, difference: 2e-6, agrees: true };
  const results: StepResult[] = [
    { row: torch1, rounds: [10, 20, 10], parameters: 1000, agreement: { ...agrees, difference: 0 } },
    { row: torch2, rounds: [8, 8, 8], parameters: 1000, agreement: agrees },
    { row: wasm, rounds: [20, 40, 20], parameters: 1000, agreement: agrees, flat: true, peakMemory: 256.4 },
    {
      row: native2,
      rounds: [4, 4, 2],
      parameters: 1000,
      agreement: { ...agrees, agrees: false },
      flat: false,
    },
  ];
  const text = report(occasion, {
    ...none,
    step: [{ size: "64x2", results }],
    // 1.057 GFLOP at 105.7 GFLOP/s: a floor of 10 ms.
    peaks: [{ size: "64x2", gigaflops: { "torch-1": 105.7, wasm: 10 } }],
  });

  it("compares one thread with one, and two with both", () => {
    expect(rowOf(text, "wasm, fused", "### 64")).toMatchObject({
      ms: "20.0 (20.0–40.0)",
      "× PyTorch, 1 thread": "2.00 (2.00–2.00)",
      "× PyTorch, 2 threads": "–",
      "tokens/s": "76,800",
      "floor, ms": "10.0",
      "× floor": "2.0",
      losses: "agree: 2e-6",
      "peak MB": "256",
      tensors: "flat",
      rounds: "3",
    });
    expect(rowOf(text, "native, 2 threads", "### 64")).toMatchObject({
      "× PyTorch, 1 thread": "0.20 (0.20–0.40)",
      "× PyTorch, 2 threads": "0.50 (0.25–0.50)",
      losses: "DIFFER: 2e-6",
      tensors: "GROW",
      // Nobody measured a peak with two threads: that of one is the best known.
      "floor, ms": "10.0",
      "× floor": "0.4",
    });
  });

  it("has a column of GPU programs only where somebody counted them", () => {
    expect(text).not.toContain("GPU programs");
    const counted = results.map((result) => (result.row === wasm ? { ...result, programs: 404 } : result));
    const more = report(occasion, { ...none, step: [{ size: "64x2", results: counted }] });
    expect(rowOf(more, "wasm, fused", "### 64")).toMatchObject({ "GPU programs": "404" });
    expect(rowOf(more, "PyTorch, 1 thread", "### 64")).toMatchObject({ "GPU programs": "–" });
  });

  it("compares a run of GRPO with PyTorch's on as many threads", () => {
    const run = (row: Result["row"], run?: number) => ({
      row,
      rounds: [9],
      ...(run === undefined ? {} : { run }),
    });
    const text = report(occasion, {
      ...none,
      grpo: [
        {
          environment: "weather",
          results: [run(torch1, 4), run(torch2, 3), run(native2, 1.5), run(wasm)],
        },
      ],
    });
    const cell = (label: string) => rowOf(text, label, "### weather")["a run, s"];
    expect([torch1, torch2, native2, wasm].map(({ label }) => cell(label))).toEqual([
      ...["4.00", "3.00", "1.50 (0.50×)", "–"],
    ]);
  });

  it("says who is not there and why, and ends in a newline", () => {
    expect(text).toContain("- webgpu, fused: no GPU answers WebGPU\n");
    expect(text.endsWith("\n")).toBe(true);
  });

  it("shows what was left of a contestant that failed", () => {
    const failed = { row: wasm, rounds: [], problem: "out of memory" };
    const sampled = report(occasion, {
      ...none,
      sample: [{ size: "64x2", rows: 32, results: [{ row: torch1, rounds: [100, 100] }, failed] }],
    });
    expect(rowOf(sampled, "wasm, fused", "### 64")).toMatchObject({
      "tokens/s": "–",
      "× PyTorch, 1 thread": "–",
      rounds: "0",
    });
    expect(sampled).toContain("- wasm, fused: out of memory");
  });

  it("says what is missing as long as something is", () => {
    const missing = ["sampling with 64x2", "GRPO in weather"];
    expect(report({ ...occasion, missing }, none)).toContain(
      "**Incomplete.** Not measured: sampling with 64x2, GRPO in weather.",
    );
    expect(report(occasion, none)).not.toContain("Incomplete");
  });

  it("has no section for work that was not asked for", () => {
    expect(report(occasion, none)).not.toContain("\n## ");
  });
});
