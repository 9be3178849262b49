/** A table of the survey as a value: its rows, and its forms for a notebook, a file and a page. */
import { jupyterDisplay } from "../figures/figure.js";
import { shown } from "./arguments.js";
import { toFrame, type Frame } from "./frame.js";

/** What stands in a cell. */
export type Content =
  | { kind: "text"; text: string; href?: string | null }
  | { kind: "formula"; tex: string }
  | { kind: "links"; links: { text: string; href: string }[] };

export interface TableColumn<Row> {
  /** As readers see it. */
  title: string;
  content(row: Row): Content;
}

export interface SurveyTableParts<Row> {
  number: number;
  caption: string;
  /** A line below the table: where it is from, how many rows, what is not in it. */
  source: string;
  columns: readonly TableColumn<Row>[];
  rows: readonly Row[];
  /** The subheading a row stands under. */
  group(row: Row): string | null;
  /** The row as plain values for CSV files and frames, all with the same fields. */
  record(row: Row): Record<string, unknown>;
  /** The fields of a record, where there may be no row to tell them. */
  fields?: readonly string[];
}

const missing = "–";

/**
 * A numbered table of the survey. As a cell's last expression it is shown as a table, formulae drawn; `rows` are
 * the typed rows of the data, each with its errata.
 */
export class SurveyTable<Row> {
  readonly number: number;
  readonly caption: string;
  readonly source: string;
  readonly rows: readonly Row[];
  /** The columns' titles, in order. */
  readonly titles: readonly string[];
  private readonly parts: SurveyTableParts<Row>;

  constructor(parts: SurveyTableParts<Row>) {
    this.number = parts.number;
    this.caption = parts.caption;
    this.source = parts.source;
    this.rows = parts.rows;
    this.titles = parts.columns.map(({ title }) => title);
    this.parts = parts;
  }

  /** The title: number and caption. */
  get title(): string {
    return `Table ${String(this.number)}. ${this.caption}`;
  }

  /** The rows as plain records: the data's columns, lists joined by `;`, and `errata` as one text. */
  records(): Record<string, unknown>[] {
    return this.rows.map((row) => this.parts.record(row));
  }

  /**
   * The table with only the rows that have all these words, in any case, in any cell but that of its
   * links, or in the subheading.
   *
   * @example (await table(9)).search("memory web")
   * @throws TypeError when it is given no words.
   */
  search(words: string): SurveyTable<Row> {
    const wanted: unknown = words;
    if (typeof wanted !== "string" || wanted.trim() === "") {
      throw new TypeError(`search(): needs words, such as "memory web", got ${shown(wanted)}`);
    }
    const parts = wanted.toLowerCase().trim().split(/\s+/);
    const { columns, group, rows, caption, source } = this.parts;
    const found = rows.filter((row) => {
      // What links are called, "website", says nothing of the row.
      const contents = columns.map((column) => column.content(row)).filter(({ kind }) => kind !== "links");
      const text = [group(row) ?? "", ...contents.map(plainCell)].join("\n").toLowerCase();
      return parts.every((part) => text.includes(part));
    });
    return new SurveyTable({
      ...this.parts,
      rows: found,
      fields: this.fields,
      caption: `${caption}: ${found.length === 0 ? "no row" : `${String(found.length)} row${found.length === 1 ? "" : "s"}`} of ${String(rows.length)} with “${parts.join(" ")}”`,
      source: found.length === 0 ? `${source} Fewer or shorter words find more.` : source,
    });
  }

  private get fields(): readonly string[] {
    return this.parts.fields ?? Object.keys(this.records()[0] ?? {});
  }

  /** {@link records} as a danfojs frame. */
  toFrame(): Promise<Frame> {
    return toFrame(this.records(), this.fields);
  }

  /** {@link records} as a CSV file after RFC 4180, UTF-8, LF line ends, an empty cell for what is missing. */
  toCsv(): string {
    const records = this.records();
    const fields = this.fields;
    const lines = records.map((record) => fields.map((field) => csvText(record[field])));
    return [fields, ...lines].map((cells) => `${cells.map(csvCell).join(",")}\n`).join("");
  }

  /** The table as Markdown (GitHub's tables), links and formulae (`$…$`) included. */
  toMarkdown(): string {
    const { columns, rows, group } = this.parts;
    const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
    const body = rows.flatMap((row, index) => {
      const heading = group(row);
      const under = index === 0 ? null : group(rows[index - 1]!);
      const cells = line(columns.map((column) => markdownCell(column.content(row))));
      if (heading === null || heading === under) return [cells];
      return [line(columns.map((_, place) => (place === 0 ? `**${escapeMarkdown(heading)}**` : ""))), cells];
    });
    return [
      `**${escapeMarkdown(this.title)}**`,
      "",
      line(this.titles),
      line(this.titles.map(() => "---")),
      ...body,
      "",
      escapeMarkdown(this.source),
      "",
    ].join("\n");
  }

  /**
   * The table as a piece of HTML without styles of its own but inline ones, readable on light pages and dark.
   * Formulae stand between `$` signs, for MathJax or KaTeX to draw.
   */
  toHtml(): string {
    const { columns, rows, group } = this.parts;
    const head = columns.map(
      ({ title }) =>
        `<th scope="col" style="${padding}text-align:left;vertical-align:bottom;font-weight:600">${escapeHtml(title)}</th>`,
    );
    const bodies: string[] = [];
    let under: string | null = null;
    for (const row of rows) {
      const heading = group(row);
      if (bodies.length === 0 || heading !== under)
        bodies.push(heading === null ? "" : headingRow(heading, columns.length));
      under = heading;
      const cells = columns.map((column, place) => {
        const content = column.content(row);
        const style = cellStyle(content, place === columns.length - 1);
        const html = htmlCell(content);
        return place === 0
          ? `<th scope="row" style="${style};font-weight:400">${html}</th>`
          : `<td style="${style}">${html}</td>`;
      });
      bodies[bodies.length - 1] += `<tr style="${rule}">${cells.join("")}</tr>`;
    }
    const title = escapeHtml(this.title);
    return [
      `<figure style="margin:0"><figcaption style="${padding}text-align:left;font-weight:600">${title}</figcaption>`,
      `<div style="overflow-x:auto;max-width:100%" tabindex="0" role="region" aria-label="${title}">`,
      '<table style="border-collapse:collapse;border:0;margin:0.3em 0;width:auto">',
      `<thead><tr style="${rule}">${head.join("")}</tr></thead>`,
      ...bodies.map((body) => `<tbody>${body}</tbody>`),
      `</table></div><p style="${padding}margin:0;opacity:0.75">${escapeHtml(this.source)}</p></figure>`,
    ].join("");
  }

  /** The table for the terminal; long cells are cut. */
  toText(): string {
    const { columns, rows } = this.parts;
    const lines = [
      this.titles,
      ...rows.map((row) => columns.map((column) => plainCell(column.content(row)))),
    ].map((cells) => cells.map((cell) => (cell.length > widest ? `${cell.slice(0, widest - 1)}…` : cell)));
    const widths = this.titles.map((_, place) => Math.max(...lines.map((cells) => cells[place]!.length)));
    const texts = lines.map((cells) =>
      cells
        .map((cell, place) => cell.padEnd(widths[place]!))
        .join("  ")
        .trimEnd(),
    );
    return [
      this.title,
      texts[0],
      widths.map((width) => "─".repeat(width)).join("  "),
      ...texts.slice(1),
      this.source,
    ].join("\n");
  }

  [jupyterDisplay](): Record<string, unknown> {
    const text = { "text/markdown": this.toMarkdown(), "text/plain": this.toText() };
    // Markdown is what every front end draws formulae in; pages made of notebooks do so in nothing else.
    const first = this.rows[0];
    const formulae =
      first !== undefined && this.parts.columns.some((column) => column.content(first).kind === "formula");
    return formulae ? text : { "text/html": this.toHtml(), ...text };
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toText();
  }
}

const rule = "border-bottom:1px solid rgba(128,128,128,0.35)";
const padding = "padding:0.3em 0.4em;";
/** Characters up to which a cell of the page stays on one line, and characters of a cell of the terminal. */
const [short, widest] = [14, 40];

/** Long cells wrap early, so that a table of ten columns fits a page; what is wrong, in the last one, has more room. */
function cellStyle(content: Content, last: boolean): string {
  const room = last ? "min-width:10em;max-width:40em" : "min-width:7em;max-width:16em";
  const long = `${room};overflow-wrap:anywhere`;
  // A formula does not wrap: in a narrower cell it would lie over the next one.
  const whole = content.kind === "formula" || plainCell(content).length <= short;
  return `${padding}text-align:left;vertical-align:top;${whole ? "white-space:nowrap" : long}`;
}

const headingRow = (heading: string, width: number) =>
  `<tr style="${rule}"><th scope="rowgroup" colspan="${String(width)}" style="${padding}text-align:left;font-weight:600;padding-top:0.9em">${escapeHtml(heading)}</th></tr>`;

function plainCell(content: Content): string {
  if (content.kind === "formula") return content.tex;
  if (content.kind === "text") return content.text === "" ? missing : content.text;
  return content.links.map(({ text }) => text).join(", ") || missing;
}

function htmlCell(content: Content): string {
  if (content.kind === "formula") return escapeHtml(`$${content.tex}$`);
  if (content.kind === "links") return content.links.map(htmlLink).join(", ") || missing;
  if (content.text === "") return missing;
  return content.href ? htmlLink({ text: content.text, href: content.href }) : escapeHtml(content.text);
}

const htmlLink = ({ text, href }: { text: string; href: string }) =>
  `<a href="${escapeHtml(href)}" target="_blank" rel="noopener noreferrer">${escapeHtml(text)}</a>`;

function markdownCell(content: Content): string {
  // A bar would end the cell, inside a formula too.
  if (content.kind === "formula") return `$${content.tex.replaceAll("|", "\\vert ")}$`;
  if (content.kind === "links") return content.links.map(markdownLink).join(", ") || missing;
  if (content.text === "") return missing;
  return content.href
    ? markdownLink({ text: content.text, href: content.href })
    : escapeMarkdown(content.text);
}

const markdownLink = ({ text, href }: { text: string; href: string }) =>
  `[${escapeMarkdown(text)}](${href.replaceAll("(", "%28").replaceAll(")", "%29").replaceAll("|", "%7C")})`;

/** What Markdown reads as markup, where names and notes may hold it. */
const escapeMarkdown = (text: string) => text.replaceAll(/[\\`*_[\]<>|$~]/g, (mark) => `\\${mark}`);

const escapeHtml = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

function csvText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.join(";");
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value);
}

const csvCell = (cell: string) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
