/** Exercises in a notebook: what a lesson's cells call. */
import { display, toBundle, type DisplayHandle } from "../display/display.js";
import { displaySymbol, inspectAs, type SyncDisplayable } from "../display/displayable.js";
import { cellSignal, inKernel } from "../display/interaction.js";
import { table } from "../display/table.js";
import { cardBundle } from "./card.js";
import type { Exercise } from "./exercise.js";
import { lessonOf, loadExercise, loadLesson, type AnswersOf, type ExerciseId } from "./lessons.js";
import { runExercise } from "./run.js";
import type { ExerciseReport } from "./report.js";
import { progressType, ScoreBook, scoreOf, type Score } from "./score.js";

const book = new ScoreBook();

/**
 * Checks your answers to an exercise, and shows a card: the points, which checks passed, and for each that did not
 * what was expected, what came instead, and a hint. As the cell's value it says where the lesson stands.
 *
 * ```ts
 * await exercise("1.1", { blindGuess });
 * ```
 *
 * An exercise whose answer still is `notYet()` or `blank()` says "not yet". Learning checks train, and show how far
 * they are; the stop button ends them.
 *
 * @param answers your functions and values, by the names that the exercise gives them
 * @throws RangeError when there is no such exercise
 */
export async function exercise<Id extends ExerciseId>(id: Id, answers: AnswersOf<Id>): Promise<Score> {
  const found = (await loadExercise(id)) as Exercise<object>;
  const signal = cellSignal();
  const card = new Card();
  const report = await withoutStderr(() =>
    runExercise(id, found, answers as object, { signal, onUpdate: (now) => card.show(now) }),
  ).finally(() => card.close());
  book.enter(report);
  const number = lessonOf(id);
  return scoreOf(report, book.progress(number, await loadLesson(number), id));
}

/** The points of this session, exercise by exercise, of each lesson of which one was checked. */
export async function points(): Promise<SyncDisplayable> {
  const numbers = book.lessons;
  const all = await Promise.all(
    numbers.map(async (number) => book.progress(number, await loadLesson(number))),
  );
  const rows = all.flatMap(({ exercises }) =>
    exercises.map(({ id, title, points, outOf, status }) => ({
      exercise: id,
      title,
      points,
      "out of": outOf,
      status,
    })),
  );
  const sum = (field: "points" | "outOf") => all.reduce((total, progress) => total + progress[field], 0);
  const caption =
    rows.length === 0 ? "No exercise was checked yet" : `${sum("points")} of ${sum("outOf")} points so far`;
  const bundle = await toBundle(table(rows, { caption }));
  const shown: SyncDisplayable = {
    // One lesson a notebook; with several, the last one's progress is what the page's own counter shows.
    [displaySymbol]: () => ({ ...bundle, ...(all.length > 0 && { [progressType]: all.at(-1) }) }),
  };
  return inspectAs(shown, () => String(bundle["text/plain"]));
}

/** The card below the cell, redrawn as the checks go on; in a plain program printed once, at the end. */
class Card {
  #handle: DisplayHandle | undefined;

  show(report: ExerciseReport): void {
    const bundle = cardBundle(report);
    if (this.#handle) this.#handle.update(bundle);
    else if (inKernel() || report.status !== "running") this.#handle = display(bundle);
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }
}

/** nbgrader gives no points to a cell that writes to stderr, and libraries warn there: for the while it is stdout. */
async function withoutStderr<T>(work: () => Promise<T>): Promise<T> {
  const { warn, error } = console;
  console.warn = console.error = (...values: unknown[]) => {
    console.log(...values);
  };
  try {
    return await work();
  } finally {
    Object.assign(console, { warn, error });
  }
}
