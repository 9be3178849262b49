/** What counts as a change of a lesson's file. */
import { createHash } from "node:crypto";
import { joinLines, NotebookFormatError, parseNotebook } from "../../client/notebook.js";

/**
 * Of a notebook the hash is that of its cells, because a Lab that only opens one writes it anew: in its own format, and
 * with what the kernel says about the language.
 */
export function hashOf(name: string, content: Buffer): string {
  const hash = createHash("sha256");
  const cells = name.endsWith(".ipynb") ? cellsOf(content) : undefined;
  return hash.update(cells ?? content).digest("hex");
}

/** What a learner reads and writes in a notebook; `undefined` when the file is none. */
function cellsOf(content: Buffer): string | undefined {
  try {
    const { cells } = parseNotebook(content.toString("utf8"));
    return JSON.stringify(
      cells.map(({ cell_type, source, outputs = [], attachments = {} }) => {
        return [cell_type, joinLines(source), sorted(outputs), sorted(attachments)];
      }),
    );
  } catch (error) {
    if (error instanceof NotebookFormatError) return undefined;
    throw error;
  }
}

/** Lists of lines as text, and keys in order: Jupyter's tools differ in both. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const isLines = value.every((line) => typeof line === "string");
    return isLines ? value.join("") : value.map(sorted);
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]): [string, unknown] => [key, sorted(inner)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
