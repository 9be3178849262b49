/** nbgrader's checksum of a cell: instructors' tools see by it whether a locked cell was changed or an answer written. */
import { createHash } from "node:crypto";
import { joinLines, type Cell } from "../../client/notebook.js";
import { isGrade, isLocked, isSolution, nbgraderOf } from "./metadata.js";

/**
 * The md5 that nbgrader's `compute_checksum` gives (metadata schema 3), byte for byte: of source, cell type, the three
 * flags as Python prints them, the id and, of a graded cell, the points as Python prints a float.
 *
 * @throws TypeError for a cell without nbgrader's metadata
 */
export function checksum(cell: Cell): string {
  const metadata = nbgraderOf(cell);
  if (!metadata) throw new TypeError("checksum: the cell has no nbgrader metadata");
  const hash = createHash("md5").update(joinLines(cell.source)).update(cell.cell_type);
  for (const flag of [isGrade(cell), isSolution(cell), isLocked(cell)]) hash.update(flag ? "True" : "False");
  hash.update(metadata.grade_id);
  if (isGrade(cell)) hash.update(pythonFloat(metadata.points ?? 0));
  return hash.digest("hex");
}

/** A number as Python's `str(float(value))`: the shortest digits, as JavaScript's, written another way. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [digits, power] = value.toExponential().split("e") as [string, string];
  const exponent = Number(power);
  // Python writes an exponent below 1e-4 and from 1e16 on, of two digits at least.
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${digits}e${exponent < 0 ? "-" : "+"}${size}`;
  }
  // JavaScript's own text has an exponent only beyond these bounds.
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}
