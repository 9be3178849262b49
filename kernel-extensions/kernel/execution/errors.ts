/** What a failed cell sends to the front end. */
import { inspect } from "node:util";
import { codeFrame } from "../language/diagnostics.js";
import type { Diagnostic } from "../language/language.js";
import type { CellError } from "./execution.js";
import type { Place, StackTraces } from "./stack.js";

const RED = "\u001b[31m";
const BOLD = "\u001b[1m";
const RESET = "\u001b[0m";

const heading = (ename: string, evalue: string) =>
  `${RED}${BOLD}${ename}${RESET}${evalue ? `: ${evalue}` : ""}`;

/** Type and syntax errors: nothing of the cell has run. */
export function fromDiagnostics(diagnostics: readonly Diagnostic[], executionCount: number): CellError {
  const [first] = diagnostics;
  if (!first) throw new Error("a cell cannot fail with no diagnostics");
  const place = (d: Diagnostic) =>
    `${d.file ?? `Cell [${executionCount}]`}:${d.start.line}:${d.start.column}`;
  const traceback = diagnostics.flatMap((d) => [
    heading(d.code, d.message),
    `    at ${place(d)}`,
    ...(d.frame ? [d.frame] : []),
    "",
  ]);
  const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : "";
  return { ename: first.code, evalue: `${first.message}${more}`, traceback: traceback.slice(0, -1) };
}

/** Whatever a cell threw, also things that are no errors or fight being looked at. */
export function fromThrown(thrown: unknown, stacks: StackTraces): CellError {
  if (!(thrown instanceof Error) && !isErrorLike(thrown)) {
    const shown = safely(() => inspect(thrown), "a value that cannot be shown");
    const traceback = [
      heading("Thrown", shown),
      "A cell threw a value that is not an Error: it carries no stack.",
    ];
    return { ename: "Thrown", evalue: shown, traceback };
  }
  const ename = safely(() => String(thrown.name || "Error"), "Error");
  const evalue = safely(() => String(thrown.message), "");
  const place = safely(() => stacks.placeOf(thrown), undefined);
  const details = safely(() => inspect(thrown).split("\n"), [String(ename)]);
  // The first lines repeat name and message, which the heading shows.
  const stack = details.filter((_line, index) => index >= Math.max(1, headingLines(evalue)));
  return {
    ename,
    evalue,
    traceback: [heading(ename, evalue), ...(place ? [frameOf(place)] : []), ...stack],
  };
}

const headingLines = (evalue: string) => evalue.split("\n").length;

function frameOf(place: Place): string {
  return codeFrame(place.text, place.line, place.column);
}

function isErrorLike(value: unknown): value is Error {
  return safely(
    () =>
      typeof value === "object" &&
      value !== null &&
      typeof (value as Error).message === "string" &&
      typeof (value as Error).stack === "string",
    false,
  );
}

function safely<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
