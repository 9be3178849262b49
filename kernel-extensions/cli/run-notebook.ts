/** Executing one notebook file, and writing what came of it. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { executeNotebook, type CellFailure } from "../client/execute-notebook.js";
import { allowedErrors, executableCells, placeOf, tellTimeout } from "./failures.js";
import {
  NotebookFormatError,
  parseNotebook,
  serializeNotebook,
  type CodeCell,
  type Notebook,
} from "../client/notebook.js";
import type { KernelSpec } from "../client/process.js";
import { rename } from "../rename.js";
import { CommandError } from "./command.js";
import { ownKernelName } from "./kernelspec/find.js";
import { CellProgressLine } from "./progress.js";

export interface RunOptions {
  html: boolean;
  stills: boolean;
  out: string;
  inPlace: boolean;
  allowErrors: boolean;
  cellTimeoutMs: number;
  spec: KernelSpec;
}

export interface NotebookRun {
  /** Every cell did what it should. */
  succeeded: boolean;
  /** Paths of the files written; none when the notebook could not be read. */
  written: string[];
}

/** Executes one notebook and writes it; what goes wrong in it is told on stderr. */
export async function runNotebook(
  path: string,
  options: RunOptions,
  signal: AbortSignal,
): Promise<NotebookRun> {
  const notebook = await readNotebook(path);
  if (typeof notebook === "string") {
    process.stderr.write(`${notebook}\n`);
    return { succeeded: false, written: [] };
  }
  const name = basename(path, ".ipynb");
  const made = (notebook.metadata.kernelspec as { name?: unknown } | undefined)?.name;
  if (typeof made === "string" && made !== options.spec.name) {
    process.stderr.write(
      `${path}: made for the kernel ${made}, run with ${options.spec.name} (--kernel ${made} would use the other)\n`,
    );
  }
  const line = new CellProgressLine(name);
  const failure = await executeNotebook(notebook, {
    spec: options.spec,
    cwd: dirname(resolve(path)),
    cellTimeoutMs: options.cellTimeoutMs,
    allowErrors: options.allowErrors,
    signal,
    onProgress: (progress) => {
      line.show(progress);
    },
  });
  line.end();
  const cells = executableCells(notebook);
  if (failure?.kind === "timeout") tellTimeout(cells[failure.cell - 1], options.cellTimeoutMs);
  if (options.allowErrors) process.stderr.write(allowedErrors(path, cells, failure));
  if (failure) process.stderr.write(`${path}: ${describe(failure, cells, options)}\n`);

  const illustrated = !options.stills || (await illustrate(path, notebook, signal));
  const target = options.inPlace ? path : join(options.out, `${name}.ipynb`);
  await write(target, serializeNotebook(notebook));
  const written = [target];
  if (options.html) {
    const { renderPage } = await import("./html/page.js");
    const page = await renderPage(notebook, { name, folder: dirname(resolve(path)) });
    const pagePath = join(options.out, `${name}.html`);
    await write(pagePath, page);
    written.push(pagePath);
  }
  return { succeeded: failure === undefined && illustrated, written };
}

/** Adds the pictures. A machine without a browser has none, and says so; a browser that fails is a failure. */
async function illustrate(path: string, notebook: Notebook, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const { addStills } = await import("./run-stills.js");
  try {
    const stills = await addStills(notebook, signal);
    if (stills.made !== undefined) return true;
    process.stderr.write(`${path}: its figures have no pictures: ${stills.problem}\n`);
    return !stills.failed;
  } catch (error) {
    if (!signal.aborted) throw error;
    process.stderr.write(`${path}: interrupted while its figures' pictures were made\n`);
    return false;
  }
}

/** Aborts the signal on Ctrl-C (and SIGTERM) while `work` runs, so that it can write what there is. */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => {
    controller.abort();
  };
  process.on("SIGINT", abort).on("SIGTERM", abort);
  try {
    return await work(controller.signal);
  } finally {
    process.off("SIGINT", abort).off("SIGTERM", abort);
  }
}

/** The notebook, or one line that says what is wrong with the file. */
async function readNotebook(path: string): Promise<Notebook | string> {
  try {
    return parseNotebook(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof NotebookFormatError) return `${path}: ${error.message}`;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return `${path}: there is no such file`;
    if (code === "EISDIR") {
      return `${path}: that is a folder; name the notebooks in it, such as ${join(path, "*.ipynb")}`;
    }
    return `${path}: cannot be read (${(error as Error).message})`;
  }
}

function describe(failure: CellFailure, cells: CodeCell[], options: RunOptions): string {
  const place = failure.cell === 0 ? "" : `${placeOf(failure.cell, cells)}: `;
  const mend = failure.kind === "timeout" ? "; allow more with --timeout" : "";
  const start =
    failure.cell === 0 && failure.kind === "died" && options.spec.name === ownKernelName
      ? " (see arl doctor)"
      : "";
  return place + failure.message + mend + start;
}

/** Whole or not at all: a reader never sees half a file. */
async function write(path: string, text: string): Promise<void> {
  const part = `${path}.${process.pid}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(part, text);
    await rename(part, path);
  } catch (error) {
    throw new CommandError(`${path} cannot be written (${(error as Error).message}): choose another --out`);
  }
}
