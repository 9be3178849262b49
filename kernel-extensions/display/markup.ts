/** Values shown as HTML, Markdown and LaTeX. */
import { inspect } from "node:util";
import type { MimeBundle } from "../kernel/bridge.js";
import { displaySymbol, inspectAs, type SyncDisplayable } from "./displayable.js";
import { escapeHtml, htmlToText } from "./text.js";

/** A piece of HTML: shown as such, and put unescaped into a larger {@link html} template. */
export class Html implements SyncDisplayable {
  /** The markup as written. */
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }

  [displaySymbol](): MimeBundle {
    return { "text/html": this.markup, "text/plain": htmlToText(this.markup) };
  }

  toString(): string {
    return this.markup;
  }

  [inspect.custom](): string {
    return htmlToText(this.markup);
  }
}

/**
 * HTML to show. As a function it takes markup as it stands; as a template tag it escapes every
 * interpolation, except pieces that are {@link Html} already. Arrays are joined; `undefined`, `null` and
 * `false` disappear.
 *
 * ```ts
 * html("<b>bold</b>");
 * html`<p>${userText} ${html("<i>as markup</i>")}</p>`;
 * ```
 *
 * The escaping holds between tags and inside quoted attributes. It does not check what an address in
 * `href` or `src` leads to.
 */
export function html(markup: string): Html;
export function html(template: TemplateStringsArray, ...values: unknown[]): Html;
export function html(first: string | TemplateStringsArray, ...values: unknown[]): Html {
  if (typeof first === "string") return new Html(first);
  if (!Array.isArray(first)) throw new TypeError(`html() takes a string of markup, got ${typeof first}`);
  let markup = first[0]!;
  values.forEach((value, i) => {
    markup += interpolated(value) + first[i + 1]!;
  });
  return new Html(markup);
}

function interpolated(value: unknown): string {
  if (value === undefined || value === null || value === false) return "";
  if (value instanceof Html) return value.markup;
  if (Array.isArray(value)) return value.map(interpolated).join("");
  return escapeHtml(String(value));
}

/** Markdown to show (with formulas between `$` signs, where the front end draws them). */
export function markdown(source: string): SyncDisplayable {
  requireString(source, "markdown");
  return inspectAs(
    { [displaySymbol]: () => ({ "text/markdown": source, "text/plain": source }) },
    () => source,
  );
}

/** A formula in LaTeX. Without delimiters of its own (`$`, `\(`, `\[`, `\begin`) it is set on its own line. */
export function latex(source: string): SyncDisplayable {
  requireString(source, "latex");
  const formula = /^\s*(?:\$|\\[([]|\\begin\b)/.test(source) ? source : `$$${source}$$`;
  return inspectAs(
    { [displaySymbol]: () => ({ "text/latex": formula, "text/plain": source }) },
    () => source,
  );
}

function requireString(value: unknown, name: string): asserts value is string {
  if (typeof value !== "string") throw new TypeError(`${name}() takes a string, got ${typeof value}`);
}
