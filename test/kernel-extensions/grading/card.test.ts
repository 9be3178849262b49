/** What a learner, a screen reader, nbgrader and a program see of a report. */
import { describe, expect, it } from "vitest";
import { displaySymbol } from "../../../kernel-extensions/display/displayable.js";
import { cardBundle } from "../../../kernel-extensions/grading/card.js";
import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import type {
  CheckReport,
  ExerciseReport,
  ExerciseStatus,
} from "../../../kernel-extensions/grading/report.js";
import { progressType, ScoreBook, scoreOf } from "../../../kernel-extensions/grading/score.js";

const failed: CheckReport = {
  ...{ title: "any <b>odds</b>", points: 0, outOf: 5, status: "failed", hint: "multiply & add" },
  failure: { what: "the result is not right", call: "f([1])", expected: "1", got: '"<script>"' },
};
const passed: CheckReport = { title: "first", points: 3, outOf: 3, status: "passed" };
const report = (status: ExerciseStatus, checks: CheckReport[]): ExerciseReport => ({
  ...{ id: "1.1", title: "Guess", status, checks },
  points: checks.reduce((sum, { points }) => sum + points, 0),
  outOf: checks.reduce((sum, { outOf }) => sum + outOf, 0),
});

describe("the card", () => {
  it("says in text which checks passed, and why the others did not", () => {
    expect(cardBundle(report("partly", [passed, failed]))["text/plain"]).toBe(
      [
        "Exercise 1.1 · Guess: 3 of 8 points (some checks passed)",
        "  ✓ first: 3 of 3 points",
        "  ✗ any <b>odds</b>: 0 of 5 points",
        "      The result is not right.",
        "      call: f([1])",
        "      expected: 1",
        '      got: "<script>"',
        "      hint: multiply & add",
      ].join("\n"),
    );
  });

  it("says the same in HTML, in which nothing of an answer is markup", () => {
    const html = String(cardBundle(report("partly", [passed, failed]))["text/html"]);
    for (const text of [
      "any &lt;b&gt;odds&lt;/b&gt;",
      "&quot;&lt;script&gt;&quot;",
      "multiply &amp; add",
      "f([1])",
    ]) {
      expect(html).toContain(text);
    }
    expect(html).not.toMatch(/<script|<b>|\son\w+=/);
    expect(html).toContain('aria-label="Exercise 1.1: 3 of 8 points, some checks passed"');
    // Every element that is opened is closed.
    const open: string[] = [];
    for (const [, slash, name] of html.matchAll(/<(\/?)([a-z]+)[^>]*>/g)) {
      if (slash) expect(open.pop()).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
  });

  it("of an untouched exercise is one line; of one under way it has a bar", () => {
    const notYet: CheckReport = { title: "first", points: 0, outOf: 3, status: "not yet" };
    expect(cardBundle(report("not yet", [notYet]))["text/plain"]).toMatch(
      /^Exercise 1\.1 · Guess: 0 of 3 points \(not yet: .*\)$/,
    );
    const progress = { share: 0.25, note: "seed 1 of 2" };
    const running: CheckReport = { title: "learns", points: 0, outOf: 3, status: "running", progress };
    const bundle = cardBundle(report("running", [running]));
    expect(bundle["text/html"]).toContain('max="100" value="25"');
    expect(bundle["text/plain"]).toContain("seed 1 of 2");
  });
});

describe("a score", () => {
  const exercise = (points: number) =>
    defineExercise<object>({ title: "Guess", checks: [check("x", points, () => undefined, "")], wrong: {} });
  const lesson = { "1.1": exercise(8), "1.2": exercise(92) };

  it("is a float to nbgrader, never 0, which would be full marks to it", () => {
    for (const [checks, told] of [
      [[passed, failed], 3],
      [[failed], 1e-9],
    ] as const) {
      const book = new ScoreBook();
      const now = report("partly", [...checks]);
      book.enter(now);
      const text = scoreOf(now, book.progress("1", lesson, "1.1"))[displaySymbol]()["text/plain"];
      expect(Number(text)).toBe(told);
    }
  });

  it("tells programs where the lesson stands", () => {
    const book = new ScoreBook();
    book.enter(report("failed", [failed]));
    const now = report("partly", [passed, failed]);
    book.enter(now);
    const bundle = scoreOf(now, book.progress("1", lesson, "1.1"))[displaySymbol]();
    expect(bundle[progressType]).toEqual({
      ...{ lesson: "1", exercise: "1.1", points: 3, outOf: 100 },
      exercises: [
        { id: "1.1", title: "Guess", points: 3, outOf: 8, status: "partly" },
        { id: "1.2", title: "Guess", points: 0, outOf: 92, status: "not run" },
      ],
    });
    expect(bundle["text/html"]).toContain("3 of 8 points; lesson 1 so far: 3 of 100");
    expect(book.lessons).toEqual(["1"]);
  });
});
