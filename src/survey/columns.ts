/**
 * How one cell of a survey table is read: text in, a typed value out. A reader throws a plain `Error` that
 * says what is wrong with the cell; `read.ts` adds the file, the row and the column.
 */

/** A month as the tables write it, `YYYY-MM`. */
export type Month = string;

export interface Column<T> {
  /** The danfo dtype of this column in a frame. */
  readonly dtype: "string" | "int32" | "boolean";
  read(cell: string): T;
}

const column = <T>(dtype: Column<T>["dtype"], read: (cell: string) => T): Column<T> => ({ dtype, read });

const quoted = (values: readonly string[]) => values.map((value) => `"${value}"`).join(", ");

function matching(cell: string, pattern: RegExp, what: string): string {
  if (!pattern.test(cell)) throw new Error(`"${cell}" is not ${what}`);
  return cell;
}

/** The same column where an empty cell (no source says it) is `null`. */
export function optional<T>(inner: Column<T>): Column<T | null> {
  return column(inner.dtype, (cell) => (cell === "" ? null : inner.read(cell)));
}

/** Text that must be there. */
export const text = column("string", (cell) => {
  if (cell === "") throw new Error("the cell is empty");
  if (cell !== cell.trim()) throw new Error(`"${cell}" has space around it`);
  return cell;
});

/** The slug that joins every table to papers.csv: lower-case words joined by `-`. */
export const key = column("string", (cell) =>
  matching(cell, /^[a-z0-9]+(-[a-z0-9]+)*$/, "a key (lower-case letters, digits and single hyphens)"),
);

/** `YYYY-MM`. */
export const month = column<Month>("string", (cell) =>
  matching(cell, /^(19|20)\d\d-(0[1-9]|1[0-2])$/, "a month (YYYY-MM)"),
);

/** `YYMM.NNNN` (to 2014) or `YYMM.NNNNN`; text, because as a number 2310.10150 would lose its last digit. */
export const arxivId = column("string", (cell) =>
  matching(
    cell,
    /^(0[7-9]|1[0-4])(0[1-9]|1[0-2])\.\d{4}$|^(1[5-9]|[2-9]\d)(0[1-9]|1[0-2])\.\d{5}$/,
    "an arXiv id (YYMM.NNNNN, four digits after the point before 2015)",
  ),
);

/** The month an arXiv id was given out: `2310.10150` → `2023-10`. */
export const arxivMonth = (id: string): Month => `20${id.slice(0, 2)}-${id.slice(2, 4)}`;

/** An http(s) address without spaces. */
export const link = column("string", (cell) => {
  if (/\s/.test(cell) || !/^https?:\/\//.test(cell) || !URL.canParse(cell)) {
    throw new Error(`"${cell}" is not an http(s) address`);
  }
  return cell;
});

/** A section number of the survey (`3`, `4.2`, `5.1.1`); text, because 4.10 is not 4.1. */
export const section = column("string", (cell) => matching(cell, /^\d+(\.\d+)*$/, "a section number"));

/** A numbered table or figure of the survey, or its reference list. */
export const printedPlace = column("string", (cell) =>
  matching(cell, /^(Table|Figure) [1-9]\d*$|^References$/, '"Table N", "Figure N" or "References"'),
);

/** A whole number, zero or more. */
export const integer = column("int32", (cell) => Number(matching(cell, /^\d+$/, "a whole number")));

/** A calendar year. */
export const year = column("int32", (cell) => Number(matching(cell, /^(19|20)\d\d$/, "a year (YYYY)")));

/** One of a fixed set of words. */
export function oneOf<const V extends string>(...values: V[]): Column<V> {
  const known = new Map<string, V>(values.map((value) => [value, value]));
  return column("string", (cell) => {
    const found = known.get(cell);
    if (found === undefined) throw new Error(`"${cell}" is none of ${quoted(values)}`);
    return found;
  });
}

function flag(yes: string, no: string): Column<boolean> {
  return column("boolean", (cell) => {
    if (cell !== yes && cell !== no) throw new Error(`"${cell}" is neither "${yes}" nor "${no}"`);
    return cell === yes;
  });
}

export const trueFalse = flag("true", "false");
export const yesNo = flag("yes", "no");

/** Several different values in one cell, joined by `;`. An empty cell is an empty list. In a frame it stays one text. */
export function listOf<T>(item: Column<T>): Column<T[]> {
  return column("string", (cell) => {
    if (cell === "") return [];
    if (!cell.includes(";")) return [item.read(cell)];
    const parts = cell.split(";");
    const twice = parts.find((part, index) => parts.indexOf(part) !== index);
    if (twice !== undefined) throw new Error(`the list has "${twice}" twice`);
    return parts.map((part) => item.read(part));
  });
}

export const list = listOf(text);
export const integers = listOf(integer);
