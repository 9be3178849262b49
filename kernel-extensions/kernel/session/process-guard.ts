/** Keeps user code from ending the kernel, by will (`process.exit`) or by accident (an error nobody caught). */
import { inspect } from "node:util";

export class ProcessExit extends Error {
  override readonly name = "ProcessExit";
  constructor(call: string) {
    super(
      `process.${call} was called; the kernel keeps running. Use the Kernel menu to restart or shut it down`,
    );
  }
}

/** Takes the ways out of the process away from user code; returns the kernel's own. */
export function guardExit(): (code: number) => never {
  const { exit, reallyExit } = process as NodeJS.Process & { reallyExit: (code: number) => never };
  const refuse = (name: string, shown: (code: unknown) => string) => ({
    configurable: true,
    writable: true,
    value: (code?: unknown): never => {
      throw new ProcessExit(`${name}(${shown(code)})`);
    },
  });
  const codeOf = (code: unknown): string => (code === undefined ? "" : inspect(code));
  Object.defineProperties(process, {
    exit: refuse("exit", codeOf),
    reallyExit: refuse("reallyExit", codeOf),
    abort: refuse("abort", () => ""),
  });
  return (code) => {
    // exit() ends in reallyExit(), looked up on the process object.
    Object.defineProperty(process, "reallyExit", { value: reallyExit });
    return exit.call(process, code);
  };
}

/**
 * Errors outside of any cell's reach (timers, listeners, forgotten promises) are shown, and life goes on. Those
 * that an interrupt threw into forgotten promises are no news: `signal` is the one that it aborts.
 */
export function catchStrayErrors(report: (text: string) => void, signal: () => AbortSignal): void {
  const isExpected = (error: unknown): boolean => {
    if (!signal().aborted || !(error instanceof Error)) return false;
    const reason: unknown = signal().reason;
    const isSame = (other: unknown): boolean =>
      other === reason || (other instanceof Error && reason instanceof Error && other.name === reason.name);
    return isSame(error) || isSame(error.cause);
  };
  process.on("uncaughtException", (error: unknown) => {
    if (!isExpected(error)) report(`Uncaught ${describe(error)}\n`);
  });
  process.on("unhandledRejection", (reason: unknown) => {
    if (!isExpected(reason)) report(`Uncaught (in promise) ${describe(reason)}\n`);
  });
}

export function describe(error: unknown): string {
  try {
    return inspect(error);
  } catch {
    return "an error that cannot be shown";
  }
}
