/** Terminal colours to HTML: what kernels put into tracebacks, and programs into their output. */
import { escapeHtml } from "./escape.js";

interface Style {
  classes: Set<string>;
  color?: string | undefined;
  background?: string | undefined;
}

const names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const attributes: Record<number, string> = { 1: "bold", 2: "faint", 3: "italic", 4: "underline" };

/** Every escape sequence; the first group holds the numbers of one that sets colours (SGR). */
// eslint-disable-next-line no-control-regex
const sequence = /\x1b(?:\[([\d;]*)m|\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])/g;

/** Escapes the text, turns colours into spans (classes `ansi-…`), and drops every other escape sequence. */
export function ansiToHtml(text: string): string {
  let html = "";
  let style: Style = { classes: new Set() };
  let end = 0;
  for (const match of text.matchAll(sequence)) {
    html += span(text.slice(end, match.index), style);
    end = match.index + match[0].length;
    if (match[1] !== undefined) style = change(style, match[1].split(";").map(Number));
  }
  return html + span(text.slice(end), style);
}

function span(text: string, { classes, color, background }: Style): string {
  if (text === "") return "";
  // Towards the text's colour: what a program chose for a black terminal must be readable on white, too.
  const readable = color && `color:color-mix(in oklab,${color} 60%,var(--text))`;
  const style = [readable, background && `background:${background}`].filter(Boolean).join(";");
  if (classes.size === 0 && style === "") return escapeHtml(text);
  const names = [...classes].map((name) => `ansi-${name}`).join(" ");
  return `<span${names && ` class="${names}"`}${style && ` style="${style}"`}>${escapeHtml(text)}</span>`;
}

/** The style after one sequence: https://en.wikipedia.org/wiki/ANSI_escape_code#SGR */
function change(before: Style, codes: number[]): Style {
  let style: Style = { ...before, classes: new Set(before.classes) };
  const setColor = (ground: "fg" | "bg", name?: string, rgb?: string) => {
    for (const old of style.classes) if (old.endsWith(`-${ground}`)) style.classes.delete(old);
    if (name) style.classes.add(`${name}-${ground}`);
    style[ground === "fg" ? "color" : "background"] = rgb;
  };
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    const tens = Math.floor(code / 10);
    if (code === 0) style = { classes: new Set() };
    else if (attributes[code]) style.classes.add(attributes[code]);
    else if (code === 22) ["bold", "faint"].forEach((name) => style.classes.delete(name));
    else if (code === 23 || code === 24) style.classes.delete(attributes[code - 20]!);
    else if (code === 38 || code === 48) {
      const ground = code === 38 ? "fg" : "bg";
      if (codes[i + 1] === 5) {
        const index = codes[i + 2] ?? 0;
        if (index < 16) setColor(ground, `${index < 8 ? "" : "bright-"}${names[index % 8]!}`);
        else setColor(ground, undefined, palette(index));
        i += 2;
      } else if (codes[i + 1] === 2) {
        setColor(ground, undefined, `rgb(${[2, 3, 4].map((k) => codes[i + k] ?? 0).join(" ")})`);
        i += 4;
      }
    } else if (code === 39 || code === 49) setColor(code === 39 ? "fg" : "bg");
    else if (tens === 3 || tens === 4) setColor(tens === 3 ? "fg" : "bg", names[code % 10]);
    else if (tens === 9 || tens === 10)
      setColor(tens === 9 ? "fg" : "bg", `bright-${names[code % 10] ?? "white"}`);
  }
  return style;
}

/** Colours 16…255: a cube of six steps a channel, then greys. */
function palette(index: number): string {
  if (index >= 232) {
    const grey = 8 + 10 * (index - 232);
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const steps = [0, 95, 135, 175, 215, 255];
  const cube = index - 16;
  return `rgb(${[Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((step) => steps[step]).join(" ")})`;
}
