/** Which cells an exercise needs, and whether a lesson fits its exercises. */
import { describe, expect, it } from "vitest";
import type { Notebook } from "../../../kernel-extensions/client/notebook.js";
import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import { cellNames, neededCells } from "../../../kernel-extensions/grading/verify/names.js";
import { lessonProblems } from "../../../kernel-extensions/grading/verify/verify.js";

describe("the cells that code needs", () => {
  const sources = [
    'import { train, type Policy } from "agentic-rl-lab";', // 0
    "const seed = 7;", // 1
    "const slow = await train({ seed });", // 2
    "function mean(values: number[]) { return values.length; }", // 3
    "const seed2 = seed + 1; let x = mean([]);", // 4
    "x = 3;", // 5
    "const { slow: renamed } = { slow: 1 };", // 6
    "const seed = 8;", // 7
  ];
  const names = sources.map(cellNames);

  it.each([
    ["mean([1])", [3]],
    ["const o = { mean: 1 }; o.mean", []],
    ["const o = { mean };", [3]],
    ["let p: Policy;", [0]],
    ["x", [1, 3, 4]],
    ["seed", [7]],
    ["slow", [0, 1, 2]],
    ["renamed", [6]],
    ["seed2", [1, 3, 4]],
    ["function f(mean: number) { return mean; }", []],
    ["for (const { seed } of []) seed;", []],
    ["let y: typeof seed2; type T = Policy;", [0, 1, 3, 4]],
    ["{ const mean = 1; } mean;", [3]],
  ])("%s", (code, needed) => {
    expect(neededCells(names, sources.length, [code])).toEqual(needed);
  });
});

describe("a lesson", () => {
  const exercise = (points: number, wrong: Record<string, string> = { a: "1", b: "2" }) =>
    defineExercise<{ f: () => number }>({
      title: "x",
      checks: [check("x", points, () => undefined, "")],
      wrong,
    });
  const answer = (name: string) => `function ${name}() {\n// BEGIN SOLUTION\nreturn 1;\n// END SOLUTION\n}`;
  const notebook = (...sources: string[]): Notebook => ({
    ...{ nbformat: 4, nbformat_minor: 5, metadata: {} },
    cells: sources.map((source, index) => ({
      ...{ cell_type: "code", id: `c${index}`, metadata: {}, source, outputs: [], execution_count: null },
    })),
  });
  const cells = [answer("f"), 'await exercise("1.1", { f });', answer("g"), 'await exercise("1.2", { g });'];

  it("that fits has no problems", () => {
    const lesson = { "1.1": exercise(40), "1.2": exercise(60) };
    expect(lessonProblems(notebook(...cells, "const h = (f: number) => f; h(2);"), lesson)).toEqual([]);
  });

  it.each([
    [{ "1.1": exercise(40) }, cells, /notebook tests 1\.1, 1\.2, the lesson has 1\.1/],
    [{ "1.2": exercise(40), "1.1": exercise(60) }, cells, /not in order/],
    [{ "1.1": exercise(40), "1.2": exercise(50) }, cells, /sum to 90/],
    [{ "1.1": exercise(40, { a: "1" }), "1.2": exercise(60) }, cells, /1\.1 has 1 wrong/],
    [{ "1.1": exercise(0), "1.2": exercise(100) }, cells, /check without points/],
    [
      { "1.1": exercise(40), "1.2": exercise(60) },
      [...cells, "const y = f();"],
      /cell c4 needs f, an answer to exercise 1\.1/,
    ],
  ])("that does not is told why", (lesson, sources, told) => {
    expect(lessonProblems(notebook(...sources), lesson).join("\n")).toMatch(told);
  });
});
