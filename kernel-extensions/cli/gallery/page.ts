/** The gallery: one page that opens from a disk, without a server or a network. */
import { readFile } from "node:fs/promises";
import { plotlyFor } from "../../plots/bundle.js";
import { escapeHtml, escapeScript, scriptJson } from "../html/escape.js";
import type { RowsDrawn, SurveyFigure } from "../../../src/figures/survey/index.js";
import type { Item, Kind } from "./items.js";
import { galleryScript } from "./script.js";

/** How folders of ours are known again: the page's generator. */
export const generator = "arl figures";

export interface GalleryItem extends Item {
  /** Paths of its files, relative to the page. */
  readonly files: { readonly csv: string; readonly png?: string; readonly svg?: string };
}

const kindNames: Record<Kind, string> = {
  figures: "Figures 1–6",
  beyond: "Beyond",
  tables: "Tables 1–10",
};

/** What the page may load: what is in it. */
const policy =
  "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; " +
  "img-src data: blob:; font-src data:; worker-src blob:; connect-src data: blob:";

export async function galleryPage(items: readonly GalleryItem[]): Promise<string> {
  const style = await readFile(new URL("page.css", import.meta.url), "utf8");
  const figures = items.flatMap(({ figure }) => (figure === undefined ? [] : [figure]));
  const plotly = figures.length === 0 ? "" : `<script>${escapeScript(await plotlyFor(figures))}</script>\n`;
  const kinds = [...new Set(items.map(({ kind }) => kind))];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="${generator}">
<title>The landscape of agentic RL, redrawn from its data</title>
<style>
${style}</style>
</head>
<body>
<a class="skip" href="#content">To the figures</a>
<header>
<h1>The landscape of agentic RL, redrawn from its data</h1>
<p>Figures and tables of <a href="https://arxiv.org/abs/2509.02547">arXiv 2509.02547</a>, made from the
data set of this package, and what that data shows beyond the survey. A label is <em>strong</em> where a source
files the work under it, <em>weak</em> where the survey only cites the work in the section of that name.</p>
</header>
<div class="bar" role="search">
<label for="search">Search</label>
<input id="search" type="search" placeholder="a work, a method, a word" autocomplete="off" aria-keyshortcuts="/">
<div class="buttons" role="group" aria-label="Which kind">
<button type="button" data-filter="all" aria-pressed="true">All</button>
${kinds.map((kind) => `<button type="button" data-filter="${kind}" aria-pressed="false">${kindNames[kind]}</button>`).join("\n")}
</div>
<div class="buttons" role="group" aria-label="Colours">
<button type="button" data-set-theme="" aria-pressed="true">System</button>
<button type="button" data-set-theme="light" aria-pressed="false">Light</button>
<button type="button" data-set-theme="dark" aria-pressed="false">Dark</button>
</div>
<output id="count" for="search" aria-live="polite"></output>
</div>
<nav aria-label="Contents"><ul>
${items.map(({ id, kind, label, name }) => `<li><a href="#${id}">${kind === "beyond" ? "" : `<span>${label}</span> `}${escapeHtml(name)}</a></li>`).join("\n")}
</ul></nav>
<main id="content" tabindex="-1">
${items.map(card).join("\n")}
</main>
<noscript><p>The figures are drawn by a script: open their SVG or PNG files instead.</p></noscript>
${plotly}<script>${escapeScript(galleryScript)}</script>
</body>
</html>
`;
}

function card(item: GalleryItem): string {
  const { id, kind, label, name, title, alt, files, figure, html } = item;
  const links = Object.entries(files).map(
    ([type, path]) =>
      `<a href="${escapeHtml(path)}" download aria-label="${escapeHtml(`${name} as ${type.toUpperCase()}`)}">${type.toUpperCase()}</a>`,
  );
  const shown = figure === undefined ? `<div class="table">${html ?? ""}</div>` : plot(item, figure);
  const subtitle = figure === undefined ? "" : `<p class="subtitle">${subtitleOf(figure)}</p>\n`;
  return `<article id="${id}" data-kind="${kind}" aria-labelledby="${id}-title">
<div class="head"><p class="label">${label} · ${escapeHtml(name)}</p><p class="files">${links.join(" ")}</p></div>
<h2 id="${id}-title">${escapeHtml(title)}</h2>
${subtitle}${shown}
<details><summary>${escapeHtml(summaryOf(item.rows))}</summary>
${item.rows.map(account).join("\n")}</details>
${figure === undefined ? "" : `<details><summary>Description</summary><p>${escapeHtml(alt)}</p></details>\n`}</article>`;
}

/** The title stands above the plot, where it wraps: the drawing goes without it. */
function plot({ label, name, alt }: GalleryItem, { data, layout }: SurveyFigure): string {
  const whole = layout as { title?: unknown; margin: { t: number }; height: number };
  const top = "width" in layout ? 10 : 30;
  const untitled = {
    ...whole,
    title: undefined,
    margin: { ...whole.margin, t: top },
    height: whole.height - whole.margin.t + top,
  };
  return `<div class="plot" tabindex="0" role="region" aria-label="${escapeHtml(`${label}, ${name}: drawing`)}">
<script type="application/json">${scriptJson({ data, layout: untitled })}</script>
<p class="alt">${escapeHtml(alt)}</p>
</div>`;
}

/** Its lines were written for the drawing, and are escaped as Plotly reads them. */
function subtitleOf({ layout }: SurveyFigure): string {
  const title = layout["title"] as { subtitle?: { text?: string } } | undefined;
  return (title?.subtitle?.text ?? "").replaceAll("<br>", " ");
}

/** "papers: 1005 of 1143 rows drawn, 138 left out" */
export function summaryOf(rows: readonly RowsDrawn[]): string {
  return rows
    .map(({ frame, rows: all, used }) =>
      used === all
        ? `${frame}: all ${all} rows drawn`
        : `${frame}: ${used} of ${all} rows drawn, ${all - used} left out`,
    )
    .join("; ");
}

function account({ frame, rows, used, left }: RowsDrawn): string {
  const reasons = left.map(
    ({ reason, count, keys }) =>
      `<li>${count} left out, ${escapeHtml(reason)}: <span class="keys">${escapeHtml(keys.join(", "))}</span></li>`,
  );
  return `<ul><li>${escapeHtml(frame)}: ${used} of ${rows} rows drawn.</li>${reasons.join("")}</ul>`;
}
