/** From solved lessons to learners' copies. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joinLines, type Cell, type Notebook } from "../../../kernel-extensions/client/notebook.js";
import { checksum } from "../../../kernel-extensions/grading/nbgrader/checksum.js";
import { isLocked, isSolution, nbgraderOf } from "../../../kernel-extensions/grading/nbgrader/metadata.js";
import { annotate } from "../../../kernel-extensions/grading/release/annotate.js";
import { exerciseCells } from "../../../kernel-extensions/grading/release/cells.js";
import {
  cutHiddenTests,
  cutSolutions,
  replaceSolutions,
} from "../../../kernel-extensions/grading/release/regions.js";
import { changedCells, jupyterText, release } from "../../../kernel-extensions/grading/release/release.js";

let cellNumber = 0;
const code = (source: string, more: Partial<Cell> = {}): Cell => ({
  ...{ cell_type: "code", id: `c${cellNumber++}`, metadata: {}, source, outputs: [], execution_count: null },
  ...more,
});
const markdown = (source: string): Cell => ({
  cell_type: "markdown",
  id: `m${cellNumber++}`,
  metadata: {},
  source,
});
const notebookOf = (...cells: Cell[]): Notebook => ({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
const solution = (body: string, indent = "") =>
  `${indent}// BEGIN SOLUTION\n${body}\n${indent}// END SOLUTION`;
const output = { output_type: "stream" as const, name: "stdout", text: "out" };

describe("a solution", () => {
  it("becomes the standard stub, indented as it is", () => {
    expect(cutSolutions(`function f() {\n${solution("  return 42;", "  ")}\n}`)).toBe(
      "function f() {\n  // Your code here.\n  return notYet();\n}",
    );
  });

  it("becomes the stub that stands in it", () => {
    const body = "// STUB: const x = blank<number>();\n// STUB:\n// STUB:   // look\nconst x = 42;";
    expect(cutSolutions(solution(body))).toBe("const x = blank<number>();\n\n  // look");
  });

  it.each([
    ["// BEGIN SOLUTION\nx", /BEGIN SOLUTION without END SOLUTION/],
    ["x\n// END SOLUTION", /END SOLUTION without BEGIN SOLUTION/],
    ["// BEGIN SOLUTION\n// BEGIN SOLUTION\n// END SOLUTION", /inside of a region/],
  ])("with delimiters that do not pair is refused: %j", (source, told) => {
    expect(() => cutSolutions(source)).toThrow(told);
  });

  it("is replaced by another, one text for each", () => {
    const source = `a\n${solution("  1", "  ")}\nb\n${solution("2")}`;
    expect(replaceSolutions(source, ["x\ny", "z"])).toBe("a\n  x\n  y\nb\nz");
    expect(() => replaceSolutions(source, ["x"])).toThrow(/1 texts for 2 solutions/);
    expect(() => replaceSolutions(source, ["x", "y", "z"])).toThrow(/3 texts for 2 solutions/);
  });

  it("keeps hidden tests from nobody but the learner", () => {
    expect(cutHiddenTests("a\n// BEGIN HIDDEN TESTS\nb\n// END HIDDEN TESTS\nc")).toBe("a\nc");
  });
});

describe("the exercises of a lesson", () => {
  const test = (id: string) => code(`await exercise("${id}", { x });`);

  it("are the cells with solutions, and the test that follows", () => {
    const [a, b, c] = [code(solution("1")), code(solution("2")), code(solution("3"))];
    const [first, second] = [test("1.1"), test("1.2")];
    const found = exerciseCells(notebookOf(markdown("# x"), a, code("const y = 1;"), b, first, c, second));
    expect(found).toEqual([
      { id: "1.1", answers: [a, b], test: first },
      { id: "1.2", answers: [c], test: second },
    ]);
  });

  it.each([
    [[test("1.1")], /no solution stands before the test of 1\.1/],
    [[code(solution("1"))], /a solution that no exercise tests/],
    [[code(solution("1")), test("1.1"), code(solution("1")), test("1.1")], /tests 1\.1 a second time/],
    [[code(`${solution("1")}\nawait exercise("1.1", {})`)], /a solution and its test/],
    [[code(solution("1")), code('await exercise("1.1", {}); await exercise("1.2", {})')], /1\.1 and 1\.2/],
  ])("that do not fit are refused", (cells, told) => {
    expect(() => exerciseCells(notebookOf(...cells))).toThrow(told);
  });

  it("get nbgrader's metadata: kinds, ids, points; what is not theirs keeps its own", () => {
    const foreign = code("1", { metadata: { nbgrader: { grade_id: "essay", grade: true, solution: true } } });
    const former = code("1", { metadata: { tags: ["a"], nbgrader: { grade_id: "exercise-9-9" } } });
    const solved = notebookOf(foreign, former, code(solution("1")), code(solution("2")), test("2.3"));
    const { cells } = annotate(solved, () => 12.5);
    expect(cells.map((cell) => nbgraderOf(cell)?.grade_id)).toEqual([
      ...["essay", undefined, "exercise-2-3", "exercise-2-3-b", "exercise-2-3-test"],
    ]);
    expect(cells[0]).toBe(foreign);
    expect(cells[1]!.metadata).toEqual({ tags: ["a"] });
    expect(cells[2]!.metadata["nbgrader"]).toEqual({
      ...{
        schema_version: 3,
        grade_id: "exercise-2-3",
        grade: false,
        solution: true,
        locked: false,
        task: false,
      },
    });
    expect(cells[4]!.metadata["nbgrader"]).toEqual({
      ...{ schema_version: 3, grade_id: "exercise-2-3-test", grade: true, solution: false, locked: true },
      ...{ points: 12.5, task: false },
    });
    expect(annotate({ ...solved, cells }, () => 12.5).cells).toEqual(cells);
  });
});

/** Lines that no delimiter, stub or call hides in. */
const line = fc.string({ maxLength: 30 }).map((text) => text.replace(/[\r\n\u2028\u2029]/g, " "));
const lines = fc.array(line, { maxLength: 4 }).map((all) => all.join("\n"));
const secret = fc.stringMatching(/^secret[a-z0-9]{8}$/);
const arbitraryLesson = fc
  .array(
    fc.oneof(
      fc.record({ kind: fc.constant("text" as const), text: lines }),
      fc.record({ kind: fc.constant("code" as const), text: lines }),
      fc.record({
        kind: fc.constant("exercise" as const),
        before: lines,
        secrets: fc.array(secret, { minLength: 1 }),
        hidden: secret,
      }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => {
    let count = 0;
    const secrets: string[] = [];
    const cells = parts.flatMap((part): Cell[] => {
      if (part.kind === "text") return [markdown(part.text)];
      if (part.kind === "code") {
        return [
          code(part.text, {
            outputs: [output],
            execution_count: 3,
            metadata: { execution: { at: 1 }, tags: ["t"] },
          }),
        ];
      }
      secrets.push(...part.secrets, part.hidden);
      const id = `1.${++count}`;
      const test = `await exercise("${id}", { x });\n// BEGIN HIDDEN TESTS\n${part.hidden}\n// END HIDDEN TESTS`;
      return [
        code(`${part.before}\n${solution(part.secrets.join("\n"))}`, { outputs: [output] }),
        code(test),
      ];
    });
    return { notebook: notebookOf(...cells), secrets };
  });

describe("a learners' copy", () => {
  it("holds nothing of a solution, a hidden test or an output, and is the same when released again", () => {
    fc.assert(
      fc.property(arbitraryLesson, ({ notebook, secrets }) => {
        const copy = release(annotate(notebook, () => 5));
        const text = jupyterText(copy);
        for (const secret of secrets) expect(text).not.toContain(secret);
        expect(text).not.toMatch(/(BEGIN|END) (SOLUTION|HIDDEN TESTS)/);
        for (const cell of copy.cells.filter((cell) => cell.cell_type === "code")) {
          expect([cell.outputs, cell.execution_count]).toEqual([[], null]);
        }
        expect(jupyterText(release(copy))).toBe(text);
        expect(jupyterText(JSON.parse(text) as Notebook)).toBe(text);
      }),
    );
  });

  it("leaves the cells of no exercise as they are, but for what a run wrote into them", () => {
    fc.assert(
      fc.property(arbitraryLesson, ({ notebook }) => {
        const solved = annotate(notebook, () => 5);
        release(solved).cells.forEach((cell, index) => {
          const before = notebook.cells[index]!;
          if (nbgraderOf(solved.cells[index]!)) return;
          expect(joinLines(cell.source)).toBe(joinLines(before.source));
          expect([cell.id, cell.cell_type]).toEqual([before.id, before.cell_type]);
          expect(cell.metadata).toEqual("tags" in before.metadata ? { tags: ["t"] } : {});
        });
      }),
    );
  });

  it("has true checksums, and locks its tests", () => {
    fc.assert(
      fc.property(arbitraryLesson, ({ notebook }) => {
        const copy = release(annotate(notebook, () => 5));
        expect(changedCells(copy, () => true)).toEqual([]);
        for (const cell of copy.cells.filter((cell) => nbgraderOf(cell))) {
          expect(nbgraderOf(cell)!.checksum).toBe(checksum(cell));
          expect(cell.metadata["deletable"]).toBe(false);
          expect(cell.metadata["editable"]).toBe(isLocked(cell) ? false : undefined);
        }
      }),
    );
  });

  it("tells which cells somebody has written in", () => {
    const solved = annotate(notebookOf(code(solution("1")), code('await exercise("1.1", { x });')), () => 5);
    const copy = release(solved);
    copy.cells[0]!.source = "const x = 3;";
    expect(changedCells(copy, isSolution)).toEqual(["exercise-1-1"]);
    expect(changedCells(copy, isLocked)).toEqual([]);
  });

  it("is not made of a solution that is not marked as one", () => {
    expect(() => release(notebookOf(code(solution("1"))))).toThrow(/not marked as one/);
  });
});
