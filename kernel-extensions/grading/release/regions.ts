/**
 * What stands between the delimiters in a cell. As for nbgrader, a line that contains a delimiter is one; any comment
 * mark may stand before it.
 */
import { ReleaseError } from "./error.js";

const solution = { begin: "BEGIN SOLUTION", end: "END SOLUTION" };
const hidden = { begin: "BEGIN HIDDEN TESTS", end: "END HIDDEN TESTS" };
type Delimiters = typeof solution;

/** Before each line that takes a solution's place. */
const stubMark = /^(\s*)\/\/ STUB:(?: (.*)|)$/;
/** Where a solution has no such line. */
const standardStub = ["// Your code here.", "return notYet();"];

export function hasSolution(source: string): boolean {
  return source.includes(solution.begin) || source.includes(solution.end);
}

/**
 * Replaces every solution by its stub: the text behind the marks `// STUB:`, or `return notYet();`. The stub of a
 * solution is indented as it is written; the standard one as its delimiter is.
 *
 * @throws ReleaseError for delimiters that are not in pairs
 */
export function cutSolutions(source: string): string {
  return replaceRegions(source, solution, (lines, begin) => stubOf(lines, begin));
}

/** Removes hidden tests, delimiters and all. Errors as {@link cutSolutions}. */
export function cutHiddenTests(source: string): string {
  return replaceRegions(source, hidden, () => []);
}

/**
 * Puts other texts in the place of the solutions, one for each region, indented as its delimiter is.
 * @throws ReleaseError when their number is not that of the regions
 */
export function replaceSolutions(source: string, texts: readonly string[]): string {
  let used = 0;
  const replaced = replaceRegions(source, solution, (_lines, begin) => {
    const text = texts[used++] ?? "";
    return text.split("\n").map((line) => (line === "" ? "" : indentOf(begin) + line));
  });
  if (used !== texts.length) {
    throw new ReleaseError(`${texts.length} texts for ${used} solutions: give one for each`);
  }
  return replaced;
}

function stubOf(lines: readonly string[], begin: string): string[] {
  const stub = lines.flatMap((line) => {
    const match = stubMark.exec(line);
    return match ? [match[2] === undefined ? "" : match[1]! + match[2]] : [];
  });
  return stub.length > 0 ? stub : standardStub.map((line) => indentOf(begin) + line);
}

const indentOf = (line: string) => /^\s*/.exec(line)![0];

function replaceRegions(
  source: string,
  { begin, end }: Delimiters,
  replace: (lines: readonly string[], begin: string) => readonly string[],
): string {
  const result: string[] = [];
  let open: { begin: string; lines: string[] } | undefined;
  for (const line of source.split("\n")) {
    if (line.includes(begin)) {
      if (open) throw new ReleaseError(`${begin} inside of a region: end the one before it first`);
      open = { begin: line, lines: [] };
    } else if (line.includes(end)) {
      if (!open) throw new ReleaseError(`${end} without ${begin} before it`);
      result.push(...replace(open.lines, open.begin));
      open = undefined;
    } else if (open) open.lines.push(line);
    else result.push(line);
  }
  if (open) throw new ReleaseError(`${begin} without ${end} after it`);
  return result.join("\n");
}
