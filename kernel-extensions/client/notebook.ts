/**
 * The notebook file format, version 4: reading, checking and writing it without touching more than asked.
 * Source: https://nbformat.readthedocs.io/en/latest/format_description.html
 */

/** Text as the file holds it: one string, or the list of its lines with their line ends. */
export type MultilineString = string | string[];

export interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: Cell[];
}

export interface Cell {
  id?: string;
  cell_type: "code" | "markdown" | "raw";
  source: MultilineString;
  metadata: Record<string, unknown>;
  /** Of code cells. */
  outputs?: Output[];
  execution_count?: number | null;
  /** Of markdown cells: file name → MIME bundle. */
  attachments?: Record<string, Record<string, MultilineString>>;
}

export interface CodeCell extends Cell {
  cell_type: "code";
  outputs: Output[];
  execution_count: number | null;
}

export interface StreamOutput {
  name: string;
  output_type: "stream";
  text: MultilineString;
}

export interface DisplayOutput {
  data: Record<string, unknown>;
  /** Of an execute_result. */
  execution_count?: number | null;
  metadata: Record<string, unknown>;
  output_type: "display_data" | "execute_result";
}

export interface ErrorOutput {
  ename: string;
  evalue: string;
  output_type: "error";
  traceback: string[];
}

export type Output = StreamOutput | DisplayOutput | ErrorOutput;

/** A file that is no notebook we can read; the message says why, and how to mend it. */
export class NotebookFormatError extends Error {
  override readonly name = "NotebookFormatError";
}

/** Parses a notebook file and checks that it has the shape that the rest of the code relies on. */
export function parseNotebook(text: string): Notebook {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new NotebookFormatError(`not valid JSON: ${(error as Error).message}`);
  }
  if (!isRecord(value) || typeof value.nbformat !== "number") {
    throw new NotebookFormatError("no notebook: the JSON has no nbformat number");
  }
  if (value.nbformat !== 4) {
    throw new NotebookFormatError(
      `notebook format ${value.nbformat} is not supported, only 4 is: open and save it in JupyterLab`,
    );
  }
  if (!Array.isArray(value.cells)) throw new NotebookFormatError("no notebook: it has no list of cells");
  value.cells.forEach((cell: unknown, index) => {
    const problem = problemOf(cell);
    if (problem) throw new NotebookFormatError(`cell ${index + 1} ${problem}`);
  });
  value.metadata ??= {};
  return value as unknown as Notebook;
}

function problemOf(cell: unknown): string | undefined {
  if (!isRecord(cell)) return "is not an object";
  if (!["code", "markdown", "raw"].includes(cell.cell_type as string)) {
    return `has the unknown cell_type ${JSON.stringify(cell.cell_type)}`;
  }
  if (!isMultiline(cell.source)) return "has no source text";
  if (cell.cell_type === "code") {
    cell.outputs ??= [];
    cell.execution_count ??= null;
    if (!Array.isArray(cell.outputs) || !cell.outputs.every(isOutput)) return "has a malformed output";
  }
  cell.metadata ??= {};
  return isRecord(cell.metadata) ? undefined : "has malformed metadata";
}

function isOutput(output: unknown): boolean {
  if (!isRecord(output)) return false;
  switch (output.output_type) {
    case "stream":
      return isMultiline(output.text);
    case "display_data":
    case "execute_result":
      return isRecord(output.data);
    case "error":
      return Array.isArray(output.traceback);
    default:
      return false;
  }
}

/** The file's text: one space of indentation, as Jupyter writes it. */
export function serializeNotebook(notebook: Notebook): string {
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

export function isCodeCell(cell: Cell): cell is CodeCell {
  return cell.cell_type === "code";
}

export function joinLines(text: MultilineString): string {
  return typeof text === "string" ? text : text.join("");
}

/** As the file holds text, so that a changed line is one changed line in a diff. */
export function splitLines(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

export function tagsOf(cell: Cell): string[] {
  const { tags } = cell.metadata;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
}

function isMultiline(value: unknown): value is MultilineString {
  return (
    typeof value === "string" || (Array.isArray(value) && value.every((line) => typeof line === "string"))
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
