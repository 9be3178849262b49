/** The running cell: its outputs, its reader, its channels, its end. */
import { kernelBridge, type Comms, type InputOptions } from "../kernel/bridge.js";
import { readLine } from "./readline.js";

/** Whether this code runs in a notebook of the TypeScript (Agentic RL) kernel. */
export function inKernel(): boolean {
  return kernelBridge() !== undefined;
}

/**
 * Removes the cell's outputs; with `wait`, only when the next output arrives, so that nothing flickers.
 * Outside a kernel it does nothing.
 */
export function clearOutput(wait = false): void {
  kernelBridge()?.clearOutput(wait);
}

/**
 * Asks the reader for a line of text; outside a kernel, on the terminal. `password` hides what is typed.
 *
 * @throws Error when the front end allows no input, or standard input has ended.
 */
export function input(prompt = "", options: InputOptions = {}): Promise<string> {
  return kernelBridge()?.input(prompt, options) ?? readLine(prompt, options.password ?? false);
}

/**
 * Channels between the notebook and its page, as widgets use them.
 *
 * @throws Error outside a kernel.
 */
export const comms: Comms = {
  open: (target, data, options) => kernelComms().open(target, data, options),
  registerTarget: (target, listener) => kernelComms().registerTarget(target, listener),
  unregisterTarget: (target) => kernelComms().unregisterTarget(target),
};

function kernelComms(): Comms {
  const bridge = kernelBridge();
  if (!bridge) throw new Error("comms connect a notebook to its page: there are none outside the kernel");
  return bridge.comms;
}

const never = new AbortController().signal;

/**
 * The signal that aborts when the running cell is interrupted: hand it to whatever takes long. Outside a
 * kernel, one that never aborts.
 */
export function cellSignal(): AbortSignal {
  return kernelBridge()?.signal ?? never;
}
