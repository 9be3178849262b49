/** Pieces of Markdown that the files made from lessons have in common. */

/** A lesson's cell: see {@link courseFiles} for where such links lead. */
export function cellLink(words: string, file: string, cell: string): string {
  return `[${words}](${file}#cell-id=${cell})`;
}

/** Text in which nothing is Markdown. */
export function escapeMarkdown(text: string): string {
  return text.replaceAll(/[\\`*_[\]<>#|&$~]/g, "\\$&");
}

/** Markdown as the cell of a table. */
export function tableCell(markdown: string): string {
  return markdown.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** "1 claim", "2 claims". */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}

/** A table whose columns are as wide as what they hold: one changed row is one changed line. */
export function narrowTable(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(tableCell).join(" | ")} |`;
  return [line(heading), line(heading.map(() => "---")), ...rows.map(line)].join("\n");
}
