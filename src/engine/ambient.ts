/** What surrounds a call in a notebook, found without knowing of notebooks. */

/**
 * The signal of the notebook cell that is running: the stop button aborts it. Undefined in plain programs.
 * A kernel publishes it under this symbol.
 */
export function ambientSignal(): AbortSignal | undefined {
  const kernel = (globalThis as Record<symbol, unknown>)[Symbol.for("agentic-rl-lab.kernel")];
  const signal = (kernel as { signal?: unknown } | undefined)?.signal;
  return signal instanceof AbortSignal ? signal : undefined;
}
