/** The scores in an executed notebook, read from its outputs. */
import { isCodeCell, joinLines, type CodeCell, type Notebook } from "../client/notebook.js";
import type { Lesson } from "./exercise.js";
import { lessonNumbers, lessonOf, loadLesson } from "./lessons.js";
import { isLocked } from "./nbgrader/metadata.js";
import { testedIn } from "./release/cells.js";
import { changedCells } from "./release/release.js";
import { progressType, type ExerciseProgress, type LessonProgress } from "./score.js";

export interface ExerciseScore extends Omit<ExerciseProgress, "status"> {
  status: ExerciseProgress["status"] | "error" | "missing";
  /** Why there are no points, where no check says so. */
  reason?: string;
}

export interface NotebookScores {
  points: number;
  outOf: number;
  exercises: ExerciseScore[];
  /** Locked cells (their `grade_id`) that are not as they were released: their points prove nothing. */
  changed: string[];
}

/** The scores of every exercise of the lessons that the notebook tests; `undefined` when it tests none. */
export async function notebookScores(executed: Notebook): Promise<NotebookScores | undefined> {
  const tests = new Map<string, CodeCell>();
  for (const cell of executed.cells.filter(isCodeCell)) {
    for (const id of testedIn(joinLines(cell.source))) tests.set(id, cell);
  }
  const numbers = [...new Set([...tests.keys()].map(lessonOf))].filter((number) =>
    lessonNumbers.includes(number),
  );
  if (numbers.length === 0) return undefined;
  const exercises: ExerciseScore[] = [];
  for (const number of numbers) {
    const lesson: Lesson = await loadLesson(number);
    for (const [id, { title, points }] of Object.entries(lesson)) {
      const base = { id, title, points: 0, outOf: points };
      const cell = tests.get(id);
      exercises.push(
        cell
          ? { ...base, ...outcomeOf(id, cell) }
          : { ...base, status: "missing", reason: "no cell tests it" },
      );
    }
  }
  const sum = (field: "points" | "outOf") => exercises.reduce((total, entry) => total + entry[field], 0);
  return {
    ...{ points: sum("points"), outOf: sum("outOf"), exercises },
    changed: changedCells(executed, isLocked),
  };
}

function outcomeOf(id: string, cell: CodeCell): Pick<ExerciseScore, "points" | "status" | "reason"> {
  for (const output of cell.outputs) {
    if (output.output_type === "error") {
      const message = output.evalue.split("\n", 1)[0];
      return { points: 0, status: "error", reason: `${output.ename}${message ? `: ${message}` : ""}` };
    }
    if (output.output_type !== "execute_result") continue;
    const progress = output.data[progressType] as LessonProgress | undefined;
    const entry = progress?.exercises.find((exercise) => exercise.id === id);
    if (progress?.exercise === id && entry) return { points: entry.points, status: entry.status };
  }
  return { points: 0, status: "not run" };
}
