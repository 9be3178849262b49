/** The main thread's handle on the IO thread. */
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { installTerminationHook } from "./termination.js";
import { type IoOptions, type ReplyTo, Slot, type ToIo, type ToMain, slotCount } from "./threads.js";

export interface PublishOptions {
  metadata?: string;
  buffers?: Uint8Array[];
}

/** What the session says to the world. All contents are JSON texts; `parent` is the JSON of a request's header. */
export interface Wire {
  publish(type: string, parent: string, content: string, options?: PublishOptions): void;
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
    this.#port.on("message", listener);
  }

  acknowledge(sequence: number): void {
    Atomics.store(this.#shared, Slot.Acknowledged, sequence);
  }

  setBusy(busy: boolean): void {
    Atomics.store(this.#shared, Slot.Busy, busy ? 1 : 0);
  }

  publish(type: string, parent: string, content: string, options: PublishOptions = {}): void {
    this.post({ kind: "publish", type, parent, content, ...options });
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
