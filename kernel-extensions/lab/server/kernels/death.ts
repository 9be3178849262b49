/** Why a kernel died, in words for who was using it. */
import type { Ending } from "../../../client/process.js";

export interface Death {
  /** Completes "The kernel …". */
  cause: string;
  /** How to go on, besides running the cells from the top. */
  advice?: string;
  /** What it printed last, where that may tell more; a few lines. */
  printed?: string;
}

const moreMemory =
  "To need less, keep fewer and smaller things at a time; to allow more, set the environment variable " +
  "NODE_OPTIONS=--max-old-space-size=8192 (megabytes) before the Lab is started.";

/** What Linux' shells and Node make of signals in exit codes. */
const signalCodes: Record<number, NodeJS.Signals> = {
  134: "SIGABRT",
  137: "SIGKILL",
  139: "SIGSEGV",
  143: "SIGTERM",
};

const printedLines = 10;

/** @param tail The last that the process printed outside of any cell. */
export function explainDeath({ code, signal, error }: Ending, tail: string): Death {
  if (error !== undefined) return { cause: `could not be started (${error})` };
  const by = signal ?? signalCodes[code ?? -1];
  const printed = tail.trim().split("\n").slice(-printedLines).join("\n");
  if (/FATAL ERROR: .*(heap limit|heap out of memory|invalid array length|invalid table size)/i.test(tail)) {
    const limit = heapMegabytes(tail);
    const held = limit === undefined ? "" : ` (JavaScript's heap was full at ${limit} MB)`;
    return { cause: `ran out of memory${held}`, advice: moreMemory };
  }
  switch (by) {
    case "SIGKILL":
      return {
        cause: "was ended by the system or by someone (SIGKILL)",
        advice: `When memory runs out, a system ends the process that uses most of it. ${moreMemory}`,
      };
    case "SIGSEGV":
    case "SIGBUS":
    case "SIGILL":
    case "SIGABRT":
      return {
        cause: `crashed (${by})`,
        advice: "A native module that a cell uses is the likely reason.",
        ...(printed === "" ? {} : { printed }),
      };
    case undefined:
      return { cause: `ended with exit code ${code ?? "unknown"}`, ...(printed === "" ? {} : { printed }) };
    default:
      return { cause: `was ended by ${by}`, ...(printed === "" ? {} : { printed }) };
  }
}

/** From V8's last collections: `Mark-Compact 253.1 (257.4) -> 252.8 (257.9) MB`. */
function heapMegabytes(tail: string): number | undefined {
  const after = [...tail.matchAll(/-> ([\d.]+) \([\d.]+\) MB/g)].at(-1)?.[1];
  return after === undefined ? undefined : Math.round(Number(after));
}

/** The text for the cell that ran. */
export function describeDeath({ cause, advice, printed }: Death, isRestarted: boolean): string {
  const lines = isRestarted
    ? [`The kernel ${cause} and was restarted: its variables are gone. Run the cells from the top.`]
    : [
        `The kernel ${cause}, again and again: it is not restarted any more. Choose "Change Kernel…" to try anew.`,
      ];
  if (advice !== undefined) lines.push(advice);
  if (printed !== undefined) lines.push(`It last printed:\n${printed}`);
  return `${lines.join("\n")}\n`;
}
