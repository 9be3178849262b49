/**
 * A running kernel, seen from a client: start it, have code executed, interrupt it, end it.
 * One code at a time is enough here; a front end that people type into needs more.
 */
import { Dealer, Subscriber } from "zeromq";
import { HeaderFactory, Signer } from "../kernel/protocol/message.js";
import { SendQueue } from "../kernel/protocol/send-queue.js";
import { newConnection, writeConnectionFile, type ConnectionInfo } from "./connection.js";
import { decode, encodeRequest, type Message } from "./message.js";
import { KernelDied, KernelProcess, type KernelSpec } from "./process.js";

export interface ExecuteReply {
  status: "ok" | "error" | "aborted";
  executionCount: number | null;
  /** Of a failed cell. */
  ename: string;
  evalue: string;
}

/** A request on its way. It stays known when it is done, because outputs may come late. */
interface Pending {
  onMessage: (message: Message) => void;
  /** Settles with the reply, `finished` with the reply once the kernel is idle, too. */
  replied: Deferred<Message>;
  finished: Deferred<Message>;
  reply?: Message;
  idle: boolean;
}

interface Deferred<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (reason: Error) => void;
}

function deferred<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** What the process printed and sent just before it died is still on its way for this long. */
const lastWordsMs = 200;
const shutdownMs = 5_000;
/** How many sets of free ports are tried. */
const portAttempts = 3;

/**
 * Starts a kernel in the folder `cwd` and waits until it answers and its outputs can be heard.
 * An aborted `signal` ends the kernel while it starts, and means nothing to it later.
 * @throws KernelDied when the process ends first; Error when it does not answer within `timeoutMs`.
 */
export async function startKernel(
  spec: KernelSpec,
  options: { cwd: string; timeoutMs?: number; signal?: AbortSignal },
): Promise<Kernel> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(spec, options);
    } catch (error) {
      // Between our letting go of a port and the kernel's taking it, another program may have taken it.
      const isTaken = error instanceof KernelDied && /address already in use/i.test(error.message);
      if (!isTaken || attempt === portAttempts) throw error;
    }
  }
}

async function startOnce(
  spec: KernelSpec,
  { cwd, timeoutMs = 60_000, signal }: { cwd: string; timeoutMs?: number; signal?: AbortSignal },
): Promise<Kernel> {
  const info = await newConnection(spec.name);
  const file = await writeConnectionFile(info);
  const child = new KernelProcess(spec, file.path, cwd);
  const kernel = new Kernel(spec, info, child);
  void child.exited.then(file.remove);
  const kill = () => {
    child.kill();
  };
  signal?.addEventListener("abort", kill);
  try {
    await kernel.ready(timeoutMs);
    return kernel;
  } catch (error) {
    await kernel.kill();
    throw error;
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

export class Kernel {
  readonly #spec: KernelSpec;
  readonly #process: KernelProcess;
  readonly #headers = new HeaderFactory("arl");
  readonly #signer: Signer;
  readonly #shell = new Dealer({ linger: 0 });
  readonly #control = new Dealer({ linger: 0 });
  // Without a limit: a dropped message would be a missing output, or an idle that never comes.
  readonly #iopub = new Subscriber({ linger: 0, receiveHighWaterMark: 0 });
  readonly #pending = new Map<string, Pending>();
  // What cannot be sent any more is answered by the end of the process.
  readonly #toShell = new SendQueue(this.#shell, () => undefined);
  readonly #toControl = new SendQueue(this.#control, () => undefined);
  #heard = false;
  /** The content of the kernel_info_reply. */
  info: Record<string, unknown> = {};

  constructor(spec: KernelSpec, connection: ConnectionInfo, child: KernelProcess) {
    this.#spec = spec;
    this.#signer = new Signer(connection.key, connection.signature_scheme);
    this.#process = child;
    const address = (port: number) => `${connection.transport}://${connection.ip}:${port}`;
    this.#shell.connect(address(connection.shell_port));
    this.#control.connect(address(connection.control_port));
    this.#iopub.connect(address(connection.iopub_port));
    this.#iopub.subscribe();
    void this.#read(this.#shell, (message) => {
      this.#onReply(message);
    });
    void this.#read(this.#control, () => undefined);
    void this.#read(this.#iopub, (message) => {
      this.#onPublished(message);
    });
    void child.exited.then(() => {
      setTimeout(() => {
        this.#close();
      }, lastWordsMs);
    });
  }

  /** Resolves once the kernel answers on its shell channel and its iopub channel is heard. */
  async ready(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    let slow: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      slow = setTimeout(() => {
        reject(new Error(`the kernel "${this.#spec.name}" did not answer within ${timeoutMs / 1000} s`));
      }, timeoutMs);
    });
    try {
      const reply = await Promise.race([this.#request("kernel_info_request", {}).replied, late]);
      this.info = reply.content;
      // A subscription takes a moment to reach the kernel, and what it published before is lost. Kernels
      // that do not announce it (iopub_welcome) are asked again until their answer is heard there too.
      while (!this.#heard && Date.now() < deadline) {
        await Promise.race([this.#request("kernel_info_request", {}).replied, late]);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      if (!this.#heard) await late;
    } finally {
      clearTimeout(slow);
    }
  }

  /**
   * Executes code. Resolves when the kernel has replied and is idle again, so that every output was
   * handed to `onOutput`; outputs that come even later (a timer in the code) still go there.
   * @throws KernelDied
   */
  async execute(code: string, onOutput: (message: Message) => void): Promise<ExecuteReply> {
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: false,
      // Nothing is queued behind this, so there is nothing that an error should abort.
      stop_on_error: false,
    };
    const reply = (await this.#request("execute_request", content, onOutput).finished).content;
    return {
      status: reply.status === "ok" || reply.status === "error" ? reply.status : "aborted",
      executionCount: typeof reply.execution_count === "number" ? reply.execution_count : null,
      ename: String(reply.ename ?? ""),
      evalue: String(reply.evalue ?? ""),
    };
  }

  /** Asks the kernel to stop what it runs. */
  interrupt(): void {
    if (this.#spec.interruptMode === "signal") this.#process.interrupt();
    else this.#command("interrupt_request", {});
  }

  /** Ends the kernel: asks it first, then does not ask. */
  async shutdown(): Promise<void> {
    this.#command("shutdown_request", { restart: false });
    const impatience = setTimeout(() => {
      this.#process.kill();
    }, shutdownMs);
    await this.#process.exited;
    clearTimeout(impatience);
    this.#close();
  }

  async kill(): Promise<void> {
    this.#process.kill();
    await this.#process.exited;
    this.#close();
  }

  #request(
    type: string,
    content: Record<string, unknown>,
    onMessage: (message: Message) => void = () => undefined,
  ): { replied: Promise<Message>; finished: Promise<Message> } {
    const header = this.#headers.make(type);
    const replied = deferred<Message>();
    const finished = deferred<Message>();
    this.#pending.set(header.msg_id, { onMessage, replied, finished, idle: false });
    // Whoever waits for one of the two need not hear from the other that the kernel died.
    replied.promise.catch(() => undefined);
    finished.promise.catch(() => undefined);
    if (this.#shell.closed) this.#close();
    else this.#toShell.push(encodeRequest(header, content, this.#signer));
    return { replied: replied.promise, finished: finished.promise };
  }

  #onReply(message: Message): void {
    const request = this.#pending.get(message.parentHeader.msg_id ?? "");
    if (!request) return;
    request.reply = message;
    request.replied.resolve(message);
    if (request.idle) request.finished.resolve(message);
  }

  #onPublished(message: Message): void {
    this.#heard = true;
    const request = this.#pending.get(message.parentHeader.msg_id ?? "");
    if (!request) return;
    if (message.header.msg_type !== "status") {
      request.onMessage(message);
    } else if (message.content.execution_state === "idle") {
      request.idle = true;
      if (request.reply) request.finished.resolve(request.reply);
    }
  }

  /** Asks for something on the control channel that shows in other ways than its reply. */
  #command(type: string, content: Record<string, unknown>): void {
    this.#toControl.push(encodeRequest(this.#headers.make(type), content, this.#signer));
  }

  async #read(socket: Dealer | Subscriber, onMessage: (message: Message) => void): Promise<void> {
    for await (const frames of socket) {
      const message = decode(frames, this.#signer);
      if (message) onMessage(message);
    }
  }

  /** After the process ended: nothing more will come, and who still waits is told so. */
  #close(): void {
    for (const socket of [this.#shell, this.#control, this.#iopub]) socket.close();
    const death = this.#process.death(this.#spec.name);
    for (const { replied, finished } of this.#pending.values()) {
      replied.reject(death);
      finished.reject(death);
    }
  }
}
