/**
 * Notebooks between the wire and the disk. On disk they look as Jupyter writes them (keys sorted, text as lists of
 * lines, nothing transient), so that a notebook that went through another Jupyter differs only where it was changed.
 * Source: https://nbformat.readthedocs.io/en/latest/format_description.html
 */
import {
  type MultilineString,
  type Notebook,
  NotebookFormatError,
  joinLines,
  parseNotebook,
  serializeNotebook,
  splitLines,
} from "../../../client/notebook.js";
import { Problem } from "../problem.js";

export const emptyNotebook: Notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] };

/** @throws Problem 400 that says why a file is no notebook that JupyterLab can show. */
export function readNotebook(text: string, path: string): Notebook {
  try {
    return parseNotebook(text);
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
    const stored: Record<string, unknown> = { ...cell, metadata: rest };
    if (stored.source !== undefined) stored.source = inLines(stored.source);
    if (Array.isArray(cell.outputs)) stored.outputs = cell.outputs.map(storedOutput);
    if (cell.attachments) stored.attachments = eachValue(cell.attachments, storedBundle);
    return stored;
  });
  return serializeNotebook(sorted({ ...notebook, metadata, cells }) as Notebook);
}

function storedOutput(output: unknown): unknown {
  const stored = { ...recordOf(output) };
  if (stored.output_type === "stream") stored.text = inLines(stored.text);
  if (stored.data !== undefined) stored.data = storedBundle(stored.data);
  // Which other outputs an output updates is over when the session is.
  delete stored.transient;
  return stored;
}

/** Text in lines; what is encoded or JSON stays as it is. */
function storedBundle(bundle: unknown): unknown {
  return eachValue(recordOf(bundle), (value, type) => {
    const isText = type.startsWith("text/") || type === "application/javascript" || type === "image/svg+xml";
    return isText ? inLines(value) : isLines(value) ? value.join("") : value;
  });
}

function inLines(text: unknown): unknown {
  return typeof text === "string" || isLines(text) ? splitLines(joinLines(text as MultilineString)) : text;
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
