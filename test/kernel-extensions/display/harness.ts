/** A kernel that only takes notes, and streams that only listen. */
import { vi } from "vitest";
import {
  installKernelBridge,
  type Comm,
  type DisplayOptions,
  type KernelBridge,
  type MimeBundle,
} from "../../../kernel-extensions/kernel/bridge.js";

export interface Message {
  data: MimeBundle;
  options: DisplayOptions;
}

export class FakeKernel implements KernelBridge {
  readonly executionCount = 1;
  readonly messages: Message[] = [];
  readonly calls: unknown[][] = [];
  readonly controller = new AbortController();
  readonly signal: KernelBridge["signal"] = this.controller.signal;
  readonly #cellEndListeners: (() => void)[] = [];
  onCellEnd(listener: () => void): void {
    this.#cellEndListeners.push(listener);
  }
  /** What the kernel does when a cell has run. */
  endCell(): void {
    for (const listener of this.#cellEndListeners) listener();
  }

  display(data: MimeBundle, options: DisplayOptions = {}): void {
    // As the real one: what goes out is JSON, as it is at this moment.
    this.messages.push({ data: JSON.parse(JSON.stringify(data)) as MimeBundle, options });
  }
  clearOutput(wait?: boolean): void {
    this.calls.push(["clearOutput", wait]);
  }
  input(prompt?: string, options?: object): Promise<string> {
    this.calls.push(["input", prompt, options]);
    return Promise.resolve("answer");
  }
  readonly comms = {
    open: (target: string, data?: unknown): Comm => {
      this.calls.push(["open", target, data]);
      return { id: "c", target } as Comm;
    },
    registerTarget: (target: string) => void this.calls.push(["register", target]),
    unregisterTarget: (target: string) => void this.calls.push(["unregister", target]),
  };

  /** The `type` part of the last message. */
  last(type = "text/plain"): unknown {
    return this.messages.at(-1)?.data[type];
  }
}

export function enterKernel(): FakeKernel {
  const kernel = new FakeKernel();
  installKernelBridge(kernel);
  return kernel;
}

export function leaveKernel(): void {
  Reflect.deleteProperty(globalThis, Symbol.for("agentic-rl-lab.kernel"));
}

/** Records what is written; `tty` says what the stream claims to be. */
export function listen(stream: "stdout" | "stderr", tty = false): { text: () => string } {
  let written = "";
  vi.spyOn(process[stream], "write").mockImplementation((chunk: unknown) => {
    written += String(chunk);
    return true;
  });
  Object.defineProperty(process[stream], "isTTY", { value: tty, configurable: true });
  return { text: () => written };
}
