/** Text for screens of fixed-width characters, and text out of HTML. */
import type { MimeBundle } from "../kernel/bridge.js";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
// East Asian Wide and Fullwidth blocks (Unicode 15, UAX #11), coarsely, and what is drawn as a picture.
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const invisible = /^[\p{Mark}\p{Cf}]+$/u;
const ascii = /^[\x20-\x7e]*$/;
// eslint-disable-next-line no-control-regex
const control = /[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g;

/** How many terminal columns `text` takes: 2 for wide characters and emoji, 0 for marks that combine. */
export function textWidth(text: string): number {
  if (ascii.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) {
    width += invisible.test(segment) ? 0 : wide.test(segment) ? 2 : 1;
  }
  return width;
}

/** `text` cut to at most `width` columns, the last of them `…` when something was cut. */
export function truncate(text: string, width: number): string {
  // Far more characters than columns: do not segment a novel to show its first line.
  const start = text.length > 8 * width ? text.slice(0, 8 * width) : text;
  if (start === text && textWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(start)) {
    used += textWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return kept + "…";
}

export function pad(text: string, width: number, side: "left" | "right"): string {
  const space = " ".repeat(Math.max(0, width - textWidth(text)));
  return side === "left" ? space + text : text + space;
}

/** `text` on one line, without control characters: data must not drive the reader's terminal. */
export function oneLine(text: string): string {
  return text.replace(control, " ");
}

/** `text` with `& < > " '` escaped: safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };

/** The words of an HTML fragment, for where HTML cannot be shown. A reading aid, not a sanitizer. */
export function htmlToText(html: string): string {
  return html
    .replace(/<!--[^]*?-->|<(script|style)\b[^]*?<\/\1\s*>/gi, "")
    .replace(/\s+/g, " ")
    .replace(/<br\s*\/?>|<\/(?:p|div|li|tr|h[1-6]|(?:fig)?caption|pre|section)>/gi, "\n")
    .replace(/<\/(?:td|th)>/gi, "  ")
    .replace(/<[a-z/!][^>]*>/gi, "")
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi, (entity, decimal, hex, name) => {
      if (name !== undefined) return named[String(name)] ?? entity;
      const code = decimal !== undefined ? Number(decimal) : parseInt(String(hex), 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : entity;
    })
    .replace(/[^\S\n]*\n[^\S\n]*/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** The best text for a bundle where nothing richer can be shown. */
export function plainText(bundle: MimeBundle): string {
  for (const type of ["text/plain", "text/markdown", "text/latex"]) {
    if (type in bundle) return joined(bundle[type]);
  }
  if ("text/html" in bundle) return htmlToText(joined(bundle["text/html"]));
  const types = Object.keys(bundle);
  return types.length === 0 ? "" : `[${types.join(", ")}]`;
}

/** Notebook files hold long text as a list of lines. */
function joined(content: unknown): string {
  return Array.isArray(content) ? content.join("") : String(content);
}

/** `"3 rows"`, `"1 row"`. */
export function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
