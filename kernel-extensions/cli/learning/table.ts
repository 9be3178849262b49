/** Tables and numbers of a terminal's fixed width. */
import { valueText } from "../../../src/figures/metrics.js";
import type { Interval } from "../../../src/statistics.js";

/** Columns two spaces apart, as wide as their widest cell; no space at a line's end. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column]!))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** A share: ".97", "1.00" */
export const shareText = (value: number) => valueText(value, true);

/** ".95 to .98" */
export const intervalText = ({ low, high }: Interval) => `${shareText(low)} to ${shareText(high)}`;

/** No longer than `width`; what is left out is marked. */
export function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1).trimEnd()}…`;
}
