/** The value of a cell's last expression as a MIME bundle. */
import { inspect } from "node:util";
import type { MimeBundle } from "../bridge.js";

const DISPLAY = Symbol.for("Jupyter.display");

/**
 * A value that knows how to show itself (`Symbol.for("Jupyter.display")`, the convention Deno's kernel
 * introduced) is asked; anything else is shown as `util.inspect` does.
 */
export async function toBundle(value: unknown): Promise<MimeBundle> {
  const display = displayMethod(value);
  if (display) {
    const bundle: unknown = await display();
    if (typeof bundle === "object" && bundle !== null && !Array.isArray(bundle)) return bundle as MimeBundle;
    throw new TypeError(
      `[Symbol.for("Jupyter.display")]() must return an object of MIME type → content, got ${inspect(bundle)}`,
    );
  }
  return plainBundle(value);
}

export const plainBundle = (value: unknown): MimeBundle => ({
  "text/plain": inspect(value, { maxArrayLength: 100, maxStringLength: 10_000, depth: 4, breakLength: 100 }),
});

/** Whether showing `value` needs a call that may be slow or asynchronous. */
export function displayMethod(value: unknown): (() => unknown) | undefined {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return undefined;
  const method = (value as Record<symbol, unknown>)[DISPLAY];
  return typeof method === "function" ? () => (method as () => unknown).call(value) : undefined;
}
