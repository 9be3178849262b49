/** Cells as text: numbers of a column alike, everything else short and on one line. */
import { inspect } from "node:util";

export interface CellText {
  text: string;
  /** Stands for a value that is not there: `null`, NaN. */
  faint: boolean;
}

/** A column made ready to print. */
export interface Column {
  /** Numbers, big integers and gaps only: to be aligned on the right. */
  numeric: boolean;
  cells: CellText[];
}

const smallest = 1e-4;
const largest = 1e15;

/**
 * @param precision digits after the decimal point. Default: as many as the column's numbers need, at most
 *   four; very small and very large numbers keep four digits wherever they are.
 */
export function formatColumn(values: readonly unknown[], precision: number | undefined): Column {
  const filled = values.filter((value) => value !== undefined && value !== null);
  const numeric =
    filled.length > 0 && filled.every((value) => typeof value === "number" || typeof value === "bigint");
  const needed = filled.reduce<number>((most, value) => Math.max(most, neededDigits(value)), 0);
  const whole = filled.every(
    (value) => typeof value !== "number" || !Number.isFinite(value) || Number.isInteger(value),
  );
  const digits = whole ? 0 : (precision ?? needed);
  return { numeric, cells: values.map((value) => formatCell(value, digits)) };
}

function formatCell(value: unknown, digits: number): CellText {
  switch (typeof value) {
    case "undefined":
      return { text: "", faint: false };
    case "string":
      return { text: value, faint: false };
    case "bigint":
      return { text: String(value), faint: false };
    case "number":
      return { text: formatNumber(value, digits), faint: Number.isNaN(value) };
  }
  if (value === null) return { text: "null", faint: true };
  if (value instanceof Date) return { text: formatDate(value), faint: false };
  const text = inspect(value, {
    depth: 1,
    breakLength: Infinity,
    compact: true,
    maxArrayLength: 8,
    maxStringLength: 100,
  });
  return { text, faint: false };
}

function formatNumber(value: number, digits: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "-∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < smallest || size >= largest) && !Number.isSafeInteger(value)) {
    return String(Number(value.toPrecision(4)));
  }
  const text = value.toFixed(digits);
  return /^-0(?:\.0*)?$/.test(text) ? text.slice(1) : text;
}

/** Decimals of a number as it is written by {@link formatNumber}, up to four. */
function neededDigits(value: unknown): number {
  if (typeof value !== "number" || !Number.isFinite(value)) return 0;
  const size = Math.abs(value);
  if (size < smallest || size >= largest) return 0;
  return (/\.(\d*?)0*$/.exec(value.toFixed(4))?.[1] ?? "").length;
}

/** Midnight in UTC is a day, anything else a moment. */
function formatDate(date: Date): string {
  return Number.isNaN(date.getTime()) ? "Invalid Date" : date.toISOString().replace("T00:00:00.000Z", "");
}
