/**
 * Runs a small JavaScript program that nobody has read, inside QuickJS compiled to WebAssembly.
 *
 * The program gets the language's own built-ins and nothing of the host: no files, no network, no timers, no
 * `require`. Every run has a fresh heap with a memory limit. Time is limited twice: by a count of the
 * interpreter's polls, so that a loop that never ends stops at the same place on every machine, and by a clock.
 *
 * What it does not stop: one call of a built-in that is itself endless, such as `indexOf` on an object whose
 * `length` is 2⁵³, because QuickJS does not poll there. Code from beyond a small vocabulary belongs into a
 * process that can be killed.
 */
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from "quickjs-emscripten";

export interface SandboxLimits {
  /** Bytes of the program's heap. */
  memory?: number;
  /** Bytes of its stack. */
  stack?: number;
  /** Polls of the interpreter (each after some ten thousand jumps or calls) that one call may take. */
  polls?: number;
  /** Milliseconds that one call may take. */
  milliseconds?: number;
}

/** A value that can leave the sandbox: only primitives do, so that reading one runs none of its code. */
export type SandboxValue = number | string | boolean | null | undefined;

export type SandboxOutcome =
  | { returned: SandboxValue }
  /** `message` is one line, e.g. "SyntaxError: unexpected token in expression: ';'". */
  | { failed: "syntax" | "error" | "timeout" | "memory" | "value"; message: string };

const defaults: Required<SandboxLimits> = {
  memory: 4 * 2 ** 20,
  stack: 64 * 2 ** 10,
  polls: 100,
  milliseconds: 1000,
};

let loading: Promise<QuickJSWASMModule> | undefined;

/** Loaded on the first run: the interpreter is half a megabyte of WebAssembly. */
function load(): Promise<QuickJSWASMModule> {
  loading ??= import("quickjs-emscripten").then(async (library) =>
    library.newQuickJSWASMModuleFromVariant(library.RELEASE_SYNC),
  );
  return loading;
}

/**
 * Defines a function in a fresh sandbox and calls it once for each of the argument lists, in order.
 *
 * @param source JavaScript that defines the global function, e.g. `function f(x) { return x + 1; }`.
 * @param name the function's name, an identifier.
 * @param calls numbers to call it with: one list for each call.
 * @returns one outcome for each call. A source that cannot be run gives the same failure for all.
 */
export async function callInSandbox(
  source: string,
  name: string,
  calls: readonly (readonly number[])[],
  limits: SandboxLimits = {},
): Promise<SandboxOutcome[]> {
  const { memory, stack, polls, milliseconds } = { ...defaults, ...limits };
  const quickjs = await load();
  let left = polls;
  let deadline = 0;
  const restart = (): void => {
    left = polls;
    deadline = performance.now() + milliseconds;
  };
  try {
    const runtime = quickjs.newRuntime();
    const context = runtime.newContext();
    // Limited from here on: an empty context does not count against the program.
    runtime.setMemoryLimit(memory);
    runtime.setMaxStackSize(stack);
    runtime.setInterruptHandler(() => --left < 0 || performance.now() > deadline);
    const interrupted = (): boolean => left < 0 || performance.now() > deadline;
    restart();
    const outcomes: SandboxOutcome[] = [];
    const defined = context.evalCode(source, "program.js", { type: "global", strict: true });
    if (defined.error !== undefined) {
      const failure = describe(runtime, context, defined.error, interrupted());
      outcomes.push(...calls.map(() => failure));
    } else {
      defined.value.dispose();
      for (const call of calls) {
        restart();
        const result = context.evalCode(`${name}(${call.join(", ")})`, "test.js");
        if (result.error !== undefined) {
          outcomes.push(describe(runtime, context, result.error, interrupted()));
          runtime.setMemoryLimit(memory);
        } else {
          outcomes.push(read(context, result.value));
          result.value.dispose();
        }
      }
    }
    context.dispose();
    runtime.dispose();
    return outcomes;
  } catch (error) {
    // The interpreter itself broke (a WebAssembly trap): what is left of it cannot be trusted.
    loading = undefined;
    const message = `The interpreter stopped: ${error instanceof Error ? error.message : String(error)}`;
    return calls.map(() => ({ failed: "error", message }));
  }
}

function read(context: QuickJSContext, handle: QuickJSHandle): SandboxOutcome {
  switch (context.typeof(handle)) {
    case "number":
      return { returned: context.getNumber(handle) };
    case "string":
      return { returned: context.getString(handle) };
    case "boolean":
      return { returned: context.dump(handle) as boolean };
    case "undefined":
      return { returned: undefined };
    default: {
      if (context.sameValue(handle, context.null)) return { returned: null };
      const type = context.typeof(handle);
      return { failed: "value", message: `returned a ${type} where a plain value is expected` };
    }
  }
}

/** Names what was thrown and disposes of it. */
function describe(
  runtime: QuickJSRuntime,
  context: QuickJSContext,
  error: QuickJSHandle,
  interrupted: boolean,
): SandboxOutcome {
  // Naming the error takes memory, of which there may be none left.
  runtime.setMemoryLimit(-1);
  try {
    if (interrupted) return { failed: "timeout", message: "stopped: the program ran too long" };
    const name = text(context, error, "name");
    const message = `${name ?? "Error"}: ${text(context, error, "message") ?? "thrown"}`.replace(/\s+/g, " ");
    // When no memory is left to build the error, null is thrown in its place.
    if (message.includes("out of memory") || context.sameValue(error, context.null)) {
      return { failed: "memory", message: "stopped: the program used too much memory" };
    }
    return { failed: name === "SyntaxError" ? "syntax" : "error", message: message.slice(0, 200) };
  } finally {
    error.dispose();
  }
}

/** A string property of what was thrown; undefined for anything else, and where a getter throws in its turn. */
function text(context: QuickJSContext, error: QuickJSHandle, property: string): string | undefined {
  if (context.typeof(error) !== "object" || context.sameValue(error, context.null)) return undefined;
  try {
    return context
      .getProp(error, property)
      .consume((value) => (context.typeof(value) === "string" ? context.getString(value) : undefined));
  } catch {
    return undefined;
  }
}
