/** A cell's outputs as HTML: of each, the richest form a page without a kernel can show. */
import { joinLines, type DisplayOutput, type MultilineString, type Output } from "../../client/notebook.js";
import { ansiToHtml } from "./ansi.js";
import { escapeHtml, scriptJson } from "./escape.js";
import { highlight } from "./highlight.js";
import { imageData, inlineImage, type ImageSources } from "./images.js";
import { renderMarkdown } from "./markdown.js";
import { renderMath } from "./math.js";
import { sanitizeHtml } from "./sanitize.js";

export const plotlyType = "application/vnd.plotly.v1+json";

/** Pictures, the sharpest first. */
const imageTypes = ["image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp"];

export interface OutputSources extends Pick<ImageSources, "folder" | "root"> {
  /** The outputs were not made here: their HTML is reduced to what formats text. Default: shown as it is. */
  untrusted?: boolean | undefined;
}

type Renderer = (output: DisplayOutput, sources: OutputSources) => string;

/** In the order of preference. */
const renderers: [type: string, render: Renderer][] = [
  [plotlyType, renderPlot],
  ["text/html", (output, sources) => `<div class="html" tabindex="0">${htmlOf(output, sources)}</div>`],
  [
    "text/markdown",
    (output, { folder, root }) =>
      `<div class="markdown">${renderMarkdown(textOf(output, "text/markdown"), { folder, root })}</div>`,
  ],
  ...imageTypes.map((type): [string, Renderer] => [type, (output) => renderImage(output, type)]),
  ["text/latex", (output) => renderMath(textOf(output, "text/latex").replace(/^\s*\$+|\$+\s*$/g, ""), true)],
  ["text/plain", (output) => `<pre tabindex="0">${ansiToHtml(textOf(output, "text/plain"))}</pre>`],
  [
    "application/json",
    (output) =>
      `<pre tabindex="0">${highlight(JSON.stringify(output.data["application/json"], null, 2), "json")}</pre>`,
  ],
];

export function renderOutput(output: Output, sources: OutputSources): string {
  switch (output.output_type) {
    case "stream": {
      const name = output.name === "stderr" ? "stderr" : "stdout";
      return `<pre class="stream ${name}" tabindex="0">${ansiToHtml(joinLines(output.text))}</pre>`;
    }
    case "error": {
      const lines = output.traceback.length > 0 ? output.traceback : [`${output.ename}: ${output.evalue}`];
      return `<pre class="error" tabindex="0">${ansiToHtml(lines.join("\n"))}</pre>`;
    }
    default: {
      const found = renderers.find(([type]) => type in output.data);
      return found ? found[1](output, sources) : "";
    }
  }
}

/** As notebooks show it: what the code that ran here put out, scripts and all. */
function htmlOf(output: DisplayOutput, sources: OutputSources): string {
  const html = textOf(output, "text/html");
  return sources.untrusted ? sanitizeHtml(html, (src) => inlineImage(src, sources)) : html;
}

/** Shown by the page's plot script; where no script runs, the still picture is seen, or the words. */
function renderPlot(output: DisplayOutput): string {
  const still = imageTypes.find((type) => type in output.data);
  const label = escapeHtml(altText(output) ?? "Plot");
  const picture =
    still === undefined ? `<noscript><pre>${label}</pre></noscript>` : renderImage(output, still);
  const figure = scriptJson(output.data[plotlyType]);
  return (
    `<div class="plot" role="img" aria-label="${label}">${picture}` +
    `<script type="application/json">${figure}</script></div>`
  );
}

function renderImage(output: DisplayOutput, type: string): string {
  const alt = altText(output) ?? "Picture";
  const { width, height } = (output.metadata[type] ?? {}) as Record<string, unknown>;
  const size = [
    typeof width === "number" ? ` width="${width}"` : "",
    typeof height === "number" ? ` height="${height}"` : "",
  ].join("");
  return `<img src="${escapeHtml(imageData(type, textOf(output, type)))}" alt="${escapeHtml(alt)}"${size}>`;
}

/** What a picture shows, in words: its plain text form. */
function altText(output: DisplayOutput): string | undefined {
  return textOf(output, "text/plain").trim() || undefined;
}

function textOf(output: DisplayOutput, type: string): string {
  const content = output.data[type];
  if (typeof content === "string" || Array.isArray(content)) return joinLines(content as MultilineString);
  return "";
}
