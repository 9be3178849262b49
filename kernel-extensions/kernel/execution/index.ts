/** Runs compiled cells against the notebook's scope, one at a time. */
import path from "node:path";
import { pathToFileURL } from "node:url";
import vm from "node:vm";
import type { MimeBundle } from "../bridge.js";
import type { CompiledCell, Language } from "../language/language.js";
import { fromDiagnostics, fromThrown } from "./errors.js";
import type { CellError, ExecuteOptions, Executor, Outcome } from "./execution.js";
import { Interrupted, Interruption } from "./interruption.js";
import { bindImport, type Loaded, metaOf, ModuleLoader, pick } from "./modules.js";
import { StackTraces } from "./stack.js";
import { type ShowFrame, toBundle } from "./values.js";

export interface ExecutorOptions {
  language: Language;
  /** The notebook's folder. */
  cwd: string;
  /** The folder of this package. */
  installation: string;
  /** Shows a danfo frame that is a cell's value; without it frames are printed like any object. */
  showFrame?: ShowFrame;
}

/** How long an interrupted cell may take to clean up before it is given up, in milliseconds. */
const GRACE = 1000;

/** One run of a cell; `finish` counts only once. */
interface Run {
  finish(outcome: Outcome): void;
  finished: boolean;
  abort: AbortController;
  isCompiling: boolean;
  /** Remembers what the cell defined so far; called once, when it fails or is given up. */
  keep(): void;
}

/** What the generated code of a cell calls. */
interface CellRuntime {
  wait(value: unknown): unknown;
  iterate(iterable: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterable<unknown>;
  module(specifier: string): Loaded;
  pick(loaded: Loaded, name: string): unknown;
  bind(name: string, loaded: Loaded, exported: string): void;
  import(specifier: unknown): Promise<unknown>;
  result(value: unknown): void;
  meta: object;
}

const TIMERS = ["setTimeout", "setInterval", "setImmediate"] as const;
/** What a cell finds under these names beside the two of its own. */
const PARAMETERS = [...TIMERS, "require", "__filename", "__dirname"];

/**
 * `import()` rooted in the notebook's folder rests on an option that Node marks experimental; the warning would
 * stand in the reader's first cell. Nothing else is silenced.
 */
function silenceLoaderWarning(): void {
  const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]) => {
    if (!String(args[0]).includes("vm.USE_MAIN_CONTEXT_DEFAULT_LOADER")) emitWarning(...args);
  };
}

export function createExecutor({ language, cwd, installation, showFrame }: ExecutorOptions): Executor {
  const scope: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const stacks = new StackTraces();
  const modules = new ModuleLoader({ cwd, installation }, stacks);
  const interruption = new Interruption();
  const require = modules.requireFrom(cwd);
  let running: Run | undefined;
  let signal = new AbortController().signal;
  stacks.install();
  silenceLoaderWarning();

  function start(done: (outcome: Outcome) => void): Run {
    const abort = new AbortController();
    signal = abort.signal;
    const run: Run = {
      abort,
      finished: false,
      isCompiling: true,
      keep: () => undefined,
      finish(outcome) {
        if (run.finished) return;
        run.finished = true;
        running = undefined;
        interruption.resume();
        setImmediate(() => done(outcome));
      },
    };
    running = run;
    return run;
  }

  const failure = (error: CellError): Outcome => ({ status: "error", error });

  /** Compiles; reports what is wrong and returns nothing when the cell cannot run. */
  function compile(code: string, options: ExecuteOptions, run: Run): CompiledCell | undefined {
    const result = language.compile(code);
    run.isCompiling = false;
    if (result.diagnostics) {
      run.finish(failure(fromDiagnostics(result.diagnostics, options.executionCount)));
      return undefined;
    }
    const { cell } = result;
    stacks.register(cell.fileName, `Cell [${options.executionCount}]`, code, cell.sourceMap);
    return cell;
  }

  function runtimeOf(cell: CompiledCell, setResult: (value: unknown) => void): CellRuntime {
    const meta = metaOf(cell.fileName);
    return {
      wait: interruption.wait,
      iterate: interruption.iterate,
      module: (specifier) => modules.get(specifier, cwd),
      pick,
      bind: (name, loaded, exported) => {
        bindImport(scope, name, loaded, exported);
      },
      import: async (specifier) => {
        const loaded = await modules.load(String(specifier), cwd);
        return pick(loaded, "*");
      },
      result: setResult,
      meta: { ...meta, url: pathToFileURL(path.join(cwd, path.basename(cell.fileName))).href },
    };
  }

  function invoke(cell: CompiledCell, runtime: CellRuntime): unknown {
    // The inner block lets a cell declare a class or enum under the name of a parameter.
    const parameters = [cell.scope, cell.runtime, ...PARAMETERS].join(", ");
    const body = `(${cell.isAsync ? "async " : ""}function __cell(${parameters}) {"use strict"; {\n${cell.code}\n}})`;
    const fn = vm.runInThisContext(body, {
      filename: cell.fileName,
      lineOffset: -1,
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }) as (...args: unknown[]) => unknown;
    const timers = TIMERS.map((name) => interruption.timers[name]);
    return fn(scope, runtime, ...timers, require, cell.fileName, cwd);
  }

  async function loadImports(cell: CompiledCell): Promise<void> {
    for (const { specifier } of cell.imports) await interruption.wait(modules.load(specifier, cwd));
  }

  /** The names a failed cell managed to define. */
  function definedSince(before: Map<string, unknown>): Set<string> {
    const defined = new Set<string>();
    for (const [name, value] of before)
      if (name in scope && !Object.is(scope[name], value)) defined.add(name);
    return defined;
  }

  async function runCell(
    cell: CompiledCell,
    options: ExecuteOptions,
    run: Run,
    commit: boolean,
  ): Promise<void> {
    const missing = {};
    const before = new Map(cell.declares.map((name) => [name, name in scope ? scope[name] : missing]));
    let result: { value: unknown } | undefined;
    if (commit) run.keep = () => language.commit(cell, definedSince(before));
    try {
      if (cell.imports.length > 0) await loadImports(cell);
      const returned = invoke(
        cell,
        runtimeOf(cell, (value) => (result = { value })),
      );
      // Not through `wait`: the cell's own awaits throw first, and its `finally` blocks run before this settles.
      if (cell.isAsync) await returned;
    } catch (error) {
      if (!run.finished) run.keep();
      run.finish(failure(fromThrown(error, stacks)));
      return;
    }
    if (run.finished) return;
    if (commit) language.commit(cell);
    run.keep = () => undefined;
    try {
      const last = result?.value;
      // A promise as the last value is awaited and its value shown; other thenables may start work when awaited.
      const value = last instanceof Promise ? await interruption.wait(last) : last;
      if (value === undefined || options.silent) run.finish({ status: "ok" });
      else {
        const shown = await interruption.wait(toBundle(value, showFrame));
        run.finish({ status: "ok", result: shown as MimeBundle });
      }
    } catch (error) {
      run.finish(failure(fromThrown(error, stacks)));
    }
  }

  function begin(
    code: string,
    options: ExecuteOptions,
    done: (outcome: Outcome) => void,
    commit: boolean,
  ): void {
    if (running) throw new Error("a cell is already running");
    const run = start(done);
    try {
      const cell = compile(code, options, run);
      if (cell) void runCell(cell, options, run, commit);
    } catch (error) {
      // The compiler itself failed: say so, and begin afresh with the next cell.
      language.recover();
      run.finish(failure(fromThrown(error, stacks)));
    }
  }

  function giveUp(run: Run): void {
    if (run.finished) return;
    run.keep();
    run.finish(failure(fromThrown(new Interrupted(), stacks)));
  }

  return {
    execute: (code, options, done) => begin(code, options, done, true),
    evaluate: (expression, done) =>
      begin(`(${expression}\n)`, { executionCount: 0, silent: false }, done, false),
    interrupt() {
      const run = running;
      run?.abort.abort(new Interrupted());
      interruption.interrupt();
      if (run) setTimeout(() => giveUp(run), GRACE).unref();
      else interruption.resume();
    },
    terminated() {
      const run = running;
      if (!run) return;
      if (run.isCompiling) language.recover();
      run.abort.abort(new Interrupted());
      interruption.interrupt();
      giveUp(run);
    },
    get signal() {
      return signal;
    },
    get busy() {
      return running !== undefined;
    },
  };
}
