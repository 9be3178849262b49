/** Which cells of a lesson belong to which exercise. */
import { isCodeCell, joinLines, type CodeCell, type Notebook } from "../../client/notebook.js";
import { ReleaseError } from "./error.js";
import { hasSolution } from "./regions.js";

export interface ExerciseCells {
  id: string;
  /** With a solution each, in order. */
  answers: CodeCell[];
  /** Calls `exercise`. */
  test: CodeCell;
}

const call = /\bexercise\(\s*["'`]([\w.-]+)["'`]/g;

/**
 * The exercises of a solved lesson, in order: the cells with solutions belong to the next test cell.
 * @throws ReleaseError for an exercise without a solution, a solution without an exercise, two exercises in a cell
 */
export function exerciseCells(notebook: Notebook): ExerciseCells[] {
  const found: ExerciseCells[] = [];
  let answers: CodeCell[] = [];
  for (const cell of notebook.cells.filter(isCodeCell)) {
    const source = joinLines(cell.source);
    const ids = testedIn(source);
    const where = `cell ${cell.id ?? "without an id"}`;
    if (ids.length > 1)
      throw new ReleaseError(`${where} tests ${ids.join(" and ")}: give each a cell of its own`);
    if (hasSolution(source)) {
      if (ids.length > 0)
        throw new ReleaseError(`${where} has a solution and its test: give each a cell of its own`);
      answers.push(cell);
    }
    const [id] = ids;
    if (id === undefined) continue;
    if (found.some((other) => other.id === id)) throw new ReleaseError(`${where} tests ${id} a second time`);
    if (answers.length === 0) throw new ReleaseError(`${where}: no solution stands before the test of ${id}`);
    found.push({ id, answers, test: cell });
    answers = [];
  }
  const [left] = answers;
  if (left)
    throw new ReleaseError(`cell ${left.id ?? "without an id"} has a solution that no exercise tests`);
  return found;
}

/** The ids of the exercises that a cell's code runs. */
export function testedIn(source: string): string[] {
  return [...source.matchAll(call)].map((match) => match[1]!);
}
