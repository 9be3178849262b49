import { basename, dirname, resolve } from "node:path";
import { executeNotebook, type CellFailure } from "../client/execute-notebook.js";
import type { NotebookScores } from "../grading/scores.js";
import { CommandError, parse, UsageError, type Command } from "./command.js";
import { allowedErrors, executableCells, placeOf } from "./failures.js";
import { ownKernelSpec } from "./kernelspec/find.js";
import { textTable } from "./learning/table.js";
import { CellProgressLine } from "./progress.js";
import { readNotebook } from "./read-notebook.js";
import { withInterrupt } from "./run-notebook.js";

const help = `Usage: arl check NOTEBOOK… [options]

Runs each notebook in a fresh kernel and prints the points of its exercises. Cells that fail do not end it.
Nothing is written. What the notebook computes is trusted: it grades nobody who wants to cheat.

  --timeout SECONDS  how long one cell may take (default: 600)
  --json             print JSON

Exit code 0: full marks everywhere; 1: not, or a notebook could not be run to its end.
`;

interface Checked extends NotebookScores {
  notebook: string;
  /** Why it did not come to its end. */
  stopped?: string;
}

export const check: Command = {
  help,
  async run(args) {
    const { values, positionals } = parse(args, {
      timeout: { type: "string", default: "600" },
      json: { type: "boolean", default: false },
    });
    if (positionals.length === 0) throw new UsageError("name at least one notebook");
    const seconds = Number(values.timeout);
    if (!(seconds > 0 && seconds <= 1_000_000)) {
      throw new UsageError(`--timeout is a number of seconds, not ${values.timeout}`);
    }
    const checked = await withInterrupt(async (signal) => {
      const done: Checked[] = [];
      for (const path of positionals) {
        if (signal.aborted) break;
        done.push(await checkNotebook(path, seconds * 1000, signal));
        if (!values.json) process.stdout.write(page(done.at(-1)!));
      }
      return done;
    });
    if (values.json) process.stdout.write(`${JSON.stringify(checked, null, 2)}\n`);
    const full = checked.every(({ points, outOf, stopped }) => points === outOf && stopped === undefined);
    return full && checked.length === positionals.length ? 0 : 1;
  },
};

async function checkNotebook(path: string, cellTimeoutMs: number, signal: AbortSignal): Promise<Checked> {
  const notebook = await readNotebook(path);
  const { notebookScores } = await import("../grading/scores.js");
  // Before anything slow: a notebook without exercises has no points to print.
  if (!(await notebookScores(notebook)))
    throw new CommandError(`${path} has no exercises (arl run only runs it)`);
  const line = new CellProgressLine(basename(path, ".ipynb"));
  const failure = await executeNotebook(notebook, {
    ...{ spec: ownKernelSpec(), cwd: dirname(resolve(path)), cellTimeoutMs, allowErrors: true, signal },
    onProgress: (progress) => {
      line.show(progress);
    },
  });
  line.end();
  const cells = executableCells(notebook);
  process.stderr.write(allowedErrors(path, cells, failure));
  const stopped = failure && tell(failure, cells);
  if (stopped !== undefined) process.stderr.write(`${path}: ${stopped}\n`);
  const scores = (await notebookScores(notebook))!;
  for (const cell of scores.changed) {
    process.stderr.write(`${path}: the locked cell ${cell} was changed: its points prove nothing\n`);
  }
  return { notebook: path, ...scores, ...(stopped !== undefined && { stopped }) };
}

function tell(failure: CellFailure, cells: ReturnType<typeof executableCells>): string {
  return `${failure.cell === 0 ? "" : `${placeOf(failure.cell, cells)}: `}${failure.message}`;
}

function page({ notebook, points, outOf, exercises }: Checked): string {
  const rows = exercises.map((entry) => [
    entry.id,
    entry.title,
    `${entry.points} of ${entry.outOf}`,
    entry.reason ?? entry.status,
  ]);
  return `${notebook}\n${textTable([...rows, ["", "all", `${points} of ${outOf}`]])}`;
}
