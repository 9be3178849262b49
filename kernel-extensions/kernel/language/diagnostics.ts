/** TypeScript's diagnostics as the kernel shows them: code, place, message, and the line with a caret. */
import type { Diagnostic } from "./language.js";
import { ts, type TS } from "./typescript.js";

/** Faults that TypeScript reports and a notebook does not have. */
const IGNORED = new Set([
  7016, // No declaration file: an untyped package is usable, as `any`.
  1202, // `import x = require()` in an ES module: the kernel runs it.
]);

/** Lines of the cell before and after the fault in a frame. */
const CONTEXT = 1;

export function isRelevant(diagnostic: TS.Diagnostic): boolean {
  return diagnostic.category === ts.DiagnosticCategory.Error && !IGNORED.has(diagnostic.code);
}

/**
 * @param limit length of the cell's own text: places in the tail are moved to its end.
 * @param fileLabel name of the file for diagnostics in a local module; undefined for the cell itself.
 */
export function describe(diagnostic: TS.Diagnostic, text: string, fileLabel: string | undefined): Diagnostic {
  const offset = Math.min(diagnostic.start ?? 0, text.length);
  const { line, column } = positionAt(text, offset);
  return {
    code: `TS${diagnostic.code}`,
    message: ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"),
    ...(fileLabel === undefined ? {} : { file: fileLabel }),
    start: { line, column },
    frame: codeFrame(text, line, column, Math.min(diagnostic.length ?? 1, text.length - offset)),
  };
}

/** 1-based line and column of a UTF-16 offset. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The line at fault and its neighbours, numbered, with `^^^` under `length` characters from `column`. */
export function codeFrame(text: string, line: number, column: number, length = 1): string {
  const lines = text.split(/\r\n|\n|\r/);
  const first = Math.max(1, line - CONTEXT);
  const last = Math.min(lines.length, line + CONTEXT);
  const width = String(last).length;
  const output: string[] = [];
  for (let number = first; number <= last; number++) {
    const content = lines[number - 1] ?? "";
    output.push(`${number === line ? ">" : " "} ${String(number).padStart(width)} | ${content}`);
    if (number === line) {
      const marks = Math.max(1, Math.min(length, content.length - column + 1));
      const indent = content.slice(0, column - 1).replace(/[^\t]/g, " ");
      output.push(`  ${" ".repeat(width)} | ${indent}${"^".repeat(marks)}`);
    }
  }
  return output.join("\n");
}
