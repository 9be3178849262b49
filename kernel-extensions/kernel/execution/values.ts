/** The value of a cell's last expression as a MIME bundle. */
import { inspect } from "node:util";
import type { MimeBundle } from "../bridge.js";

/** Shows a frame as a table. */
export type ShowFrame = (frame: unknown) => Promise<MimeBundle>;

const DISPLAY = Symbol.for("Jupyter.display");

/**
 * A danfo frame becomes a table. A value that knows how to show itself (`Symbol.for("Jupyter.display")`, the
 * convention Deno's kernel introduced) is asked. Anything else is shown as `util.inspect` does.
 */
export function toBundle(value: unknown, showFrame?: ShowFrame): MimeBundle | Promise<MimeBundle> {
  if (showFrame && asks(() => isFrame(value))) return showFrame(value);
  const display = asks(() => displayMethod(value));
  return display ? ownBundle(display) : plainBundle(value);
}

/** Looks at a value that may fight it (a throwing getter or proxy); then it is shown as `util.inspect` can. */
function asks<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

async function ownBundle(display: () => unknown): Promise<MimeBundle> {
  const bundle: unknown = await display();
  if (typeof bundle === "object" && bundle !== null && !Array.isArray(bundle)) return bundle as MimeBundle;
  throw new TypeError(
    `[Symbol.for("Jupyter.display")]() must return an object of MIME type → content, got ${inspect(bundle)}`,
  );
}

const plainBundle = (value: unknown): MimeBundle => ({
  "text/plain": asks(() => (isTensor(value) ? value.toString(true) : undefined)) ?? shown(value),
});

const shown = (value: unknown) =>
  inspect(value, { maxArrayLength: 100, maxStringLength: 10_000, depth: 4, breakLength: 100 });

interface TensorLike {
  toString(verbose: boolean): string;
}

/** A tfjs tensor prints its numbers, not its bookkeeping. Disposed ones have no numbers. */
function isTensor(value: unknown): value is TensorLike {
  if (typeof value !== "object" || value === null) return false;
  const { dataSync, shape, dtype, isDisposed } = value as Record<string, unknown>;
  return (
    typeof dataSync === "function" && Array.isArray(shape) && typeof dtype === "string" && isDisposed !== true
  );
}

/** A danfo frame or series, by its shape: danfo itself is slow to load. */
function isFrame(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { columns, shape, head } = value as { columns?: unknown; shape?: unknown; head?: unknown };
  return Array.isArray(columns) && Array.isArray(shape) && typeof head === "function";
}

function displayMethod(value: unknown): (() => unknown) | undefined {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return undefined;
  const method = (value as Record<symbol, unknown>)[DISPLAY];
  return typeof method === "function" ? () => (method as () => unknown).call(value) : undefined;
}
