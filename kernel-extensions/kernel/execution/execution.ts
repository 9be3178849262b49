import type { MimeBundle } from "../bridge.js";

/** What went wrong in a cell, in Jupyter's three fields. `traceback` lines are printed one under another. */
export interface CellError {
  ename: string;
  evalue: string;
  traceback: string[];
}

export type Outcome =
  /** `result` is the value of a last expression statement, absent when there is none or it is `undefined`. */
  { status: "ok"; result?: MimeBundle } | { status: "error"; error: CellError };

export interface ExecuteOptions {
  /** For labels in errors: `Cell [3]`. */
  executionCount: number;
  /** Skip formatting the result. */
  silent: boolean;
}

/**
 * Runs cells one at a time.
 *
 * An interrupted cell can leave V8 with microtasks thrown away (execution was terminated), so nothing here
 * may rely on a promise continuation to report the end of a cell: `done` is called exactly once for every
 * `execute`, from a macrotask of its own, whatever happened.
 */
export interface Executor {
  execute(code: string, options: ExecuteOptions, done: (outcome: Outcome) => void): void;
  /** Evaluates one expression for `user_expressions`; never touches history or the notebook's declarations. */
  evaluate(expression: string, done: (outcome: Outcome) => void): void;
  /**
   * Aborts the running cell's signal, rejects what it awaits, clears the timers that cells started.
   * A cell that has not settled a second later is given up: `done` reports it as interrupted.
   */
  interrupt(): void;
  /** V8's execution was terminated from outside: report the running cell as interrupted at once. */
  terminated(): void;
  /** The running cell's signal; between cells, that of the last one. */
  readonly signal: AbortSignal;
  /** Whether a cell is running. */
  readonly busy: boolean;
}
