/** One shape for everything that can be a table. */
import { isDisplayable, isObject, isPlainObject } from "./displayable.js";

/** A data frame or series, known by its fields (danfo's are such): danfo itself is slow to load. */
export interface Frame {
  readonly columns: readonly string[];
  /** Rows of cells; for a series, its values. */
  readonly values: readonly unknown[];
  readonly index: readonly (string | number)[];
}

/** What {@link table} takes: a frame, records, arrays of cells, single values, or a map. */
export type TableRows = Frame | readonly unknown[] | ReadonlyMap<unknown, unknown>;

/** A table before its cells are text. Every row is as long as `columns`. */
export interface Grid {
  columns: string[];
  /** One label a row, where the rows have names. */
  labels?: unknown[];
  rows: unknown[][];
  /** How many rows there are, of which `rows` are the first. */
  total: number;
}

/** Whether `value` has a danfo DataFrame's or Series' fields. */
export function isFrame(value: unknown): value is Frame {
  if (!isObject(value)) return false;
  const { columns, values, index } = value;
  return (
    Array.isArray(columns) && Array.isArray(values) && Array.isArray(index) && values.length === index.length
  );
}

/** Whether `value` is a list, not empty, of nothing but object literals. */
export function isRecords(value: unknown): value is Record<string, unknown>[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((row) => isPlainObject(row) && !isDisplayable(row))
  );
}

/**
 * The first `limit` rows. `columns` names, chooses and orders the columns; for arrays of cells it gives
 * their names.
 *
 * @throws TypeError when `rows` is none of {@link TableRows}, or a chosen column is not there.
 */
export function toGrid(rows: TableRows, columns: readonly string[] | undefined, limit: number): Grid {
  if (isFrame(rows)) return frameGrid(rows, columns, limit);
  if (rows instanceof Map) {
    const entries = [...(rows as ReadonlyMap<unknown, unknown>)].slice(0, limit);
    const grid = listGrid([...rows.values()], columns, limit);
    return { ...grid, labels: entries.map(([key]) => key) };
  }
  if (Array.isArray(rows)) return listGrid(rows, columns, limit);
  throw new TypeError(
    "table() takes a frame, an array of records, an array of arrays or a Map, got " +
      (isObject(rows) ? "an object; for one record: table([record])" : String(rows)),
  );
}

function frameGrid(frame: Frame, chosen: readonly string[] | undefined, limit: number): Grid {
  const available = frame.columns.map(String);
  const columns = [...(chosen ?? available)];
  const places = columns.map((name) => {
    const place = available.indexOf(name);
    if (place < 0) throw noColumn(name, available);
    return place;
  });
  return {
    // Frames may have two columns of one name: take all columns by place, chosen ones by name.
    rows: frame.values.slice(0, limit).map((row) => {
      const cells = cellsOf(row) ?? [row];
      return chosen ? places.map((place) => cells[place]) : available.map((_, i) => cells[i]);
    }),
    columns,
    labels: frame.index.slice(0, limit),
    total: frame.values.length,
  };
}

function listGrid(list: readonly unknown[], chosen: readonly string[] | undefined, limit: number): Grid {
  const total = list.length;
  const shown = list.slice(0, limit);
  if (total > 0 && list.every((row) => cellsOf(row) !== undefined)) {
    const width = list.reduce<number>(
      (widest, row) => Math.max(widest, cellsOf(row)!.length),
      chosen?.length ?? 0,
    );
    const columns = Array.from({ length: width }, (_, i) => chosen?.[i] ?? String(i));
    const rows = shown.map((row) => columns.map((_, i) => cellsOf(row)![i]));
    return { columns, rows, total };
  }
  if (total > 0 && !list.some(isRecord)) {
    return { columns: [chosen?.[0] ?? "value"], rows: shown.map((value) => [value]), total };
  }
  const keys = new Set<string>();
  for (const row of list) if (isRecord(row)) for (const key of Object.keys(row)) keys.add(key);
  const columns = [...(chosen ?? keys)];
  if (total > 0) {
    const available = [...keys];
    for (const name of columns) if (!keys.has(name)) throw noColumn(name, available);
  }
  const cell = (row: unknown, name: string) =>
    isRecord(row) && Object.hasOwn(row, name) ? row[name] : undefined;
  return { columns, rows: shown.map((row) => columns.map((name) => cell(row, name))), total };
}

/** The cells of a row that is an array. */
function cellsOf(row: unknown): ArrayLike<unknown> | undefined {
  if (Array.isArray(row)) return row;
  return ArrayBuffer.isView(row) && !(row instanceof DataView) ? (row as NodeJS.TypedArray) : undefined;
}

function isRecord(row: unknown): row is Record<string, unknown> {
  return isObject(row) && cellsOf(row) === undefined && !(row instanceof Date);
}

function noColumn(name: string, available: readonly string[]): TypeError {
  const known = available.slice(0, 20).join(", ") + (available.length > 20 ? ", …" : "");
  return new TypeError(
    `table(): no column "${name}"; there ${available.length === 1 ? "is" : "are"} ${known || "none"}`,
  );
}
