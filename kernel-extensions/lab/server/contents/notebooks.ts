/**
 * Notebooks between the wire and the disk. On disk they look as Jupyter writes them (keys sorted, text as lists of
 * lines, nothing transient), so that a notebook that went through another Jupyter differs only where it was changed.
 * Source: https://nbformat.readthedocs.io/en/latest/format_description.html
 */
import {
  type Cell,
  type Notebook,
  NotebookFormatError,
  parseNotebook,
  serializeNotebook,
  splitLines,
} from "../../../client/notebook.js";
import { Problem } from "../problem.js";

export const emptyNotebook: Notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] };

/**
 * The notebook in a file's text, with every text as one string: front ends read outputs without joining their lines.
 * @throws Problem 400 that says why a file is no notebook that JupyterLab can show.
 */
export function readNotebook(text: string, path: string): Notebook {
  try {
    const notebook = parseNotebook(text);
    return { ...notebook, cells: notebook.cells.map((cell) => withTexts(cell, joined) as unknown as Cell) };
  } catch (error) {
    if (!(error instanceof NotebookFormatError)) throw error;
    const version = /"nbformat":\s*([123])\b/.exec(text)?.[1];
    const reason = version
      ? `notebook format ${version} is not supported: convert it with 'jupyter nbconvert --to notebook'`
      : error.message;
    throw new Problem(400, `${path} cannot be opened: ${reason}`, "not a notebook");
  }
}

/** Checks only what writing needs: what a learner has typed is saved even where it is odd. */
export function asNotebook(content: unknown): Notebook {
  const notebook = content as Partial<Notebook> | null;
  if (typeof notebook !== "object" || notebook === null || !Array.isArray(notebook.cells)) {
    throw new Problem(400, "The notebook was not saved: it has no list of cells");
  }
  if (notebook.nbformat !== 4) {
    throw new Problem(400, `The notebook was not saved: its format is ${String(notebook.nbformat)}, not 4`);
  }
  if (!notebook.cells.every((cell) => typeof cell === "object" && cell !== null && !Array.isArray(cell))) {
    throw new Problem(400, "The notebook was not saved: a cell is not an object");
  }
  return content as Notebook;
}

/** The text of the notebook's file. The same for every way to write the same notebook. */
export function textOf(notebook: Notebook): string {
  const { orig_nbformat, orig_nbformat_minor, signature, ...metadata } = recordOf(notebook.metadata);
  void [orig_nbformat, orig_nbformat_minor, signature];
  const cells = notebook.cells.map((cell) => {
    const { trusted, ...rest } = recordOf(cell.metadata);
    void trusted;
    return withTexts({ ...cell, metadata: rest }, inLines);
  });
  return serializeNotebook(sorted({ ...notebook, metadata, cells }) as Notebook);
}

/** The cell with its source, its outputs' texts and its attachments changed. */
function withTexts(cell: Cell, change: (text: unknown, type: string) => unknown): Record<string, unknown> {
  const changed: Record<string, unknown> = { ...cell };
  if (cell.source !== undefined) changed.source = change(cell.source, "text/plain");
  if (Array.isArray(cell.outputs)) {
    changed.outputs = cell.outputs.map((output: unknown) => {
      const result = { ...recordOf(output) };
      if (result.output_type === "stream") result.text = change(result.text, "text/plain");
      if (result.data !== undefined) result.data = eachValue(recordOf(result.data), change);
      // Which other outputs an output updates is over when the session is.
      delete result.transient;
      return result;
    });
  }
  if (cell.attachments) {
    changed.attachments = eachValue(cell.attachments, (bundle) => eachValue(recordOf(bundle), change));
  }
  return changed;
}

function joined(text: unknown, type: string): unknown {
  return isLines(text) && !isJson(type) ? text.join("") : text;
}

/** Text in lines, so that a changed line is one changed line in a diff; what is encoded stays one string. */
function inLines(text: unknown, type: string): unknown {
  const whole = joined(text, type);
  const isText = type.startsWith("text/") || type === "application/javascript" || type === "image/svg+xml";
  return isText && typeof whole === "string" ? splitLines(whole) : whole;
}

function isJson(type: string): boolean {
  return type === "application/json" || type.endsWith("+json");
}

function isLines(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((line) => typeof line === "string");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

function eachValue(
  record: Record<string, unknown>,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
