/** What every figure of the survey is: a Plotly figure that also says which rows it drew and which it did not. */
import { jupyterDisplay, type Figure } from "../figure.js";

/** Rows of a frame that a figure does not draw, and why. */
export interface LeftOut {
  readonly reason: string;
  readonly count: number;
  /** The rows' keys; of a row without one, its name. */
  readonly keys: readonly string[];
}

/** The account of one frame: `used` and the counts of `left` add up to `rows`. */
export interface RowsDrawn {
  /** The table, such as `evolution_tree`, or the part of it that belongs to the figure. */
  readonly frame: string;
  readonly rows: number;
  readonly used: number;
  readonly left: readonly LeftOut[];
}

/** A {@link Figure} with the account of its rows and the numbers behind it. */
export interface SurveyFigure extends Figure {
  /** One account a frame. */
  readonly rows: readonly RowsDrawn[];
  /** What is drawn, one line a mark, as RFC 4180 text with a header; it ends in a line break. */
  readonly csv: string;
}

/** @param records what is drawn, with the same fields each, in the order of the file's columns. */
export function surveyFigure(
  figure: Figure,
  rows: readonly RowsDrawn[],
  records: readonly Readonly<Record<string, CsvCell>>[],
): SurveyFigure {
  const { title, alt, data, layout } = figure;
  return {
    ...{ title, alt, data, layout, rows, csv: csvText(records) },
    [jupyterDisplay]: () => figure[jupyterDisplay](),
  };
}

/**
 * Parts a frame into the rows that are drawn and those that are not.
 *
 * @param reasonOf why a row is left out; `undefined` for one that is drawn.
 */
export function divide<Row>(
  frame: string,
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  reasonOf: (row: Row) => string | undefined = () => undefined,
): { drawn: Row[]; account: RowsDrawn } {
  const drawn: Row[] = [];
  const left = new Map<string, string[]>();
  for (const row of rows) {
    const reason = reasonOf(row);
    if (reason === undefined) drawn.push(row);
    else left.set(reason, [...(left.get(reason) ?? []), nameOf(row)]);
  }
  return {
    drawn,
    account: {
      ...{ frame, rows: rows.length, used: drawn.length },
      left: [...left].map(([reason, keys]) => ({ reason, count: keys.length, keys })),
    },
  };
}

export type CsvCell = string | number | boolean | null | readonly string[];

/** Lists are joined by `;`, as in the tables; `null` is an empty cell. */
function csvText(records: readonly Readonly<Record<string, CsvCell>>[]): string {
  const columns = Object.keys(records[0] ?? {});
  const lines = [columns, ...records.map((record) => columns.map((column) => cellText(record[column])))];
  return lines.map((cells) => `${cells.map(quoted).join(",")}\n`).join("");
}

const cellText = (cell: CsvCell | undefined) =>
  cell === null || cell === undefined ? "" : typeof cell === "object" ? cell.join(";") : String(cell);

const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
