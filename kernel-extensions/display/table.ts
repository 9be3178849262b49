/** Tables, for the eye and for the terminal. */
import type { MimeBundle } from "../kernel/bridge.js";
import { formatColumn, type Column } from "./cells.js";
import { displaySymbol, inspectAs, type SyncDisplayable } from "./displayable.js";
import { toGrid, type TableRows } from "./rows.js";
import { count, escapeHtml, oneLine, pad, textWidth, truncate } from "./text.js";

export interface TableOptions {
  /** Which columns, in which order; for arrays of cells, the columns' names. Default: all. */
  columns?: readonly string[];
  /** A title over the table. */
  caption?: string;
  /** How many rows to show at most. Default 50. */
  limit?: number;
  /** Digits after the decimal point. Default: as many as a column needs, at most four. */
  precision?: number;
}

/**
 * A table to show: a frame (danfo's DataFrame and Series), records (columns are their keys, in the order
 * they first appear), arrays of cells, single values, or a Map (its keys name the rows). Cells that are
 * http(s) addresses become links.
 *
 * @throws TypeError when `rows` is nothing of the kind or a chosen column is not there.
 * @throws RangeError when `limit` or `precision` is out of range.
 */
export function table(rows: TableRows, options: TableOptions = {}): SyncDisplayable {
  const { columns, caption, limit = 50, precision } = options;
  if (!(limit >= 1)) throw new RangeError(`table(): limit must be at least 1, got ${limit}`);
  if (precision !== undefined && !(Number.isInteger(precision) && precision >= 0 && precision <= 20)) {
    throw new RangeError(`table(): precision must be a whole number from 0 to 20, got ${precision}`);
  }
  const grid = toGrid(rows, columns, Math.floor(limit));
  const sheet: Sheet = {
    caption,
    head: grid.columns,
    body: grid.columns.map((_, i) =>
      formatColumn(
        grid.rows.map((row) => row[i]),
        precision,
      ),
    ),
    labels: grid.labels && formatColumn(grid.labels, undefined),
    shown: grid.rows.length,
    note:
      grid.rows.length < grid.total
        ? `showing ${grid.rows.length} of ${count(grid.total, "row")}`
        : undefined,
  };
  const bundle = { "text/html": toHtml(sheet), "text/plain": toText(sheet) };
  return inspectAs({ [displaySymbol]: (): MimeBundle => ({ ...bundle }) }, () => bundle["text/plain"]);
}

interface Sheet {
  caption: string | undefined;
  head: string[];
  /** By column. */
  body: Column[];
  labels: Column | undefined;
  /** Rows. */
  shown: number;
  note: string | undefined;
}

// No colours but the page's own and greys that show on white and on black; no style sheet, which notebook
// front ends strip from what they do not trust. JupyterLab aligns all cells to the right and lets all of
// them wrap, so every cell says its own.
const rule = "border-bottom:1px solid rgba(128,128,128,0.35)";
const padding = "padding:0.3em 0.8em;";
const faint = ";opacity:0.6";
/** Characters up to which a cell stays on one line. */
const short = 32;
/** Characters of a cell at most. */
const longest = 300;

function toHtml({ caption, head, body, labels, shown, note }: Sheet): string {
  const rows: string[] = [];
  for (let i = 0; i < shown; i++) {
    const label = labels ? headingHtml("row", cellHtml(labels.cells[i]!.text), labels) : "";
    const cells = body.map((column) => {
      const { text, faint: isFaint } = column.cells[i]!;
      return `<td style="${cellStyle(column, text)}${isFaint ? faint : ""}">${cellHtml(text)}</td>`;
    });
    rows.push(`<tr style="${rule}">${label}${cells.join("")}</tr>`);
  }
  const corner = labels ? "<td></td>" : "";
  const headings = head.map((name, i) => headingHtml("col", escapeHtml(name), body[i]!));
  const across = (text: string) =>
    `<tr><td colspan="${head.length + (labels ? 1 : 0) || 1}" style="${padding}text-align:left${faint}">${text}</td></tr>`;
  // A <caption> would be as narrow as its table.
  const title = caption === undefined ? "" : escapeHtml(caption);
  const [before, label, after] =
    title === ""
      ? ["", "", ""]
      : [
          `<figure style="margin:0"><figcaption style="${padding}text-align:left;font-weight:600">${title}</figcaption>`,
          ` aria-label="${title}"`,
          "</figure>",
        ];
  return [
    before,
    '<div style="overflow-x:auto;max-width:100%">',
    `<table${label} style="border-collapse:collapse;border:0;margin:0.3em 0;width:auto;font-variant-numeric:tabular-nums">`,
    head.length === 0 ? "" : `<thead><tr style="${rule}">${corner}${headings.join("")}</tr></thead>`,
    `<tbody>${shown === 0 ? across("no rows") : rows.join("")}</tbody>`,
    note === undefined ? "" : `<tfoot>${across(note)}</tfoot>`,
    "</table></div>",
    after,
  ].join("");
}

function headingHtml(scope: "col" | "row", markup: string, column: Column): string {
  return `<th scope="${scope}" style="${cellStyle(column, "")};font-weight:600">${markup}</th>`;
}

function cellStyle({ numeric }: Column, text: string): string {
  const wrap = text.length <= short ? "white-space:nowrap" : "min-width:16em;max-width:40em";
  return `${padding}text-align:${numeric ? "right" : "left"};${wrap}`;
}

function cellHtml(text: string): string {
  const shown = escapeHtml(text.length > longest ? text.slice(0, longest - 1) + "…" : text);
  const address = linkAddress(text);
  return address === undefined
    ? shown
    : `<a href="${escapeHtml(address)}" target="_blank" rel="noopener noreferrer">${shown}</a>`;
}

/** The address of a cell that is one, http or https only. */
function linkAddress(text: string): string | undefined {
  return /^https?:\/\/\S+$/i.test(text) && URL.canParse(text) ? new URL(text).href : undefined;
}

const widestCell = 40;
const widestTable = 120;

function toText({ caption, head, body, labels, shown, note }: Sheet): string {
  const columns = body.map((column, i) => textColumn(head[i]!, column));
  if (labels) columns.unshift(textColumn("", labels));
  let used = 0;
  const fitting = columns.filter((column, i) => {
    used += column.width + 2;
    return i === 0 || used <= widestTable;
  });
  const hidden = columns.length - fitting.length;
  const lines = [fitting.map(({ width }) => "─".repeat(width)).join("  ")];
  lines.unshift(fitting.map(({ cells }) => cells[0]!).join("  "));
  for (let i = 1; i <= shown; i++) lines.push(fitting.map(({ cells }) => cells[i]!).join("  "));
  if (shown === 0) lines.push("no rows");
  if (caption !== undefined) lines.unshift(oneLine(caption));
  const notes = [note, hidden > 0 ? `${count(hidden, "more column")} not shown` : undefined].filter(Boolean);
  if (notes.length > 0) lines.push(notes.join(", "));
  return lines.map((text) => text.trimEnd()).join("\n");
}

/** The padded heading and cells of a column. */
function textColumn(name: string, { numeric, cells }: Column): { width: number; cells: string[] } {
  const texts = [name, ...cells.map((cell) => cell.text)].map((text) => truncate(oneLine(text), widestCell));
  const width = texts.reduce((widest, text) => Math.max(widest, textWidth(text)), 1);
  return { width, cells: texts.map((text) => pad(text, width, numeric ? "left" : "right")) };
}
