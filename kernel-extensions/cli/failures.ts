/** What went wrong in the cells of an executed notebook: told on stderr, and in the notebook itself. */
import { stripVTControlCharacters } from "node:util";
import type { CellFailure } from "../client/execute-notebook.js";
import {
  isCodeCell,
  joinLines,
  tagsOf,
  type CodeCell,
  type ErrorOutput,
  type Notebook,
} from "../client/notebook.js";

/** The cells that a run executes, and by whose number it names them. */
export function executableCells(notebook: Notebook): CodeCell[] {
  return notebook.cells
    .filter(isCodeCell)
    .filter((cell) => joinLines(cell.source).trim() !== "" && !tagsOf(cell).includes("skip-execution"));
}

/** `cell 2 of 3`, or `cell 2 of 3, line 5` where its error says so. `number` counts from 1. */
export function placeOf(number: number, cells: CodeCell[]): string {
  const cell = cells[number - 1];
  const line = cell && lineOf(cell);
  return `cell ${number} of ${cells.length}${line === undefined ? "" : `, line ${line}`}`;
}

/** The innermost line of the cell itself in its error's traceback. */
function lineOf(cell: CodeCell): string | undefined {
  const traceback = stripVTControlCharacters(errorOf(cell)?.traceback.join("\n") ?? "");
  return new RegExp(`Cell \\[${cell.execution_count}\\]:(\\d+):\\d+`).exec(traceback)?.[1];
}

function errorOf(cell: CodeCell): ErrorOutput | undefined {
  return cell.outputs.findLast((output) => output.output_type === "error");
}

/** A line for every cell that raised an error it was not tagged for, and their count; empty when none did. */
export function allowedErrors(path: string, cells: CodeCell[], failure: CellFailure | undefined): string {
  const lines = cells.flatMap((cell, index) => {
    const error = errorOf(cell);
    // The cell that ended the run is told on its own.
    if (!error || index + 1 === failure?.cell || tagsOf(cell).includes("raises-exception")) return [];
    const message = error.evalue.split("\n", 1)[0];
    return [`${path}: ${placeOf(index + 1, cells)}: ${error.ename}${message ? `: ${message}` : ""}\n`];
  });
  if (lines.length === 0) return "";
  return `${lines.join("")}${path}: ${lines.length} of ${cells.length} cells failed, and --allow-errors went on\n`;
}

/** Writes into the outputs of a cell that took too long, that it was stopped and by what. */
export function tellTimeout(cell: CodeCell | undefined, limitMs: number): void {
  if (!cell) return;
  const told = `stopped after ${limitMs / 1000} s (--timeout)`;
  const error = errorOf(cell);
  if (!error) {
    cell.outputs.push({
      output_type: "error",
      ename: "Timeout",
      evalue: told,
      traceback: [`Timeout: ${told}`],
    });
    return;
  }
  error.evalue = error.evalue ? `${error.evalue}: ${told}` : told;
  error.traceback = [...error.traceback, told];
}
