/** One lesson, run in a fresh kernel and judged. */
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { ownKernelSpec } from "../../kernel-extensions/cli/kernelspec/find.js";
import { executeNotebook } from "../../kernel-extensions/client/execute-notebook.js";
import {
  isCodeCell,
  joinLines,
  parseNotebook,
  type Notebook,
} from "../../kernel-extensions/client/notebook.js";
import { readLesson, type Claim } from "../../kernel-extensions/lessons/lesson.js";
import { notebookScores } from "../../kernel-extensions/grading/scores.js";

export interface NotebookJob {
  file: string;
  /** A solved lesson, or a learner's copy. */
  solved: boolean;
  /** Instead of the seed in the notebook. */
  seed?: number;
}

export interface NotebookRun {
  name: string;
  seconds: number;
  /** The cells' seconds, by their ids. */
  cells: { id: string; seconds: number }[];
  /** In words. */
  verdict: string;
  failed: boolean;
  /** Of a solved lesson: what its prose claims, looked up in the outputs of this run. */
  claims: Claim[];
}

/** No cell of a lesson may take as long as this. */
const cellTimeoutMs = 600_000;

export async function runNotebook({ file, solved, seed }: NotebookJob): Promise<NotebookRun> {
  const name = `${solved ? "solutions/" : ""}${basename(file, ".ipynb")}${seed === undefined ? "" : `, seed ${seed}`}`;
  const notebook = parseNotebook(await readFile(file, "utf8"));
  if (seed !== undefined) reseed(notebook, seed, file);
  const ids = notebook.cells
    .filter((cell) => isCodeCell(cell) && joinLines(cell.source).trim() !== "")
    .map(({ id }) => id ?? "?");
  const cells: NotebookRun["cells"] = [];
  const began = performance.now();
  const failure = await executeNotebook(notebook, {
    ...{ spec: ownKernelSpec(), cwd: dirname(file), cellTimeoutMs, allowErrors: false },
    onProgress: ({ cell, state, elapsedMs }) => {
      if (state === "done") cells.push({ id: ids[cell - 1]!, seconds: elapsedMs / 1000 });
    },
  });
  const seconds = (performance.now() - began) / 1000;
  const outcome = failure
    ? { failed: true, verdict: `cell ${ids[failure.cell - 1] ?? "?"}: ${failure.message}` }
    : await judge(notebook, solved);
  const { claims } = solved ? readLesson(basename(file), notebook) : { claims: [] };
  return { name, seconds, cells, claims, ...outcome };
}

/** A lesson sets its seed in one place. */
function reseed(notebook: Notebook, seed: number, file: string): void {
  const place = /^(const seed = )\d+;/m;
  const cells = notebook.cells.filter((cell) => isCodeCell(cell) && place.test(joinLines(cell.source)));
  if (cells.length !== 1) {
    throw new RangeError(`${file}: "const seed = …;" stands in ${cells.length} cells, not in one`);
  }
  cells[0]!.source = joinLines(cells[0]!.source).replace(place, `$1${seed};`);
}

async function judge(notebook: Notebook, solved: boolean): Promise<{ failed: boolean; verdict: string }> {
  const scores = await notebookScores(notebook);
  if (!scores) return { failed: false, verdict: "no exercises" };
  const { points, outOf, exercises } = scores;
  if (solved) {
    const lost = exercises.filter((entry) => entry.points < entry.outOf).map(({ id }) => id);
    const verdict = `${points} of ${outOf} points${lost.length > 0 ? `, lost in ${lost.join(", ")}` : ""}`;
    return { failed: points < outOf, verdict };
  }
  const touched = exercises.filter(({ status }) => status !== "not yet").map(({ id }) => id);
  const verdict = touched.length === 0 ? "every exercise not yet" : `not "not yet": ${touched.join(", ")}`;
  return { failed: touched.length > 0 || points > 0, verdict };
}
