/** Runs the code cells of a notebook, in order, in a fresh kernel. */
import { startKernel, type ExecuteReply, type Kernel } from "./kernel.js";
import { isCodeCell, joinLines, tagsOf, type CodeCell, type Notebook } from "./notebook.js";
import { OutputRecorder } from "./outputs.js";
import { KernelDied, type KernelSpec } from "./process.js";

export interface ExecuteNotebookOptions {
  spec: KernelSpec;
  /** The kernel's working directory: the folder of the notebook. */
  cwd: string;
  cellTimeoutMs: number;
  /** Go on after a cell that raises an error. A cell tagged `raises-exception` may always raise one. */
  allowErrors: boolean;
  /** Interrupts the running cell and ends the run. */
  signal?: AbortSignal;
  onProgress?: (progress: CellProgress) => void;
}

export interface CellProgress {
  /** Counts code cells, from 1; 0 while the kernel starts. */
  cell: number;
  cells: number;
  state: "running" | "done";
  elapsedMs: number;
}

/** Why a run stopped. */
export interface CellFailure {
  kind: "error" | "timeout" | "died" | "interrupted";
  /** Counts code cells, from 1; 0 when the kernel did not start. */
  cell: number;
  cells: number;
  /** One line for people; for a kernel that died, followed by what it last printed. */
  message: string;
}

/** How long an interrupted cell may take to stop before its kernel is ended. */
const interruptGraceMs = 5_000;
const interruptEveryMs = 1_000;

/**
 * Executes `notebook` and puts outputs, execution counts and the kernel's `language_info` into it. What a
 * former run left in cells that are not reached is removed: a stale output is no result.
 * Cells without code, and cells tagged `skip-execution`, are left as they are.
 * @returns why the run stopped early; `undefined` when it reached the end.
 */
export async function executeNotebook(
  notebook: Notebook,
  options: ExecuteNotebookOptions,
): Promise<CellFailure | undefined> {
  const { spec, signal, onProgress } = options;
  const cells = notebook.cells
    .filter(isCodeCell)
    .filter((cell) => joinLines(cell.source).trim() !== "" && !tagsOf(cell).includes("skip-execution"));
  for (const cell of cells) {
    cell.outputs = [];
    cell.execution_count = null;
  }
  const report = (cell: number, state: CellProgress["state"], since: number) =>
    onProgress?.({ cell, cells: cells.length, state, elapsedMs: Date.now() - since });
  const failure = (cell: number, kind: CellFailure["kind"], message: string): CellFailure => ({
    kind,
    cell,
    cells: cells.length,
    message,
  });

  const started = Date.now();
  report(0, "running", started);
  let kernel: Kernel;
  try {
    kernel = await startKernel(spec, { cwd: options.cwd, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) return failure(0, "interrupted", "interrupted while the kernel started");
    return failure(0, "died", (error as Error).message);
  }
  if (kernel.info.language_info) notebook.metadata.language_info = kernel.info.language_info;

  const recorder = new OutputRecorder();
  try {
    for (const [index, cell] of cells.entries()) {
      if (signal?.aborted) return failure(index, "interrupted", "interrupted");
      const since = Date.now();
      report(index + 1, "running", since);
      const ended = await executeCell(kernel, cell, recorder, options);
      report(index + 1, "done", since);
      if (ended) return failure(index + 1, ended.kind, ended.message);
    }
  } finally {
    await kernel.shutdown();
    recorder.finish(cells);
  }
  return undefined;
}

/** Runs one cell; `undefined` when nothing went wrong that was not meant to. */
async function executeCell(
  kernel: Kernel,
  cell: CodeCell,
  recorder: OutputRecorder,
  { cellTimeoutMs, allowErrors, signal }: ExecuteNotebookOptions,
): Promise<Pick<CellFailure, "kind" | "message"> | undefined> {
  let stopped: "timeout" | "interrupted" | undefined;
  let again: NodeJS.Timeout | undefined;
  let kill: NodeJS.Timeout | undefined;
  const stop = (why: "timeout" | "interrupted") => {
    if (stopped) return;
    stopped = why;
    kernel.interrupt();
    // One that arrives before the kernel has begun with the cell is lost.
    again = setInterval(() => {
      kernel.interrupt();
    }, interruptEveryMs);
    kill = setTimeout(() => void kernel.kill(), interruptGraceMs);
  };
  const timeout = setTimeout(() => {
    stop("timeout");
  }, cellTimeoutMs);
  const interrupt = () => {
    stop("interrupted");
  };
  signal?.addEventListener("abort", interrupt);

  const stoppedBecause = (more: string) => ({
    kind: stopped!,
    message: (stopped === "timeout" ? `took longer than ${cellTimeoutMs / 1000} s` : "interrupted") + more,
  });
  try {
    const reply = await kernel.execute(joinLines(cell.source), (message) => {
      recorder.record(cell, message);
    });
    cell.execution_count ??= reply.executionCount;
    if (stopped) return stoppedBecause("");
    if (reply.status === "ok") return undefined;
    if (allowErrors || tagsOf(cell).includes("raises-exception")) return undefined;
    return { kind: "error", message: describe(reply) };
  } catch (error) {
    if (!(error instanceof KernelDied)) throw error;
    if (!stopped) return { kind: "died", message: error.message };
    return stoppedBecause(", and did not stop when interrupted: its kernel was ended");
  } finally {
    clearTimeout(timeout);
    clearInterval(again);
    clearTimeout(kill);
    signal?.removeEventListener("abort", interrupt);
  }
}

/** The first line of an error. */
function describe(reply: ExecuteReply): string {
  if (reply.status === "aborted") return "the kernel did not run it";
  const first = reply.evalue.split("\n", 1)[0] ?? "";
  return first ? `${reply.ename}: ${first}` : reply.ename;
}
