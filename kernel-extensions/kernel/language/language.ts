/**
 * What the kernel needs from a language: turning a cell into runnable code, and answering questions
 * about code. The rest of the kernel knows TypeScript only through this interface.
 *
 * Offsets are UTF-16 code units, as everywhere in JavaScript; the session converts Jupyter's code points.
 */

/** A place in a cell, 1-based, as editors show it. */
export interface CellPosition {
  line: number;
  column: number;
}

export interface Diagnostic {
  /** `TS2322` and the like. */
  code: string;
  message: string;
  /** Where: a place in this cell, or in the named file (a local module the cell imports). */
  file?: string;
  start: CellPosition;
  /** The offending line with a caret underneath, ready to print; empty when the place is unknown. */
  frame: string;
}

/** An import the cell makes, to be loaded before the cell runs. */
export interface CellImport {
  /** As written: `danfojs-node`, `./lib`. */
  specifier: string;
  /** Offset of the specifier in the cell, for errors. */
  position: number;
}

/** A cell made ready to run. */
export interface CompiledCell {
  /** Unique and increasing; not the execution count, which silent cells do not have. */
  id: number;
  /** Absolute path under which the cell is compiled: the base for its imports, and its name in raw stack traces. */
  fileName: string;
  /** Body of a function of `scope` and `runtime`; reads and writes notebook variables as properties of the first. */
  code: string;
  /** What `code` calls the notebook's scope object and the runtime. */
  scope: string;
  runtime: string;
  /** Source map (JSON) from `code` to the cell's text. */
  sourceMap: string;
  /** Whether `code` awaits, so that the function must be async. */
  isAsync: boolean;
  imports: CellImport[];
  /** Names the cell declares at its top level that exist at run time. */
  declares: string[];
}

export type CompileResult = { cell: CompiledCell; diagnostics?: undefined } | { diagnostics: Diagnostic[] };

export interface Completion {
  /** Offsets of the text that a match replaces. */
  start: number;
  end: number;
  matches: { text: string; kind: string; signature?: string }[];
}

export interface Inspection {
  /** Signature and documentation as plain text. */
  plain: string;
  markdown: string;
}

export type Completeness = { status: "complete" | "invalid" } | { status: "incomplete"; indent: string };

export interface Language {
  /** Checks and translates a cell. Nothing is remembered until {@link commit}. */
  compile(code: string): CompileResult;
  /**
   * Remembers a cell that ran: later cells see its declarations. After a failed run, `defined` names
   * the variables that got a value before the failure; only those are remembered.
   */
  commit(cell: CompiledCell, defined?: ReadonlySet<string>): void;
  complete(code: string, offset: number): Completion;
  /** Documentation of what stands at `offset`, or `undefined`. */
  inspect(code: string, offset: number): Inspection | undefined;
  isComplete(code: string): Completeness;
  /** Throws away caches that a terminated call may have left half made. */
  recover(): void;
}
