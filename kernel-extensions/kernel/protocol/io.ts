/** The main thread's handle on the IO thread. */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { installTerminationHook } from "./termination.js";
import {
  type IoOptions,
  type ReplyTo,
  Slot,
  type ToIo,
  type ToMain,
  publishSize,
  slotCount,
} from "./threads.js";

/**
 * How much may be on its way to the IO thread. A loop that publishes without end would fill the memory, and keep
 * the IO thread too busy to hear an interrupt.
 */
const maxInFlight = 16 * 1024 * 1024;
const backpressureTimeoutMs = 5000;

export interface PublishOptions {
  metadata?: string;
  buffers?: Uint8Array[];
}

/** What the session says to the world. All contents are JSON texts; `parent` is the JSON of a request's header. */
export interface Wire {
  publish(type: string, parent: string, content: string, options?: PublishOptions): void;
  /** Holds a loop that publishes faster than messages are sent. May be terminated meanwhile. */
  waitForRoom(): void;
  reply(request: ReplyTo, type: string, content: string, metadata?: string): void;
  requestInput(request: ReplyTo, content: string): void;
  status(state: "busy" | "idle", parent: string): void;
  /** Asks for a `drained` message. */
  drain(): void;
}

export class Io implements Wire {
  readonly #port: MessagePort;
  readonly #shared: Int32Array;

  private constructor(port: MessagePort, shared: Int32Array) {
    this.#port = port;
    this.#shared = shared;
  }

  static start(options: Omit<IoOptions, "shared">): Io {
    const shared = new Int32Array(new SharedArrayBuffer(slotCount * Int32Array.BYTES_PER_ELEMENT));
    installTerminationHook(shared);
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(new URL("./io-thread.js", import.meta.url), {
      workerData: { options: { ...options, shared } satisfies IoOptions, port: port2 },
      transferList: [port2],
      execArgv: [],
    });
    const io = new Io(port1, shared);
    worker.on("error", (error) => {
      io.#failed?.(error.stack ?? error.message);
    });
    return io;
  }

  #failed: ((reason: string) => void) | undefined;

  /** Begins to deliver messages; those that came before have waited. */
  listen(listener: (message: ToMain) => void): void {
    this.#failed = (reason) => {
      listener({ kind: "failed", reason });
    };
    this.#port.on("message", (message: ToMain) => {
      Atomics.add(this.#shared, Slot.Progress, 1);
      listener(message);
    });
  }

  acknowledge(sequence: number, interrupt: boolean): void {
    if (interrupt) Atomics.store(this.#shared, Slot.Interrupted, Atomics.load(this.#shared, Slot.Busy));
    Atomics.store(this.#shared, Slot.Acknowledged, sequence);
  }

  /** `request`: a number of its own for each request that is being worked on, 0 between requests. */
  setBusy(request: number): void {
    Atomics.add(this.#shared, Slot.Progress, 1);
    Atomics.store(this.#shared, Slot.Busy, request);
  }

  publish(type: string, parent: string, content: string, options: PublishOptions = {}): void {
    Atomics.add(this.#shared, Slot.InFlight, publishSize(content));
    this.post({ kind: "publish", type, parent, content, ...options });
  }

  waitForRoom(): void {
    const deadline = Date.now() + backpressureTimeoutMs;
    for (;;) {
      const inFlight = Atomics.load(this.#shared, Slot.InFlight);
      if (inFlight <= maxInFlight || Date.now() > deadline) return;
      Atomics.wait(this.#shared, Slot.InFlight, inFlight, 100);
    }
  }

  reply(request: ReplyTo, type: string, content: string, metadata?: string): void {
    const { channel, identities, headerJson } = request;
    this.post({
      kind: "reply",
      request: { channel, identities, headerJson },
      type,
      content,
      ...(metadata === undefined ? {} : { metadata }),
    });
  }

  requestInput(request: ReplyTo, content: string): void {
    const { channel, identities, headerJson } = request;
    this.post({ kind: "input-request", request: { channel, identities, headerJson }, content });
  }

  status(state: "busy" | "idle", parent: string): void {
    this.post({ kind: "status", state, parent });
  }

  drain(): void {
    this.post({ kind: "drain" });
  }

  post(message: ToIo): void {
    this.#port.postMessage(message);
  }
}
