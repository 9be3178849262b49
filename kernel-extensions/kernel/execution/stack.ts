/** Stack traces in the reader's terms: `Cell [3]:2:7` instead of a place in generated code. */
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";

interface Source {
  label: string;
  text: string;
  sourceMap: string;
  /** Parsed when first needed: most cells never throw. */
  map?: TraceMap;
}

export interface Place {
  label: string;
  text: string;
  line: number;
  column: number;
}

/** Frames of the kernel in a cell's trace tell the reader nothing. */
const KERNEL = /[/\\]kernel-extensions[/\\]kernel[/\\]/;
const LIMIT = 100;

export class StackTraces {
  readonly #sources = new Map<string, Source>();
  readonly #places = new WeakMap<object, Place>();

  /** Makes frames in `fileName` show as `label` with positions in `text`. */
  register(fileName: string, label: string, text: string, sourceMap: string): void {
    this.#sources.set(fileName, { label, text, sourceMap });
  }

  /** Where in a cell or local module `error` was thrown: the topmost frame there. */
  placeOf(error: object): Place | undefined {
    // Reading the stack formats it, which notes the place.
    void (error as { stack?: unknown }).stack;
    return this.#places.get(error);
  }

  /** Has V8 format every stack through the source maps. */
  install(): void {
    Error.stackTraceLimit = Math.max(Error.stackTraceLimit, 30);
    const formerly = Error.prepareStackTrace;
    Error.prepareStackTrace = (error, frames) => {
      try {
        return this.#format(error, frames);
      } catch {
        return formerly
          ? (formerly(error, frames) as string)
          : `${String(error)}\n    at ${frames.join("\n    at ")}`;
      }
    };
  }

  original(fileName: string, line: number, column: number): Place | undefined {
    const source = this.#sources.get(fileName);
    if (!source) return undefined;
    source.map ??= new TraceMap(source.sourceMap);
    const found = originalPositionFor(source.map, { line, column: column - 1 });
    if (found.line === null) return undefined;
    return { label: source.label, text: source.text, line: found.line, column: found.column + 1 };
  }

  #format(error: Error, frames: NodeJS.CallSite[]): string {
    const lines: { text: string; isKernel: boolean }[] = [];
    let lastOwn = -1;
    for (const frame of frames.slice(0, LIMIT)) {
      const file = frame.getFileName() ?? "";
      const line = frame.getLineNumber() ?? 0;
      const column = frame.getColumnNumber() ?? 0;
      const source = this.#sources.get(file);
      if (source) {
        const place = this.original(file, line, column) ?? {
          label: source.label,
          text: source.text,
          line,
          column,
        };
        if (lastOwn < 0) this.#places.set(error, place);
        const where = `${place.label}:${place.line}:${place.column}`;
        const text = `    at ${describeFunction(frame)}${where}${closing(frame)}`;
        lastOwn = lines.push({ text, isKernel: false });
      } else lines.push({ text: `    at ${String(frame)}`, isKernel: KERNEL.test(file) });
    }
    // What called the cell is the kernel and Node's event loop; an error of the kernel's own is shown whole.
    const shown = lastOwn >= 0 ? lines.slice(0, lastOwn).filter((line) => !line.isKernel) : lines;
    return [header(error), ...shown.map((line) => line.text)].join("\n");
  }
}

function header(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error";
  }
}

/** The function's name as a stack line starts with it; empty for a cell's own top level. */
function describeFunction(frame: NodeJS.CallSite): string {
  const name = functionName(frame);
  return name ? `${name} (` : frame.isAsync() ? "async " : "";
}
const closing = (frame: NodeJS.CallSite) => (functionName(frame) ? ")" : "");

function functionName(frame: NodeJS.CallSite): string {
  const name = frame.getFunctionName() ?? "";
  // Cells run as one function that the kernel named; functions of cells are properties of the scope.
  const plain = name.replace(/^__scope\./, "");
  if (plain === "" || plain === "__cell") return "";
  const prefix = frame.isConstructor() ? "new " : frame.isAsync() ? "async " : "";
  const type = frame.isToplevel() || frame.isConstructor() ? null : safeTypeName(frame);
  const owner = type && type !== "Object" && !plain.startsWith(`${type}.`) ? `${type}.` : "";
  return `${prefix}${owner}${plain}`;
}

function safeTypeName(frame: NodeJS.CallSite): string | null {
  try {
    return frame.getTypeName();
  } catch {
    return null;
  }
}
