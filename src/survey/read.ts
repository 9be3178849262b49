/** From the bytes of a CSV file to typed rows, with errors that name file, row and column. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { nearest } from "../nearest.js";
import { requireOneOf } from "./arguments.js";
import { arxivMonth, type Column } from "./columns.js";
import { surveyDirectory } from "./directory.js";
import { tableNames, type TableName, type Tables } from "./rows.js";
import { schemas, type Schema } from "./schema.js";

/** A fault in the data. Rows are numbered as a spreadsheet numbers them: the header is row 1. */
export class SurveyDataError extends Error {
  override readonly name = "SurveyDataError";
  /** What is wrong, without the place; on one line. */
  readonly what: string;

  constructor(
    readonly file: string,
    readonly row: number | undefined,
    readonly column: string | undefined,
    what: string,
  ) {
    const place = [file, row && `row ${String(row)}`, column && `column ${quoted(column)}`].filter(Boolean);
    super(`${place.join(", ")}: ${shortened(what)}`);
    this.what = shortened(what);
  }
}

const quoted = (text: string) => `"${shortened(text)}"`;

/** A cell may hold line breaks, or by a slip half of the file: an error is one line of some length. */
function shortened(text: string): string {
  const line = text.replaceAll(/[\r\n\t]+/g, " ");
  return line.length <= 300 ? line : `${line.slice(0, 140)} … ${line.slice(-140)}`;
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
  /** Whether some cell has U+FFFD: what bytes that are no UTF-8 become. */
  readonly damaged: boolean;
}

/** The little of papaparse (which danfo parses with too) that is used here. */
interface Papaparse {
  parse(text: string, config: typeof dialect): Parsed;
}

interface Parsed {
  data: string[][];
  errors: { message: string; index?: number }[];
}

const dialect = { delimiter: ",", newline: "\n", skipEmptyLines: false };

const papaparse = () => createRequire(import.meta.url)("papaparse") as Papaparse;

/** Without a byte order mark, its line ends `\n`: with mixed ends papaparse would join rows. */
const plainText = (source: string) => source.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n");

/**
 * Parses RFC 4180 text: quoted fields may hold commas, doubled quotes and line breaks. A byte order mark and
 * CRLF line ends are accepted.
 * What is wrong with the quotes is thrown; rows of another length than the header's are left to {@link inspect}.
 */
export function parseCsv(source: string, file: string): RawTable {
  const text = plainText(source);
  const { data, errors } = papaparse().parse(text, dialect);
  const [error] = errors;
  if (error) {
    // `index` is where the quoted cell begins: what stands before it says in which row and column.
    const before = papaparse().parse(text.slice(0, Math.max(0, (error.index ?? 1) - 1)), dialect).data;
    const column = before.length < 2 ? undefined : data[0]?.[before.at(-1)!.length - 1];
    const what = error.message.startsWith("Quoted field unterminated")
      ? 'Quoted field unterminated: a cell begins with " and no " ends it'
      : `${error.message}: a quote inside a quoted cell is written twice`;
    throw new SurveyDataError(file, Math.max(1, before.length), column, what);
  }
  if (data.at(-1)?.length === 1 && data.at(-1)?.[0] === "") data.pop();
  const [header, ...cells] = data;
  if (!header) throw new SurveyDataError(file, undefined, undefined, "the file is empty");
  return { file, header, cells, damaged: text.includes("\uFFFD") };
}

/** The rows of a table that can be read, with the numbers they have in the file, and all that is wrong with it. */
export interface Inspected<Row> {
  rows: Row[];
  /** The number of each of `rows` in the file: the header is row 1. */
  numbers: number[];
  /** By row: the header's faults first, then each row's, then what repeats. */
  faults: SurveyDataError[];
}

/** Every cell through its column's reader, then the checks across cells and rows. */
export function inspect<Row extends object>(raw: RawTable, schema: Schema<Row>): Inspected<Row> {
  const { file, header, cells } = raw;
  const faults = headerFaults(raw, Object.keys(schema.columns));
  if (faults.length > 0) return { rows: [], numbers: [], faults };
  const names = header as (keyof Row & string)[];
  const readers = names.map((name) => schema.columns[name]);
  const blank = blankOf<Row>(names);
  const rows: Row[] = [];
  const numbers: number[] = [];
  for (const [index, row] of cells.entries()) {
    const number = index + 2;
    if (row.length !== header.length) {
      faults.push(ragged(raw, schema, row, number));
      continue;
    }
    const record = raw.damaged ? undefined : sound(row, blank, names, readers);
    const found = record ? [] : cellFaults(raw, row, number, readers);
    const wrongDate = record && dateFault(record, file, number);
    if (wrongDate) found.push(wrongDate);
    faults.push(...found);
    if (found.length > 0) continue;
    rows.push(record ?? sound(row, blank, names, readers)!);
    numbers.push(number);
  }
  return { rows, numbers, faults: [...faults, ...schema.unique.flatMap((group) => repeats(raw, group))] };
}

/**
 * What every record of a table is copied from. An object that gets more than a dozen properties one by one becomes
 * a hash table in V8: five times as large and slow to copy for its collector. One that JSON gave has them in place.
 */
const blankOf = <Row extends object>(names: readonly (keyof Row)[]) =>
  JSON.parse(JSON.stringify(Object.fromEntries(names.map((name) => [name, null])))) as Record<
    keyof Row,
    null
  >;

/** A row read, or `undefined` when some cell is wrong: most rows are sound, and need no report cell by cell. */
function sound<Row extends object>(
  row: readonly string[],
  blank: Readonly<Record<keyof Row, null>>,
  names: readonly (keyof Row)[],
  readers: readonly Column<Row[keyof Row]>[],
): Row | undefined {
  const record = { ...blank } as Partial<Row>;
  try {
    for (let position = 0; position < names.length; position++) {
      record[names[position]!] = readers[position]!.read(row[position]!);
    }
  } catch {
    return undefined;
  }
  return record as Row;
}

function cellFaults(
  { file, header }: RawTable,
  row: readonly string[],
  number: number,
  readers: readonly Column<unknown>[],
): SurveyDataError[] {
  return row.flatMap((cell, position) => {
    try {
      if (cell.includes("\uFFFD")) throw new Error(`"${cell}" has bytes that are not UTF-8 text`);
      readers[position]!.read(cell);
      return [];
    } catch (error) {
      return [new SurveyDataError(file, number, header[position], (error as Error).message)];
    }
  });
}

/** The rows, or the first fault thrown. */
export function readRows<Row extends object>(raw: RawTable, schema: Schema<Row>): Row[] {
  const { rows, faults } = inspect(raw, schema);
  if (faults.length > 0) throw faults[0]!;
  return rows;
}

function headerFaults(
  { file, header }: Pick<RawTable, "file" | "header">,
  columns: readonly string[],
): SurveyDataError[] {
  if (header.some((column) => /[\uFFFD\0]/.test(column))) {
    return [new SurveyDataError(file, 1, undefined, "the file is not UTF-8 text")];
  }
  const faults: SurveyDataError[] = [];
  for (const column of columns) {
    if (header.includes(column)) continue;
    faults.push(new SurveyDataError(file, 1, column, "the column is missing"));
  }
  for (const [index, column] of header.entries()) {
    if (header.indexOf(column) !== index) {
      faults.push(new SurveyDataError(file, 1, column, "the column appears twice"));
    } else if (!columns.includes(column)) {
      const near = nearest(column, columns);
      const hint = near === undefined ? "" : `; did you mean "${near}"?`;
      faults.push(new SurveyDataError(file, 1, column, `the column is not known${hint}`));
    }
  }
  return faults;
}

/** Characters of a file that are read at a time. */
const portion = 1 << 20;

/**
 * The rows of a file without a fault; `undefined` where there is one, which {@link inspect} then names. It keeps no
 * cells: a portion's are gone before the next is read, which is what makes large files quick.
 */
export function soundRows<Row extends object>(
  source: string,
  schema: Schema<Row>,
  characters = portion,
): { header: string[]; rows: Row[] } | undefined {
  const text = plainText(source);
  if (text.includes("\uFFFD")) return undefined;
  let header: string[] | undefined;
  let [names, readers]: [(keyof Row & string)[], Column<Row[keyof Row]>[]] = [[], []];
  let blank: Readonly<Record<keyof Row, null>> | undefined;
  let unique: UniqueGroup[] = [];
  const rows: Row[] = [];
  const take = (cells: string[]): boolean => {
    if (!header || !blank) {
      header = cells;
      if (headerFaults({ file: "", header }, Object.keys(schema.columns)).length > 0) return false;
      names = header as (keyof Row & string)[];
      readers = names.map((name) => schema.columns[name]);
      blank = blankOf<Row>(names);
      unique = schema.unique.map((group) => new UniqueGroup(cells, group));
      return true;
    }
    if (cells.length !== header.length) return false;
    const record = sound(cells, blank, names, readers);
    if (!record || dateFault(record, "", 0)) return false;
    for (const group of unique) if (!group.add(cells)) return false;
    rows.push(record);
    return true;
  };
  for (const part of portions(text, characters)) {
    const { data, errors } = papaparse().parse(part, dialect);
    if (part.endsWith("\n")) data.pop();
    if (errors.length > 0 || !data.every(take)) return undefined;
  }
  return header && { header, rows };
}

/** The text in parts of at least so many characters, each of whole rows: its quotes come in pairs. */
function* portions(text: string, characters: number): Generator<string> {
  let quote = text.indexOf('"');
  for (let [begin, end] = [0, 0]; begin < text.length; begin = end) {
    let quoted = false;
    do {
      const line = text.indexOf("\n", Math.max(end, begin + characters));
      end = line < 0 ? text.length : line + 1;
      for (; quote >= 0 && quote < end; quote = text.indexOf('"', quote + 1)) quoted = !quoted;
    } while (quoted && end < text.length);
    yield text.slice(begin, end);
  }
}

/** The values of some columns together, which no two rows share; rows that have none of them may. */
class UniqueGroup {
  readonly #positions: number[];
  readonly #seen = new Set<string>();
  readonly #nothing: string;

  constructor(header: readonly string[], columns: readonly string[]) {
    this.#positions = columns.map((column) => header.indexOf(column));
    this.#nothing = this.idOf(header.map(() => ""));
  }

  /** The values as one text; no cell of a table has the character that joins them. */
  idOf(row: readonly string[]): string {
    const [only] = this.#positions;
    return this.#positions.length === 1
      ? row[only!]!
      : this.#positions.map((position) => row[position]).join("\0");
  }

  /** @returns false for a row whose values an earlier one had. */
  add(row: readonly string[]): boolean {
    const id = this.idOf(row);
    if (id === this.#nothing) return true;
    const { size } = this.#seen;
    return this.#seen.add(id).size > size;
  }
}

/** A row of another length than the header's. Where it is longer, the first cell that does not fit is named. */
function ragged<Row>(
  { file, header }: RawTable,
  schema: Schema<Row>,
  row: readonly string[],
  number: number,
) {
  const what = `${String(row.length)} cells where the header has ${String(header.length)}`;
  if (row.length < header.length) return new SurveyDataError(file, number, undefined, what);
  const misfit = header.find((column, index) => {
    try {
      schema.columns[column as keyof Row].read(row[index]!);
      return false;
    } catch {
      return true;
    }
  });
  const hint = "; a cell with a comma stands between quotes";
  return new SurveyDataError(file, number, misfit ?? header.at(-1), what + hint);
}

/** A work's month is its arXiv id's wherever both are given. */
function dateFault(row: { arxiv_id?: unknown; date?: unknown }, file: string, number: number) {
  if (typeof row.arxiv_id !== "string" || typeof row.date !== "string") return undefined;
  const expected = arxivMonth(row.arxiv_id);
  if (row.date === expected) return undefined;
  const what = `"${row.date}" is not the month of arXiv ${row.arxiv_id} (${expected})`;
  return new SurveyDataError(file, number, "date", what);
}

/** Rows that have the values of an earlier row in all columns of a group. */
function repeats({ file, header, cells }: RawTable, columns: readonly string[]): SurveyDataError[] {
  const group = new UniqueGroup(header, columns);
  const faults: SurveyDataError[] = [];
  for (const [index, row] of cells.entries()) {
    if (row.length !== header.length || group.add(row)) continue;
    const id = group.idOf(row);
    const first = cells.findIndex((other) => other.length === header.length && group.idOf(other) === id) + 2;
    const what = `"${id.replaceAll("\0", " / ")}" is already in row ${String(first)}`;
    faults.push(new SurveyDataError(file, index + 2, columns.join("+"), what));
  }
  return faults;
}

/** A table's text. Throws a {@link SurveyDataError} when the file is missing or its quotes are wrong. */
export async function readTable(name: TableName, options: ReadOptions = {}): Promise<RawTable> {
  const { text, file } = await readText(name, options);
  return parseCsv(text, file);
}

async function readText(name: TableName, options: ReadOptions): Promise<{ text: string; file: string }> {
  const file = join(options.directory ?? surveyDirectory(), `${name}.csv`);
  try {
    // Bytes that are no UTF-8 become U+FFFD, by which inspect() finds the cell.
    return { text: (await readFile(file)).toString("utf8"), file };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const what = missing ? "the file is missing" : (error as Error).message;
    throw new SurveyDataError(file, undefined, undefined, what);
  }
}

/** A table's columns in the file's order, and its rows. @throws SurveyDataError for the first fault. */
export async function readRecords<T extends TableName>(
  name: T,
  options: ReadOptions = {},
): Promise<{ header: readonly string[]; rows: Tables[T][] }> {
  const { text, file } = await readText(name, options);
  const schema: Schema<Tables[T]> = schemas[name];
  const read = soundRows(text, schema);
  if (read) return read;
  const raw = parseCsv(text, file);
  return { header: raw.header, rows: readRows(raw, schema) };
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
  return (await readRecords(name, options)).rows;
}
