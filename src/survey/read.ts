/** From the bytes of a CSV file to typed rows, with errors that name file, row and column. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { requireOneOf } from "./arguments.js";
import { arxivMonth } from "./columns.js";
import { surveyDirectory } from "./directory.js";
import { tableNames, type TableName, type Tables } from "./rows.js";
import { schemas, type Schema } from "./schema.js";

/** A fault in the data. Rows are numbered as a spreadsheet numbers them: the header is row 1. */
export class SurveyDataError extends Error {
  override readonly name = "SurveyDataError";

  constructor(
    readonly file: string,
    readonly row: number | undefined,
    readonly column: string | undefined,
    what: string,
  ) {
    const place = [file, row && `row ${String(row)}`, column && `column "${column}"`].filter(Boolean);
    super(`${place.join(", ")}: ${what}`);
  }
}

export interface ReadOptions {
  /** The folder with the CSV files. Default: the package's `datasets/survey`. */
  directory?: string;
}

/** A table as text: what the columns are called and every cell as it stands in the file. */
export interface RawTable {
  /** The path errors name. */
  readonly file: string;
  readonly header: readonly string[];
  readonly cells: readonly (readonly string[])[];
}

/** The little of papaparse (which danfo parses with too) that is used here. */
interface Papaparse {
  parse(
    text: string,
    config: { delimiter: string; newline: string; skipEmptyLines: boolean },
  ): { data: string[][]; errors: { message: string; row?: number }[] };
}

/**
 * Parses RFC 4180 text: quoted fields may hold commas, doubled quotes and line breaks. A byte order mark and
 * CRLF line ends are accepted; `\r\n` becomes `\n` first, because with mixed ends papaparse would join rows.
 */
export function parseCsv(source: string, file: string): RawTable {
  const papaparse = createRequire(import.meta.url)("papaparse") as Papaparse;
  const { data, errors } = papaparse.parse(source.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n"), {
    delimiter: ",",
    newline: "\n",
    skipEmptyLines: false,
  });
  const [error] = errors;
  if (error) {
    throw new SurveyDataError(
      file,
      error.row === undefined ? undefined : error.row + 1,
      undefined,
      error.message,
    );
  }
  if (data.at(-1)?.length === 1 && data.at(-1)?.[0] === "") data.pop();
  const [header, ...cells] = data;
  if (!header) throw new SurveyDataError(file, undefined, undefined, "the file is empty");
  for (const [index, row] of cells.entries()) {
    if (row.length === header.length) continue;
    const what = `${String(row.length)} cells where the header has ${String(header.length)}`;
    throw new SurveyDataError(file, index + 2, undefined, what);
  }
  return { file, header, cells };
}

/** Every cell through its column's reader, then the checks across cells and rows. */
export function readRows<Row extends object>({ file, header, cells }: RawTable, schema: Schema<Row>): Row[] {
  const columns = Object.keys(schema.columns) as (keyof Row & string)[];
  for (const column of columns) {
    if (!header.includes(column)) throw new SurveyDataError(file, 1, column, "the column is missing");
  }
  for (const [index, column] of header.entries()) {
    if (header.indexOf(column) !== index)
      throw new SurveyDataError(file, 1, column, "the column appears twice");
    if (!(column in schema.columns)) throw new SurveyDataError(file, 1, column, "the column is not known");
  }
  const names = header as (keyof Row & string)[];
  const rows = cells.map((row, index) => {
    const record: Partial<Row> = {};
    for (const [position, column] of names.entries()) {
      try {
        record[column] = schema.columns[column].read(row[position]!);
      } catch (error) {
        throw new SurveyDataError(file, index + 2, column, (error as Error).message);
      }
    }
    checkDate(record, file, index + 2);
    return record as Row;
  });
  for (const group of schema.unique) checkUnique(file, header, cells, group);
  return rows;
}

/** A work's month is its arXiv id's wherever both are given. */
function checkDate(row: { arxiv_id?: unknown; date?: unknown }, file: string, number: number): void {
  if (typeof row.arxiv_id !== "string" || typeof row.date !== "string") return;
  const expected = arxivMonth(row.arxiv_id);
  if (row.date === expected) return;
  throw new SurveyDataError(
    file,
    number,
    "date",
    `"${row.date}" is not the month of arXiv ${row.arxiv_id} (${expected})`,
  );
}

function checkUnique(
  file: string,
  header: readonly string[],
  cells: RawTable["cells"],
  group: readonly string[],
) {
  const positions = group.map((column) => header.indexOf(column));
  const seen = new Map<string, number>();
  for (const [index, row] of cells.entries()) {
    const values = positions.map((position) => row[position]!);
    if (values.every((value) => value === "")) continue;
    const id = JSON.stringify(values);
    const first = seen.get(id);
    if (first !== undefined) {
      const shown = values.join(" / ");
      throw new SurveyDataError(
        file,
        index + 2,
        group.join("+"),
        `"${shown}" is already in row ${String(first)}`,
      );
    }
    seen.set(id, index + 2);
  }
}

/** A table's text. Throws a {@link SurveyDataError} when the file is missing or is not UTF-8. */
export async function readTable(name: TableName, options: ReadOptions = {}): Promise<RawTable> {
  const file = join(options.directory ?? surveyDirectory(), `${name}.csv`);
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new SurveyDataError(
      file,
      undefined,
      undefined,
      missing ? "the file is missing" : (error as Error).message,
    );
  }
  let source: string;
  try {
    source = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new SurveyDataError(file, undefined, undefined, "the file is not UTF-8 text");
  }
  return parseCsv(source, file);
}

/**
 * A table as typed records, fresh ones at every call.
 *
 * @example const papers = await rows("papers"); papers[0].capability // string[]
 * @throws SurveyDataError naming file, row and column when the data is not what `rows.ts` says.
 * @throws RangeError when there is no table of that name.
 */
export async function rows<T extends TableName>(name: T, options: ReadOptions = {}): Promise<Tables[T][]> {
  requireOneOf("rows()", "the table's name", name, tableNames);
  return readRows<Tables[T]>(await readTable(name, options), schemas[name]);
}
