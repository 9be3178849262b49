/** Where a lesson stands, as the Lab reads it: held against what `arl check` reads in the same notebook. */
import { readFileSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isCodeCell,
  joinLines,
  parseNotebook,
  type CodeCell,
  type Notebook,
  type Output,
} from "../../../kernel-extensions/client/notebook.js";
import { displaySymbol } from "../../../kernel-extensions/display/displayable.js";
import { loadLesson } from "../../../kernel-extensions/grading/lessons.js";
import { testedIn } from "../../../kernel-extensions/grading/release/cells.js";
import type { ExerciseReport } from "../../../kernel-extensions/grading/report.js";
import { ScoreBook, scoreOf } from "../../../kernel-extensions/grading/score.js";
import { notebookScores } from "../../../kernel-extensions/grading/scores.js";
import {
  pointsText,
  standings,
  total,
  type CellView,
} from "../../../kernel-extensions/lab/lesson-progress/reading.js";

const lessons = readdirSync("notebooks").filter((name) => name.endsWith(".ipynb"));
const read = (name: string) => parseNotebook(readFileSync(`notebooks/${name}`, "utf8"));

function views(notebook: Notebook, running: readonly string[] = []): CellView[] {
  return notebook.cells.map((cell) => ({
    ...{ type: cell.cell_type, source: joinLines(cell.source), metadata: cell.metadata },
    running: testedIn(joinLines(cell.source)).some((id) => running.includes(id)),
    outputs: isCodeCell(cell)
      ? cell.outputs.map((output) => ({
          type: output.output_type,
          data: "data" in output ? output.data : {},
        }))
      : [],
  }));
}

/** What an exercise's cell shows after a run that gave this share of its points. */
async function outputsOf(book: ScoreBook, id: string, status: ExerciseReport["status"], share: number) {
  const number = id.split(".", 1)[0]!;
  const lesson = await loadLesson(number);
  const { title, points: outOf } = lesson[id]!;
  const report: ExerciseReport = { id, title, status, points: share * outOf, outOf, checks: [] };
  book.enter(report);
  const data = scoreOf(report, book.progress(number, lesson, id))[displaySymbol]();
  const card: Output = { output_type: "display_data", data: { "text/html": "a card" }, metadata: {} };
  const value: Output = { output_type: "execute_result", data, metadata: {}, execution_count: 1 };
  return [card, value];
}

const failure: Output = { output_type: "error", ename: "TypeError", evalue: "no", traceback: [] };

function testCells(notebook: Notebook): Map<string, CodeCell> {
  const cells = notebook.cells.filter(isCodeCell);
  return new Map(cells.flatMap((cell) => testedIn(joinLines(cell.source)).map((id) => [id, cell] as const)));
}

describe.each(lessons)("the exercises of %s", (name) => {
  it("are all there before anything was run, each at its heading", async () => {
    const notebook = read(name);
    const found = standings(views(notebook));
    const lesson = await loadLesson(found[0]!.id.split(".", 1)[0]!);
    expect(found.map(({ id, title, outOf, points, state }) => ({ id, title, outOf, points, state }))).toEqual(
      Object.entries(lesson).map(([id, { title, points: outOf }]) => ({
        ...{ id, title, outOf },
        ...{ points: 0, state: "not run" },
      })),
    );
    expect(total(found)).toEqual({ points: 0, outOf: 100 });
    for (const { id, cell } of found) {
      expect(notebook.cells[cell]!.cell_type).toBe("markdown");
      expect(joinLines(notebook.cells[cell]!.source)).toContain(`Exercise ${id}`);
    }
  });

  it("stand where arl check says, whatever was run", async () => {
    const ids = [...testCells(read(name)).keys()];
    const run = fc.record({
      status: fc.constantFrom("passed", "partly", "failed", "not yet", "interrupted", "error", "not run"),
      share: fc.constantFrom(0, 1 / 3, 0.5, 1),
    });
    const runs = fc.array(run, { minLength: ids.length, maxLength: ids.length });
    await fc.assert(
      fc.asyncProperty(runs, async (all) => {
        const notebook = read(name);
        const book = new ScoreBook();
        for (const [index, [id, cell]] of [...testCells(notebook)].entries()) {
          const { status, share } = all[index]!;
          if (status === "error") cell.outputs = [failure];
          else if (status !== "not run") cell.outputs = await outputsOf(book, id, status, share);
        }
        const found = standings(views(notebook));
        const scores = (await notebookScores(notebook))!;
        expect(found.map(({ id, title, points, outOf, state }) => [id, title, points, outOf, state])).toEqual(
          scores.exercises.map(({ id, title, points, outOf, status }) => [id, title, points, outOf, status]),
        );
        expect(total(found)).toEqual({ points: scores.points, outOf: scores.outOf });
      }),
      { numRuns: 20 },
    );
  });
});

describe("an exercise", () => {
  const title = "### Exercise 1.1 · The best guess without a tool (10 points)";
  const cell = (source: string, more: Partial<CellView> = {}): CellView => ({
    ...{ type: "code", source, metadata: {}, running: false, outputs: [] },
    ...more,
  });
  const test = 'await exercise("1.1", { blindGuess });';

  it("that runs again is worth what it was until it ends", async () => {
    const outputs = views({
      ...read(lessons[0]!),
      cells: [
        {
          ...{ cell_type: "code", id: "a", source: test, metadata: {}, execution_count: 1 },
          outputs: await outputsOf(new ScoreBook(), "1.1", "passed", 1),
        } as CodeCell,
      ],
    });
    const first = standings(outputs);
    expect(first).toMatchObject([{ points: 10, outOf: 10, state: "passed" }]);
    const again = standings([cell(test, { running: true })], first);
    expect(again).toMatchObject([{ points: 10, outOf: 10, state: "running" }]);
    expect(standings([cell(test, { outputs: [{ type: "error", data: {} }] })], again)).toMatchObject([
      { points: 0, outOf: 10, state: "error" },
    ]);
    expect(standings([cell(test)], again)).toMatchObject([{ points: 0, outOf: 10, state: "not run" }]);
    expect(standings([cell(test, { running: true })])).toMatchObject([{ points: 0, state: "running" }]);
  });

  it("is begun by its own heading alone, and by its test where there is none", () => {
    const heading = cell(title, { type: "markdown" });
    const other = cell("### Exercise 1.2 · Another", { type: "markdown" });
    expect(standings([heading, cell("1"), cell(test)])).toMatchObject([
      { cell: 0, title: "The best guess without a tool" },
    ]);
    expect(standings([heading, other, cell(test)])).toMatchObject([{ cell: 2, title: "" }]);
    expect(standings([cell(test, { type: "markdown" }), cell('preexercise("1.1")')])).toEqual([]);
  });

  it("takes nothing from outputs that are not its own or not what they should be", () => {
    const type = "application/vnd.agentic-rl.progress+json";
    const good = { id: "1.1", title: "T", points: 3, outOf: 10, status: "partly" };
    const state = (json: unknown) =>
      standings([cell(test, { outputs: [{ type: "execute_result", data: { [type]: json } }] })])[0]!.state;
    expect(state({ exercise: "1.1", exercises: [good] })).toBe("partly");
    const wrong = [
      { exercise: "1.2", exercises: [good] },
      { exercises: [good] },
      { exercise: "1.1", exercises: [null, { ...good, id: "1.2" }] },
      ...[{ points: "3" }, { points: NaN }, { outOf: -1 }, { title: null }, { status: "superb" }].map(
        (fault) => ({ exercise: "1.1", exercises: [{ ...good, ...fault }] }),
      ),
      ...[null, 3, "x", [], { exercise: "1.1", exercises: 1 }],
    ];
    for (const json of wrong) expect([json, state(json)]).toEqual([json, "not run"]);
  });
});

it("writes points as the cards do", () => {
  expect([pointsText(35, 100), pointsText(1 / 3, 1), pointsText(0, 10)]).toEqual([
    "35 of 100 points",
    "0.33 of 1 point",
    "0 of 10 points",
  ]);
});
