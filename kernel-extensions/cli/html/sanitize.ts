/**
 * HTML inside Markdown, reduced to what formats text: authors write `<details>` and `<sub>`, but a page
 * that somebody opens from their disk should not run a script that hides in a note.
 */
import { escapeHtml } from "./escape.js";

const tags = new Set(
  (
    "a abbr b blockquote br caption center cite code col colgroup dd del details dfn div dl dt em figcaption figure " +
    "h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td " +
    "tfoot th thead tr u ul var wbr"
  ).split(" "),
);
const attributes = new Set(
  "align alt colspan dir height href id lang open reversed rowspan scope src start title width".split(" "),
);
const dropped = /<!--[\s\S]*?-->|<(script|style|template|iframe|object)\b[\s\S]*?(?:<\/\1\s*>|$)/gi;
const tag = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*)\s*\/?>/gi;
const attribute = /([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/gi;

/**
 * @param html a whole block of HTML, or a single tag
 * @param image what to show for the address of an image; `undefined` leaves the image out
 */
export function sanitizeHtml(html: string, image: (src: string) => string | undefined): string {
  const kept = html.replace(dropped, "");
  let result = "";
  let end = 0;
  for (const match of kept.matchAll(tag)) {
    result +=
      text(kept.slice(end, match.index)) + cleanTag(match[1]!, match[2]!.toLowerCase(), match[3]!, image);
    end = match.index + match[0].length;
  }
  return result + text(kept.slice(end));
}

/** Outside of tags: entities keep their meaning, brackets that open nothing are shown. */
function text(between: string): string {
  return between.replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function cleanTag(
  slash: string,
  name: string,
  written: string,
  image: (src: string) => string | undefined,
): string {
  if (!tags.has(name)) return "";
  if (slash) return `</${name}>`;
  let clean = "";
  for (const [, key, double, single, bare] of written.matchAll(attribute)) {
    const attributeName = key!.toLowerCase();
    const value = unescape(double ?? single ?? bare ?? "");
    if (!attributes.has(attributeName)) continue;
    if (attributeName === "href" && !isSafeLink(value)) continue;
    if (attributeName === "src") {
      const shown = image(value);
      if (shown === undefined) return "";
      clean += ` src="${escapeHtml(shown)}"`;
    } else {
      clean += ` ${attributeName}="${escapeHtml(value)}"`;
    }
  }
  return `<${name}${clean}>`;
}

/** Addresses that only lead somewhere when they are clicked, and run nothing. */
function isSafeLink(address: string): boolean {
  // Browsers ignore control characters and spaces in front of and inside of a scheme.
  // eslint-disable-next-line no-control-regex
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address.replace(/[\x00-\x20]/g, ""))?.[1];
  return scheme === undefined || ["http", "https", "mailto"].includes(scheme.toLowerCase());
}

/** The entities that occur in addresses and titles; numeric ones, so that none can hide a scheme. */
function unescape(value: string): string {
  const named: Record<string, string> = {
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    colon: ":",
    tab: "\t",
  };
  return value.replace(
    /&(?:#(\d+)|#x([\da-f]+)|([a-z]+));?/gi,
    (whole, decimal, hex, name: string | undefined) => {
      if (name !== undefined) return named[name.toLowerCase()] ?? whole;
      const code = decimal ? Number(decimal) : parseInt(String(hex), 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : "";
    },
  );
}
