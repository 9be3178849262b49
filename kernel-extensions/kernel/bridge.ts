/**
 * What the running kernel offers to code that runs inside it: the one seam between the notebook
 * helpers (`display/`) and the kernel. Outside a kernel nobody installs a bridge and
 * {@link kernelBridge} returns `undefined`; helpers then print plain text.
 */

/** A rich value: MIME type → content. Text and base64 types hold strings, `+json` types hold JSON values. */
export type MimeBundle = Record<string, unknown>;

export interface DisplayOptions {
  /** Metadata sent beside the data, keyed by MIME type where the front end wants it so. */
  metadata?: Record<string, unknown>;
  /** An id under which a later call can replace this output. */
  displayId?: string;
  /** Replace every output already shown under `displayId` (`update_display_data`) instead of adding one. */
  update?: boolean;
}

export interface InputOptions {
  /** Hide what is typed. Default false. */
  password?: boolean;
}

/** One end of a comm: a two-way message channel between kernel and front end (Jupyter messaging, "Custom Messages"). */
export interface Comm {
  readonly id: string;
  readonly target: string;
  /** Sends `data` (JSON) and optional binary buffers to the other end. Throws after the comm was closed. */
  send(data: unknown, options?: { metadata?: Record<string, unknown>; buffers?: Uint8Array[] }): void;
  /** Closes both ends; a second call does nothing. */
  close(data?: unknown): void;
  onMessage(listener: (data: unknown, buffers: Uint8Array[]) => void): void;
  onClose(listener: (data: unknown) => void): void;
}

export interface Comms {
  /** Opens a comm towards the front end. */
  open(target: string, data?: unknown, options?: { metadata?: Record<string, unknown> }): Comm;
  /** Calls `listener` for every comm the front end opens on `target`. A later registration replaces an earlier one. */
  registerTarget(target: string, listener: (comm: Comm, data: unknown) => void): void;
  unregisterTarget(target: string): void;
}

export interface KernelBridge {
  /** The number in the brackets beside the running (or last run) cell. */
  readonly executionCount: number;
  /** Aborted when the running cell is interrupted. A new one for every cell. */
  readonly signal: AbortSignal;
  /** Publishes a rich output of the running cell. Throws a TypeError when the bundle is not JSON. */
  display(data: MimeBundle, options?: DisplayOptions): void;
  /** Clears the running cell's outputs; with `wait`, only when the next output arrives. */
  clearOutput(wait?: boolean): void;
  /** Asks the person at the front end for a line. Rejects where the front end allows no input. */
  input(prompt?: string, options?: InputOptions): Promise<string>;
  readonly comms: Comms;
  /** Calls `listener` when a cell has run, before its result is published: the moment to send what was held back. */
  onCellEnd(listener: () => void): void;
}

const key = Symbol.for("agentic-rl-lab.kernel");

/** The bridge of the kernel this code runs in, `undefined` outside a kernel. */
export function kernelBridge(): KernelBridge | undefined {
  return (globalThis as { [key]?: KernelBridge })[key];
}

/** Called once by the kernel at start-up. */
export function installKernelBridge(bridge: KernelBridge): void {
  Object.defineProperty(globalThis, key, { value: bridge, configurable: true, enumerable: false });
}
