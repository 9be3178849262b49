/**
 * Formulas in Markdown, as Jupyter reads them: `$…$`, `$$…$$`, `\\(…\\)`, `\\[…\\]` and
 * `\begin{…}…\end{…}`. Rendered as MathML, which needs no fonts and no scripts.
 */
import katex from "katex";
import { toMathMLCore } from "./mathml.js";
import type { MarkdownIt, StateBlock, StateInline } from "markdown-it";

export function mathPlugin(md: MarkdownIt): void {
  md.inline.ruler.before("escape", "math", inlineMath);
  md.block.ruler.before("fence", "math", blockMath, {
    alt: ["paragraph", "reference", "blockquote", "list"],
  });
  md.renderer.rules.math_inline = (tokens, index) => renderMath(tokens[index]!.content, false);
  md.renderer.rules.math_block = (tokens, index) => renderMath(tokens[index]!.content, true);
}

/** MathML; a formula that cannot be read is shown as it was written. */
export function renderMath(tex: string, display: boolean): string {
  const html = toMathMLCore(
    katex.renderToString(tex.trim(), {
      displayMode: display,
      output: "mathml",
      throwOnError: false,
      strict: "ignore",
    }),
  );
  return display ? `<div class="math" tabindex="0">${html}</div>` : html;
}

/** What opens a formula, what closes it, and whether it stands on its own. */
const delimiters = [
  { open: "$$", close: "$$", display: true },
  { open: "$", close: "$", display: false },
  { open: "\\\\[", close: "\\\\]", display: true },
  { open: "\\\\(", close: "\\\\)", display: false },
];

function inlineMath(state: StateInline, silent: boolean): boolean {
  const text = state.src.slice(state.pos, state.posMax);
  const found = environment(text) ?? delimited(text);
  if (!found) return false;
  if (!silent) {
    const token = state.push(found.display ? "math_block" : "math_inline", "math", 0);
    token.content = found.tex;
  }
  state.pos += found.length;
  return true;
}

interface Formula {
  tex: string;
  display: boolean;
  length: number;
}

function environment(text: string): Formula | undefined {
  const name = /^\\begin\{([a-zA-Z]+\*?)\}/.exec(text)?.[1];
  if (name === undefined) return undefined;
  const end = `\\end{${name}}`;
  const at = text.indexOf(end);
  if (at < 0) return undefined;
  const length = at + end.length;
  return { tex: text.slice(0, length), display: true, length };
}

function delimited(text: string): Formula | undefined {
  const { open, close, display } = delimiters.find((one) => text.startsWith(one.open)) ?? {};
  if (open === undefined || close === undefined) return undefined;
  let end = text.indexOf(close, open.length);
  while (close.startsWith("$") && end > 0 && text[end - 1] === "\\") end = text.indexOf(close, end + 1);
  if (end <= open.length) return undefined;
  const tex = text.slice(open.length, end);
  // "from $5 to $7" is money: a formula has no space inside its dollars and no digit behind them.
  if (open === "$" && (/^\s|\s$/.test(tex) || /\d/.test(text[end + 1] ?? ""))) return undefined;
  return { tex, display: display === true, length: end + close.length };
}

/** A formula of several lines: its lines must not be taken for lists, headings or rules. */
function blockMath(state: StateBlock, startLine: number, endLine: number, silent: boolean): boolean {
  const lineAt = (line: number) =>
    state.src.slice(state.bMarks[line]! + state.tShift[line]!, state.eMarks[line]!).trimEnd();
  const first = lineAt(startLine);
  const begin = /^\\begin\{([a-zA-Z]+\*?)\}/.exec(first)?.[1];
  const open = begin === undefined ? ["$$", "\\\\["].find((mark) => first.startsWith(mark)) : "";
  if (open === undefined) return false;
  const close = begin === undefined ? (open === "$$" ? "$$" : "\\\\]") : `\\end{${begin}}`;

  const lines: string[] = [];
  for (let line = startLine; line < endLine; line++) {
    const text = line === startLine ? first.slice(open.length) : lineAt(line);
    if (line > startLine && state.sCount[line]! < state.blkIndent) return false;
    if (text.endsWith(close)) {
      if (silent) return true;
      lines.push(begin === undefined ? text.slice(0, -close.length) : text);
      const token = state.push("math_block", "math", 0);
      token.block = true;
      token.content = lines.join("\n");
      token.map = [startLine, line + 1];
      state.line = line + 1;
      return true;
    }
    // Closed in the middle of a line: that is a formula in running text.
    if (text.includes(close)) return false;
    lines.push(text);
  }
  return false;
}
