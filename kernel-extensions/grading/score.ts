/** Points so far: what `exercise` gives, what `points` shows, and what programs read. */
import { displaySymbol, inspectAs, type SyncDisplayable } from "../display/displayable.js";
import { escapeHtml } from "../display/text.js";
import { numberText } from "./checks/format.js";
import type { Lesson } from "./exercise.js";
import type { ExerciseReport, ExerciseStatus } from "./report.js";

/** The MIME type of a {@link LessonProgress}: an output that the Lab and `arl check` read. */
export const progressType = "application/vnd.agentic-rl.progress+json";

export interface ExerciseProgress {
  id: string;
  title: string;
  points: number;
  outOf: number;
  /** "not run" until its test cell has run in this session. */
  status: ExerciseStatus | "not run";
}

/** Where a lesson stands, in this session of the kernel. */
export interface LessonProgress {
  lesson: string;
  /** The exercise whose run made this output; absent where points are only shown. */
  exercise?: string;
  points: number;
  outOf: number;
  exercises: ExerciseProgress[];
}

/** The results of a session by exercise, newest only. */
export class ScoreBook {
  readonly #reports = new Map<string, ExerciseReport>();

  enter(report: ExerciseReport): void {
    this.#reports.set(report.id, report);
  }

  /** The lessons of which an exercise was run, in order. */
  get lessons(): string[] {
    return [...new Set([...this.#reports.keys()].map((id) => id.split(".", 1)[0]!))].sort(
      (a, b) => Number(a) - Number(b),
    );
  }

  progress(number: string, lesson: Lesson, exercise?: string): LessonProgress {
    const exercises = Object.entries(lesson).map(([id, { title, points }]): ExerciseProgress => {
      const report = this.#reports.get(id);
      const { status = "not run", points: given = 0 } = report ?? {};
      return { id, title, points: given, outOf: points, status };
    });
    const sum = (field: "points" | "outOf") => exercises.reduce((total, entry) => total + entry[field], 0);
    return {
      lesson: number,
      ...(exercise !== undefined && { exercise }),
      ...{ points: sum("points"), outOf: sum("outOf"), exercises },
    };
  }
}

/** What running an exercise gives: its points, and as a cell's value where the lesson stands. */
export interface Score extends SyncDisplayable {
  readonly id: string;
  readonly points: number;
  readonly outOf: number;
  readonly status: ExerciseStatus;
}

/**
 * nbgrader reads a result's text as the points of its cell, but takes 0 for "no number given", which it counts as
 * full marks. This rounds to 0 in its database and is none.
 */
const noPoints = "1e-9";

export function scoreOf(report: ExerciseReport, progress: LessonProgress): Score {
  const { id, points, outOf, status } = report;
  const line = `${pointsText(points, outOf)}; lesson ${progress.lesson} so far: ${numberText(progress.points)} of ${numberText(progress.outOf)}`;
  const score: Score = {
    ...{ id, points, outOf, status },
    [displaySymbol]: () => ({
      "text/plain": points > 0 ? numberText(points) : noPoints,
      "text/html": `<div style="opacity:0.75">${escapeHtml(line)}</div>`,
      [progressType]: progress,
    }),
  };
  return inspectAs(score, () => line);
}

/** "12 of 20 points" */
export function pointsText(points: number, outOf: number): string {
  return `${numberText(points)} of ${numberText(outOf)} point${outOf === 1 ? "" : "s"}`;
}
