/** Formulae of the survey's Figure 2 as Plotly can write them: Unicode with its sub- and superscripts. */
import { escapeText } from "../figure.js";

const commands: Record<string, string> = {
  gamma: "γ",
  pi: "π",
  theta: "θ",
  tau: "τ",
  sum: "Σ",
  sim: " ∼ ",
  mid: " | ",
  langle: "⟨",
  rangle: "⟩",
  cup: " ∪ ",
  left: "",
  right: "",
};

/** Letters in another alphabet: the letter itself, upright for expectations and cursive as italics. */
const alphabets: Record<string, (letter: string) => string> = {
  mathcal: (letter) => `<i>${letter}</i>`,
  mathbb: (letter) => `<b>${letter}</b>`,
  text: (letter) => letter,
};

/** Whether a label is a formula in LaTeX. */
export const isFormula = (text: string) => /[\\_^]/.test(text);

/**
 * `s_{t+1}\sim\mathcal{P}` → `s<sub>t+1</sub> ∼ <i>P</i>`.
 *
 * @throws RangeError for a command it does not know.
 */
export function mathText(latex: string): string {
  let at = 0;
  const group = (): string => {
    if (latex[at] !== "{") return atom();
    at++;
    let inside = "";
    while (at < latex.length && latex[at] !== "}") inside += atom();
    at++;
    return inside;
  };
  const atom = (): string => {
    const letter = latex[at++]!;
    if (letter === "_") return `<sub>${group()}</sub>`;
    if (letter === "^") return `<sup>${group()}</sup>`;
    if (letter !== "\\") return letter === "|" ? " | " : escapeText(letter);
    const name = /^[a-zA-Z]+/.exec(latex.slice(at))?.[0] ?? "";
    at += name.length;
    if (Object.hasOwn(alphabets, name)) return alphabets[name]!(group());
    if (Object.hasOwn(commands, name)) return commands[name]!;
    throw new RangeError(`\\${name} in "${latex}" has no place in Plotly's text`);
  };
  let text = "";
  while (at < latex.length) text += atom();
  return text;
}

/** Text without Plotly's markup, as it is read aloud or measured. */
export const plainText = (html: string) =>
  html
    .replace(/<[^>]*>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
