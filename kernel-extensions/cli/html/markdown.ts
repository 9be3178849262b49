/** Markdown to HTML that needs nothing from outside: formulas as MathML, pictures inlined. */
import MarkdownIt, { type Env, type Token } from "markdown-it";
import { escapeHtml } from "./escape.js";
import { highlight } from "./highlight.js";
import { inlineImage, type ImageSources } from "./images.js";
import { mathPlugin } from "./math.js";
import { sanitizeHtml } from "./sanitize.js";

export interface Heading {
  level: number;
  /** Unique on the page. */
  id: string;
  text: string;
}

interface PageEnv extends Env {
  images: ImageSources;
  headings: Heading[];
}

const md = new MarkdownIt({ html: true, linkify: true });
md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
md.use(mathPlugin);

const { rules } = md.renderer;
const clean = (tokens: Token[], index: number, env: Env | undefined) =>
  sanitizeHtml(tokens[index]!.content, (src) => inlineImage(src, (env as PageEnv).images));
rules.html_block = (tokens, index, _options, env) => clean(tokens, index, env);
rules.html_inline = (tokens, index, _options, env) => clean(tokens, index, env);
rules.image = (tokens, index, options, env, renderer) => {
  const token = tokens[index]!;
  const alt = renderer.renderInlineAsText(token.children ?? [], options, env);
  const address = String(token.attrGet("src") ?? "");
  const src = inlineImage(address, (env as PageEnv).images);
  if (src !== undefined) return `<img src="${escapeHtml(src)}" alt="${escapeHtml(alt)}">`;
  // Not on this machine: the page stays whole without a network, and says what is elsewhere.
  return `<a href="${escapeHtml(address)}">${escapeHtml(alt || address)}</a>`;
};
rules.fence = (tokens, index) => {
  const { info, content } = tokens[index]!;
  const written = info.trim().split(/\s+/)[0] ?? "";
  return codeBlock(
    content,
    { ts: "typescript", js: "javascript", sh: "bash", py: "python" }[written] ?? written,
  );
};
rules.code_block = (tokens, index) => codeBlock(tokens[index]!.content, "");
rules.table_open = () => `<div class="table" tabindex="0"><table>`;
rules.table_close = () => `</table></div>`;

md.core.ruler.push("headings", (state) => {
  const { headings } = state.env as PageEnv;
  state.tokens.forEach((token, index) => {
    if (token.type !== "heading_open") return;
    const text = textOf(state.tokens[index + 1]?.children ?? []);
    // JupyterLab's form, so that links between a notebook's sections lead somewhere here, too.
    const id = text.replace(/\s/g, "-");
    const taken = headings.filter((heading) => heading.id.replace(/~\d+$/, "") === id).length;
    const unique = taken === 0 ? id : `${id}~${taken + 1}`;
    token.attrSet("id", unique);
    headings.push({ level: Number(token.tag.slice(1)), id: unique, text });
  });
});

/** Renders one cell, and adds its headings to `headings`. */
export function renderMarkdown(source: string, images: ImageSources, headings: Heading[] = []): string {
  const env: PageEnv = { images, headings };
  return md.render(source, env);
}

/** Code that can be scrolled with the keyboard. */
export function codeBlock(code: string, language: string): string {
  return `<pre tabindex="0"><code>${highlight(code.replace(/\n$/, ""), language)}</code></pre>\n`;
}

function textOf(tokens: Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === "softbreak" || token.type === "hardbreak") return " ";
      if (token.children) return textOf(token.children);
      return token.type === "html_inline" ? "" : token.content;
    })
    .join("")
    .trim();
}
