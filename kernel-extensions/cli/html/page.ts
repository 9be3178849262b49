/** A notebook as one self-contained page: it opens from a disk, without a server or a network. */
import { readFile } from "node:fs/promises";
import { isCodeCell, joinLines, type Cell, type Notebook } from "../../client/notebook.js";
import { codeBlock, renderMarkdown, type Heading } from "./markdown.js";
import { escapeHtml } from "./escape.js";
import { renderOutput, type OutputSources } from "./outputs.js";
import { outputsOf, plotScripts } from "./plots.js";

/** `folder` is the notebook's, for pictures it refers to. */
export interface PageOptions extends OutputSources {
  /** The title of a notebook without a heading. */
  name: string;
}

/** What the page may load: what is in it. Enforced by the browser, whatever an output contains. */
const policy =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; " +
  "img-src data: blob:; font-src data:; media-src data:; worker-src blob:; connect-src data: blob:";

export async function renderPage(notebook: Notebook, { name, ...sources }: PageOptions): Promise<string> {
  const headings: Heading[] = [];
  const language = languageOf(notebook);
  const cells = notebook.cells.map((cell) => renderCell(cell, language, sources, headings)).join("\n");
  const style = await readFile(new URL("page.css", import.meta.url), "utf8");
  const title = headings[0]?.text ?? name;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>
${style}</style>
</head>
<body>
${contents(headings)}<main>
${headings.length === 0 ? `<h1>${escapeHtml(title)}</h1>\n` : ""}${cells}
</main>
${await plotScripts(outputsOf(notebook))}</body>
</html>
`;
}

function renderCell(cell: Cell, language: string, sources: OutputSources, headings: Heading[]): string {
  const source = joinLines(cell.source);
  if (cell.cell_type === "markdown") {
    const html = renderMarkdown(
      source,
      { folder: sources.folder, root: sources.root, attachments: cell.attachments },
      headings,
    );
    return `<div class="cell markdown">\n${html}</div>`;
  }
  if (!isCodeCell(cell)) return `<div class="cell raw"><pre tabindex="0">${escapeHtml(source)}</pre></div>`;
  // In a file that somebody else wrote it may be anything.
  const count = cell.execution_count === null ? "" : escapeHtml(String(cell.execution_count));
  const prompt = count === "" ? "" : `<span class="prompt" title="Run number ${count}">${count}</span>`;
  const outputs = cell.outputs.map((output) => renderOutput(output, sources)).join("\n");
  const shown = outputs === "" ? "" : `<div class="outputs">\n${outputs}\n</div>\n`;
  const code =
    source.trim() === "" ? "" : `<div class="input">${prompt}${codeBlock(source, language)}</div>\n`;
  return `<div class="cell code">\n${code}${shown}</div>`;
}

/** Links to the headings of the first three levels; none for a page of one heading. */
function contents(headings: Heading[]): string {
  const listed = headings.filter((heading) => heading.level <= 3);
  if (listed.length < 2) return "";
  const links = listed.map(
    ({ level, id, text }) =>
      `<li class="level-${level}"><a href="#${escapeHtml(encodeURIComponent(id))}">${escapeHtml(text)}</a></li>`,
  );
  // Open beside the text where there is room for it, folded above it elsewhere.
  return `<nav aria-label="Contents"><details id="contents"><summary>Contents</summary>
<ul>
${links.join("\n")}
</ul></details></nav>
<script>document.getElementById("contents").open = matchMedia("(min-width: 72rem)").matches;</script>
`;
}

function languageOf(notebook: Notebook): string {
  const { language_info, kernelspec } = notebook.metadata as {
    language_info?: { name?: string };
    kernelspec?: { language?: string };
  };
  return language_info?.name ?? kernelspec?.language ?? "typescript";
}
