import { requireOneOf } from "./arguments.js";
import { createFrame, frameCell, type Frame } from "./frame.js";
import { readRecords, type ReadOptions } from "./read.js";
import { tableNames, type TableName } from "./rows.js";
import { schemas, type Schema } from "./schema.js";

/**
 * A file of the data set as a danfojs-node frame, columns in the file's order. Months and arXiv ids are text; lists stay one
 * text joined by `;` (use `rows(name)` for lists as arrays); missing text is `null`, a missing number `NaN`.
 *
 * @example const agents = await frame("gui_agents"); agents.groupby(["paradigm"]).col(["key"]).count()
 * @throws SurveyDataError naming file, row and column when the data is not what `rows.ts` says.
 * @throws RangeError when there is no file of that name.
 */
export async function frame(name: TableName, options: ReadOptions = {}): Promise<Frame> {
  requireOneOf("frame()", "the table's name", name, tableNames);
  const { header, rows } = await readRecords(name, options);
  const { columns } = schemas[name] as Schema<Record<string, unknown>>;
  const dtypes = header.map((column) => columns[column]!.dtype);
  const cells = (rows as readonly object[] as readonly Record<string, unknown>[]).map((record) =>
    header.map((column, index) => frameCell(record[column], dtypes[index]!)),
  );
  return createFrame([...header], dtypes, cells);
}

/** papers.csv, one row a work: `frame("papers")`. */
export function papers(options: ReadOptions = {}): Promise<Frame> {
  return frame("papers", options);
}
