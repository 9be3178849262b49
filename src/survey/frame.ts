/**
 * The frames the survey's tables come in: danfojs-node `DataFrame`s behind a small structural type.
 *
 * Why not danfo's own type: it says the wrong things. It forbids `column("task").eq("search")` (which works),
 * and its `[key: string]: any` lets `frame.haed()` through. It also costs every notebook, whose kernel
 * type-checks these declarations: 36 more files (186 → 222) and 10 MB (66 → 76 MB) for the first lesson; the
 * check's second is the same within noise. What this interface leaves out is still there: `frame as DataFrame`
 * after `import type { DataFrame } from "danfojs-node"`.
 */
import { requireOneOf, shown } from "./arguments.js";

/** A cell. Missing text is `null`, a missing number is `NaN`. */
export type Cell = string | number | boolean | null;

/** One column: danfo's `Series`. */
export interface FrameColumn {
  readonly columns: readonly string[];
  readonly values: readonly unknown[];
  readonly index: readonly (string | number)[];
  readonly shape: readonly number[];
  eq(other: string | number | FrameColumn): FrameColumn;
  ne(other: string | number | FrameColumn): FrameColumn;
  gt(other: number | FrameColumn): FrameColumn;
  ge(other: number | FrameColumn): FrameColumn;
  lt(other: number | FrameColumn): FrameColumn;
  le(other: number | FrameColumn): FrameColumn;
  and(other: FrameColumn): FrameColumn;
  or(other: FrameColumn): FrameColumn;
  isNa(): FrameColumn;
  unique(): FrameColumn;
  nUnique(): number;
  valueCounts(): FrameColumn;
  count(): number;
  sum(): number;
  mean(): number;
  median(): number;
  std(): number;
  min(): number;
  max(): number;
  print(): void;
}

/** The rows of a frame in groups: danfo's `Groupby`. */
export interface FrameGroups {
  readonly ngroups: number;
  /** Narrows the aggregation to these columns. */
  col(columns: string[]): FrameGroups;
  /** Counts every row, missing cells too. */
  count(): Frame;
  sum(): Frame;
  mean(): Frame;
  min(): Frame;
  max(): Frame;
  agg(operations: Record<string, string | string[]>): Frame;
  getGroup(values: (string | number)[]): Frame;
}

/** A table: danfo's `DataFrame`. */
export interface Frame {
  /** `[rows, columns]`. */
  readonly shape: readonly number[];
  readonly columns: readonly string[];
  readonly dtypes: readonly string[];
  readonly index: readonly (string | number)[];
  readonly values: readonly unknown[];
  /** The first rows, 5 unless told. */
  head(rows?: number): Frame;
  tail(rows?: number): Frame;
  column(name: string): FrameColumn;
  /**
   * The rows where `condition` is true: `frame.query(frame.column("kind").eq("paper"))`, or a column of
   * booleans as it stands, `frame.query(frame.column("in_survey"))`.
   */
  query(condition: FrameColumn | boolean[]): Frame;
  loc(at: { rows?: (string | number | boolean)[] | FrameColumn; columns?: string[] }): Frame;
  iloc(at: { rows?: (string | number | boolean)[] | FrameColumn; columns?: (string | number)[] }): Frame;
  sortValues(column: string, options?: { ascending?: boolean }): Frame;
  /** Throws for a column that is not there; so does the `groupby` of the frames that this one's methods give. */
  groupby(columns: string[]): FrameGroups;
  drop(options: { columns?: string[]; index?: (string | number)[] }): Frame;
  rename(names: Record<string, string>, options?: { axis?: 0 | 1 }): Frame;
  dropNa(options?: { axis: 0 | 1 }): Frame;
  describe(): Frame;
  print(): void;
  toString(): string;
}

/** The methods of {@link Frame} that give another frame of the same rows or some of them. */
const derived = ["head", "tail", "query", "loc", "iloc", "sortValues", "drop", "rename", "dropNa"] as const;

/** danfo's `groupby` puts every row into one nameless group when it does not know the column: here it throws. */
function guarded(frame: Frame): Frame {
  const define = (name: string, value: unknown) =>
    Object.defineProperty(frame, name, { value, configurable: true, writable: true });
  const groupby = frame.groupby.bind(frame);
  define("groupby", (columns: string[]) => {
    if (!Array.isArray(columns)) {
      throw new TypeError(`groupby(): columns must be an array of names, got ${shown(columns)}`);
    }
    for (const column of columns) requireOneOf("groupby()", "a column", column, frame.columns);
    return groupby(columns);
  });
  for (const name of derived) {
    const method = frame[name].bind(frame) as (...args: unknown[]) => Frame | undefined;
    define(name, (...args: unknown[]) => {
      const result = method(...args);
      return result && guarded(result);
    });
  }
  return frame;
}

export type Dtype = "string" | "int32" | "float32" | "boolean";

/**
 * Builds a frame with the dtypes given, never guessed: danfo's guess (and its `readCSV`) turns the arXiv id
 * 2310.10150 into the number 2310.1015. Loads danfojs-node (about a second) on the first call.
 */
export async function createFrame(columns: string[], dtypes: Dtype[], cells: Cell[][]): Promise<Frame> {
  const { DataFrame } = await import("danfojs-node");
  return guarded(new DataFrame(cells, { columns, dtypes }) as Frame);
}

/** A cell as frames hold it: lists as one text joined by `;`, missing numbers as `NaN` (danfo's `groupby().mean()` counts `null` as 0). */
export function frameCell(value: unknown, dtype: Dtype): Cell {
  if (Array.isArray(value)) return value.length === 0 ? null : value.join(";");
  if (value === null || value === undefined)
    return dtype === "int32" || dtype === "float32" ? Number.NaN : null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  throw new TypeError(`a frame holds text, numbers, booleans and lists of them, not ${typeof value}`);
}

/**
 * A frame of plain records that share their fields, such as the counts of {@link papersByMonth}. A column's
 * dtype follows its values: all whole numbers `int32`, numbers `float32`, booleans `boolean`, else `string`.
 *
 * @throws RangeError when there are no records and `columns` does not say what the columns are called.
 */
export async function toFrame(records: readonly object[], columns?: readonly string[]): Promise<Frame> {
  const names = columns ?? Object.keys(records[0] ?? {});
  if (names.length === 0) throw new RangeError("no records: say which columns the empty frame has");
  const fields = records as readonly Record<string, unknown>[];
  const dtypes = names.map((name) => dtypeOf(fields.map((record) => record[name])));
  const cells = fields.map((record) => names.map((name, index) => frameCell(record[name], dtypes[index]!)));
  return createFrame([...names], dtypes, cells);
}

function dtypeOf(values: unknown[]): Dtype {
  const known = values.filter((value) => value !== null && value !== undefined);
  if (known.length === 0) return "string";
  if (known.every((value) => typeof value === "boolean")) return "boolean";
  if (!known.every((value) => typeof value === "number")) return "string";
  return known.every((value) => Number.isInteger(value)) ? "int32" : "float32";
}
