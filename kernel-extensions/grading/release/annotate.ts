/** nbgrader's metadata for a solved lesson, from what its cells are. */
import type { Cell, Notebook } from "../../client/notebook.js";
import { answerMetadata, nbgraderOf, testMetadata, type NbgraderMetadata } from "../nbgrader/metadata.js";
import { exerciseCells } from "./cells.js";

/**
 * A copy in which the exercises' cells, and of ours no others, have their metadata: "2.3" is `exercise-2-3` (a second
 * cell to write in `exercise-2-3-b`) and `exercise-2-3-test`. Cells that others marked stay as they are.
 *
 * @param pointsOf an exercise's points
 * @throws ReleaseError as {@link exerciseCells}
 */
export function annotate(notebook: Notebook, pointsOf: (id: string) => number): Notebook {
  const marks = new Map<Cell, NbgraderMetadata>();
  for (const { id, answers, test } of exerciseCells(notebook)) {
    const name = `exercise-${id.replace(/[^a-zA-Z0-9_-]/g, "-")}`;
    answers.forEach((cell, index) => {
      marks.set(cell, answerMetadata(index === 0 ? name : `${name}-${letters[index] ?? index + 1}`));
    });
    marks.set(test, testMetadata(`${name}-test`, pointsOf(id)));
  }
  const cells = notebook.cells.map((cell) => {
    const mark = marks.get(cell);
    if (mark) return { ...cell, metadata: sorted({ ...cell.metadata, nbgrader: mark }) };
    if (!nbgraderOf(cell)?.grade_id.startsWith("exercise-")) return cell;
    const metadata = { ...cell.metadata };
    delete metadata["nbgrader"];
    return { ...cell, metadata };
  });
  return { ...notebook, cells };
}

const letters = "abcdefgh";

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
