/** nbgrader's metadata of cells, schema 3: which are answers, which are tests, which are locked. */
import type { Cell } from "../../client/notebook.js";

export interface NbgraderMetadata {
  schema_version: number;
  /** Letters, digits, `-` and `_`; no other cell's. */
  grade_id: string;
  grade: boolean;
  solution: boolean;
  locked: boolean;
  task?: boolean;
  /** Of a graded cell. */
  points?: number;
  checksum?: string;
}

/** Of a cell that a learner writes in, and that tests elsewhere grade. */
export function answerMetadata(gradeId: string): NbgraderMetadata {
  return { grade: false, grade_id: gradeId, locked: false, schema_version: 3, solution: true, task: false };
}

/** Of a cell that grades, and that nobody changes. */
export function testMetadata(gradeId: string, points: number): NbgraderMetadata {
  return {
    grade: true,
    grade_id: gradeId,
    locked: true,
    points,
    schema_version: 3,
    solution: false,
    task: false,
  };
}

/** A cell's metadata; `undefined` where it has none that can be read. */
export function nbgraderOf(cell: Cell): NbgraderMetadata | undefined {
  const { nbgrader } = cell.metadata;
  if (typeof nbgrader !== "object" || nbgrader === null) return undefined;
  const metadata = nbgrader as Partial<NbgraderMetadata>;
  return typeof metadata.grade_id === "string" ? (metadata as NbgraderMetadata) : undefined;
}

export const isGrade = (cell: Cell): boolean => nbgraderOf(cell)?.grade === true;
export const isSolution = (cell: Cell): boolean => nbgraderOf(cell)?.solution === true;

/** As nbgrader counts: whatever `locked` says, an answer never is and a test always is. */
export function isLocked(cell: Cell): boolean {
  return !isSolution(cell) && (isGrade(cell) || nbgraderOf(cell)?.locked === true);
}
