/** One process of a kernel, from its start to its end, and the sockets to it. */
import { Subscriber } from "zeromq";
import { newConnection, writeConnectionFile, type ConnectionInfo } from "../../../client/connection.js";
import { KernelProcess, type Ending, type KernelSpec } from "../../../client/process.js";
import { HeaderFactory, Signer } from "../../../kernel/protocol/message.js";
import { ClientLine, read } from "./line.js";
import { KernelMessage } from "./message.js";
import type { Channel } from "./wire.js";

/** How long a kernel may take to end when it is asked to. */
const shutdownMs = 5_000;
/** How often a kernel that answers, but is not heard on iopub yet, is asked again. */
const nudgeMs = 50;
/** What the process sent just before it ended is still on its way for this long. */
const lastWordsMs = 200;

export interface RunEvents {
  /** Something on iopub; what the server itself caused is marked `own`. */
  onPublished: (message: KernelMessage, own: boolean) => void;
  /** What the process printed outside of any cell. */
  onPrinted: (text: string) => void;
}

export class KernelRun {
  readonly startedAt = Date.now();
  readonly #process: KernelProcess;
  readonly #connection: ConnectionInfo;
  readonly #spec: KernelSpec;
  readonly #signer: Signer;
  readonly #headers = new HeaderFactory("server");
  // Without a limit: a dropped message would be a missing output.
  readonly #iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  readonly #lines = new Set<ClientLine>();
  readonly #own: ClientLine;
  #answered = false;
  #heard = false;
  #isReady = false;
  /** The kernel answers and is heard: from now on nothing that it says is lost. Never, when it ends before. */
  readonly ready: Promise<void>;
  #becomeReady!: () => void;
  /** The process is gone, and all that it sent was read. */
  readonly ended: Promise<void>;

  private constructor(spec: KernelSpec, connection: ConnectionInfo, child: KernelProcess, events: RunEvents) {
    this.#spec = spec;
    this.#connection = connection;
    this.#process = child;
    this.#signer = new Signer(connection.key, connection.signature_scheme);
    this.ready = new Promise((resolve) => {
      this.#becomeReady = resolve;
    });
    this.#iopub.connect(this.#address("iopub"));
    this.#iopub.subscribe();
    void read(this.#iopub, this.#signer, "iopub", (message) => {
      this.#heard = true;
      if (message.type === "iopub_welcome") return;
      events.onPublished(message, message.parentSession === this.#headers.session);
    });
    this.#own = this.line((message) => {
      if (message.type === "kernel_info_reply") this.#answered = true;
    });
    void this.#nudge();
    this.ended = this.#end();
  }

  /** Starts the process; it is not ready yet. @throws Error when it cannot be started. */
  static async start(spec: KernelSpec, cwd: string, events: RunEvents): Promise<KernelRun> {
    const connection = await newConnection(spec.name);
    const file = await writeConnectionFile(connection);
    let child: KernelProcess;
    try {
      child = new KernelProcess(spec, file.path, cwd, events.onPrinted);
    } catch (error) {
      await file.remove();
      throw error;
    }
    void child.exited.then(file.remove);
    await child.spawned;
    if (child.ending?.error !== undefined) throw new Error(child.ending.error);
    return new KernelRun(spec, connection, child, events);
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get ending(): Ending | undefined {
    return this.#process.ending;
  }

  /** The last of what the process printed outside of any cell. */
  get tail(): string {
    return this.#process.tail;
  }

  /** A line of its own for one client: replies and questions come back to who asked. */
  line(onMessage: (message: KernelMessage) => void): ClientLine {
    const line = new ClientLine((channel) => this.#address(channel), this.#signer, onMessage);
    this.#lines.add(line);
    return line;
  }

  dropLine(line: ClientLine): void {
    line.close();
    this.#lines.delete(line);
  }

  interrupt(): void {
    // A signal that Windows' processes could handle does not exist.
    if (this.#spec.interruptMode === "message" || process.platform === "win32")
      this.#ask("control", "interrupt_request");
    else this.#process.interrupt();
  }

  /** Ends the process: asks it first, then does not ask. */
  async stop(restart: boolean): Promise<void> {
    this.#ask("control", "shutdown_request", { restart });
    const impatience = setTimeout(() => {
      this.#process.kill();
    }, shutdownMs);
    await this.ended;
    clearTimeout(impatience);
  }

  #ask(channel: Channel, type: string, content: Record<string, unknown> = {}): void {
    void this.#own.send(
      KernelMessage.made(this.#headers, channel, type, content, { session: this.#headers.session }).parts,
    );
  }

  /** A subscription takes a moment to reach the kernel, and what it published before is lost. */
  async #nudge(): Promise<void> {
    this.#ask("shell", "kernel_info_request");
    while (!this.#heard || !this.#answered) {
      if (this.ending) return;
      await new Promise((resolve) => setTimeout(resolve, nudgeMs));
      // Only one that answers is asked again: else the questions would pile up while it starts.
      if (this.#answered && !this.#heard) this.#ask("shell", "kernel_info_request");
    }
    this.#isReady = true;
    this.#becomeReady();
  }

  async #end(): Promise<void> {
    await this.#process.exited;
    await new Promise((resolve) => setTimeout(resolve, lastWordsMs));
    this.#iopub.close();
    for (const line of this.#lines) line.close();
    this.#lines.clear();
  }

  #address(channel: Channel): string {
    const { transport, ip } = this.#connection;
    return `${transport}://${ip}:${this.#connection[`${channel}_port`]}`;
  }
}
