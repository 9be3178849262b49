/** Learners' copies of solved lessons. */
import { isCodeCell, joinLines, splitLines, type Cell, type Notebook } from "../../client/notebook.js";
import { checksum } from "../nbgrader/checksum.js";
import { isGrade, isLocked, isSolution, nbgraderOf } from "../nbgrader/metadata.js";
import { ReleaseError } from "./error.js";
import { cutHiddenTests, cutSolutions, hasSolution } from "./regions.js";

/** What a front end wrote down of a run. */
const ofRuns = ["execution", "collapsed", "scrolled"];

/**
 * The learners' copy: solutions cut out, hidden tests and outputs removed, tests locked, checksums computed. Releasing
 * a copy again changes nothing.
 *
 * @param solved with nbgrader's metadata: see {@link annotate}
 * @throws ReleaseError for a solution in a cell that is not marked as one: it would not be known as an answer
 */
export function release(solved: Notebook): Notebook {
  return { ...solved, cells: solved.cells.map(releaseCell) };
}

function releaseCell(cell: Cell): Cell {
  const source = joinLines(cell.source);
  if (hasSolution(source) && !isSolution(cell)) {
    throw new ReleaseError(`cell ${cell.id ?? "without an id"} has a solution but is not marked as one`);
  }
  const metadata = Object.fromEntries(Object.entries(cell.metadata).filter(([key]) => !ofRuns.includes(key)));
  const released: Cell = {
    ...cell,
    metadata,
    source: splitLines(cutHiddenTests(isSolution(cell) ? cutSolutions(source) : source)),
    ...(isCodeCell(cell) && { outputs: [], execution_count: null }),
  };
  const nbgrader = nbgraderOf(released);
  if (!nbgrader) return released;
  if (isGrade(released) || isSolution(released) || isLocked(released)) {
    metadata["deletable"] = false;
    if (isLocked(released)) metadata["editable"] = false;
    metadata["nbgrader"] = { ...nbgrader, checksum: checksum(released) };
  }
  return released;
}

/** A notebook's file as Jupyter writes it: keys sorted, one space of indentation. */
export function jupyterText(notebook: Notebook): string {
  return `${JSON.stringify(sorted(notebook), null, 1)}\n`;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** The cells of a learners' copy in which somebody has written: their source is not what was released. */
export function changedCells(copy: Notebook, which: (cell: Cell) => boolean): string[] {
  return copy.cells.flatMap((cell) => {
    const { checksum: released, grade_id } = nbgraderOf(cell) ?? {};
    return released !== undefined && which(cell) && checksum(cell) !== released ? [grade_id!] : [];
  });
}
