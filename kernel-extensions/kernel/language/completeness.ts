import type { Completeness } from "./language.js";
import { parseCell } from "./slots.js";

const UNTERMINATED_STRING = 1002;
const UNTERMINATED_TEMPLATE = 1160;
const UNTERMINATED_COMMENT = 1010;

/**
 * Whether more lines could complete the cell, for consoles that decide on Enter. Code is incomplete when the
 * first syntax error lies at its very end: something is still open there.
 */
export function completeness(code: string): Completeness {
  const [error] = [...parseCell(code).parseDiagnostics].sort((a, b) => a.start - b.start);
  if (!error) return { status: "complete" };
  const end = code.trimEnd().length;
  const open =
    error.code !== UNTERMINATED_STRING &&
    error.start + error.length >= end &&
    (error.start >= end || error.code === UNTERMINATED_TEMPLATE || error.code === UNTERMINATED_COMMENT);
  return open ? { status: "incomplete", indent: nextIndent(code) } : { status: "invalid" };
}

/** The last line's indentation, one step deeper after an opening bracket. */
function nextIndent(code: string): string {
  const line = code.trimEnd().split("\n").at(-1) ?? "";
  const indent = /^\s*/.exec(line)?.[0] ?? "";
  return /[{([]\s*$/.test(line) ? `${indent}  ` : indent;
}
