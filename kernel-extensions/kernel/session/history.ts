/** The inputs of this kernel's life (Jupyter messaging, "History"). Nothing is kept on disk. */
import type { HistoryRequest } from "./requests.js";

/** There is one session; the specification counts them from 1 and lets 0 mean the current one. */
const thisSession = 1;

interface Line {
  number: number;
  input: string;
  /** `text/plain` of the result. */
  output: string | null;
}

export type HistoryEntry = [session: number, line: number, input: string | [string, string | null]];

export class History {
  readonly #lines: Line[] = [];

  add(number: number, input: string): void {
    this.#lines.push({ number, input, output: null });
  }

  setOutput(number: number, output: string): void {
    const line = this.#lines.at(-1);
    if (line?.number === number) line.output = output;
  }

  find(request: HistoryRequest): HistoryEntry[] {
    return this.#select(request).map((line) => [
      thisSession,
      line.number,
      request.output ? [line.input, line.output] : line.input,
    ]);
  }

  #select({ access, session, start, stop, n, pattern, unique }: HistoryRequest): Line[] {
    if (access === "range") {
      // Older sessions (negative numbers) left nothing behind.
      if (session !== 0 && session !== thisSession) return [];
      return this.#lines.filter(({ number }) => number >= start && number < (stop ?? Infinity));
    }
    let lines = this.#lines;
    if (access === "search") {
      const matcher = globToRegExp(pattern);
      lines = lines.filter(({ input }) => matcher.test(input));
      if (unique) lines = [...new Map(lines.map((line) => [line.input, line])).values()];
      lines = lines.toSorted((a, b) => a.number - b.number);
    }
    return n === undefined ? lines : lines.slice(Math.max(0, lines.length - Math.max(0, n)));
  }
}

/** SQLite's GLOB, which IPython's history uses: `*`, `?`, `[abc]`, `[^abc]`, case-sensitive, the whole text. */
export function globToRegExp(glob: string): RegExp {
  let source = "";
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at]!;
    const set = character === "[" ? /^\[(\^?)(\]?[^\]]*)\]/.exec(glob.slice(at)) : null;
    if (character === "*") source += "[^]*";
    else if (character === "?") source += "[^]";
    else if (set && set[2] !== "") {
      source += `[${set[1]!}${set[2]!.replace(/[\\\]^[]/g, "\\$&")}]`;
      at += set[0].length - 1;
    } else source += character.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  }
  try {
    return new RegExp(`^${source}$`, "u");
  } catch {
    return /(?!)/; // `[z-a]`: matches nothing, as in SQLite.
  }
}
