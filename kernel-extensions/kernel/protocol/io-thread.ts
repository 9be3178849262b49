/**
 * The IO thread: the kernel's five sockets (Jupyter messaging, "Introduction" and "The Wire Protocol").
 * See threads.ts for why it is a thread of its own.
 */
import { rmSync, writeSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { type MessagePort, workerData } from "node:worker_threads";
import { Reply, Router, XPublisher } from "zeromq";
import { ChildReader, type StreamName } from "./child-reader.js";
import { type Channel, endpoint } from "./connection.js";
import { GatheredText } from "./gathered-text.js";
import { Interrupter } from "./interrupter.js";
import {
  HeaderFactory,
  type Incoming,
  MalformedMessage,
  Signer,
  encodeMessage,
  parseMessage,
} from "./message.js";
import { OutputBudget } from "./output-limit.js";
import { SendQueue } from "./send-queue.js";
import { stopChildren } from "./sync-children.js";
import {
  type IoOptions,
  type ReplyTo,
  type RequestChannel,
  Slot,
  type ToIo,
  type ToMain,
  publishSize,
} from "./threads.js";

/** How long the main thread may take to end after a shutdown request. */
const exitTimeoutMs = 2000;
/** How long a failed cell's reply waits for requests that were sent before it (see {@link IoThread.drain}). */
const drainDelayMs = 20;
/** What ZeroMQ gets to put the last messages on the wire. */
const lingerMs = 100;
const parentPollMs = 3000;
const maxLogLinesPerSecond = 5;

class IoThread {
  readonly #options: IoOptions;
  readonly #port: MessagePort;
  readonly #signer: Signer;
  readonly #headers: HeaderFactory;
  readonly #interrupter: Interrupter;
  readonly #sockets = {
    // `handover`: a client that reconnects under its old identity takes the place of its lost connection.
    shell: new Router({ sendHighWaterMark: 0, linger: 0, handover: true }),
    control: new Router({ sendHighWaterMark: 0, linger: 0, handover: true }),
    stdin: new Router({ sendHighWaterMark: 0, linger: 0, handover: true }),
    iopub: new XPublisher({ sendHighWaterMark: 0, linger: 0 }),
    hb: new Reply({ linger: 0 }),
  };
  readonly #queues: Record<Exclude<Channel, "hb">, SendQueue>;
  readonly #children: ChildReader;
  readonly #text = new GatheredText((parent, content) => {
    this.#publish("stream", parent, content);
  });
  #childTarget: { parent: string; budget: OutputBudget } | undefined;
  #syncChild: { others: number[] } | undefined;
  /** Parent header of the request that the main thread is working on. */
  #busyWith: string | undefined;
  /** Message id of the last `input_request`. */
  #question: string | undefined;
  #announced = false;
  /** How many came, wrong ones too. */
  #shellMessages = 0;
  #leaving = false;
  /** The main thread has loaded the compiler and takes requests. */
  #mainIsReady = false;
  /** Messages of the main thread that wait behind a mark in a child's output. */
  #held: ToIo[] | undefined;
  #logged = { second: 0, lines: 0 };

  constructor(options: IoOptions, port: MessagePort) {
    this.#options = options;
    this.#port = port;
    this.#signer = new Signer(options.connection.key, options.connection.signatureScheme);
    this.#headers = new HeaderFactory(options.username);
    const onError = (error: unknown): void => {
      this.#log(`could not send: ${(error as Error).message}`);
    };
    const { shell, control, stdin, iopub } = this.#sockets;
    this.#queues = {
      shell: new SendQueue(shell, onError),
      control: new SendQueue(control, onError),
      stdin: new SendQueue(stdin, onError),
      iopub: new SendQueue(iopub, onError),
    };
    this.#interrupter = new Interrupter(
      options.shared,
      (message) => {
        // A terminated `execSync` has not got to say that its child has ended.
        if (message.kind === "terminated") this.#syncChild = undefined;
        this.#post(message);
      },
      () => {
        if (this.#syncChild) stopChildren(process.pid, this.#syncChild.others);
      },
    );
    this.#children = new ChildReader((name, text) => {
      this.#childText(name, text);
    });
  }

  async start(): Promise<void> {
    const { connection, childSocket, parentPid } = this.#options;
    // Every subscription is to be seen, also one that another client has made already.
    this.#sockets.iopub.verbosity = "allSubs";
    for (const [channel, socket] of Object.entries(this.#sockets)) {
      if (connection.ip.includes(":")) socket.ipv6 = true;
      await socket.bind(endpoint(connection, channel as Channel));
    }
    void this.#readRequests("shell");
    void this.#readRequests("control");
    void this.#readInput();
    void this.#readSubscriptions();
    void this.#beat();
    if (childSocket !== undefined) await this.#children.listen(childSocket);
    if (parentPid !== undefined) this.#watchParent(parentPid);
    this.#port.on("message", (message: ToIo) => {
      if (message.kind === "publish") {
        Atomics.sub(this.#options.shared, Slot.InFlight, publishSize(message.content));
        Atomics.notify(this.#options.shared, Slot.InFlight);
      }
      this.#take(message);
    });
    this.#post({ kind: "bound" });
  }

  // What clients send.

  async #readRequests(channel: RequestChannel): Promise<void> {
    for await (const frames of this.#sockets[channel]) {
      if (channel === "shell") this.#shellMessages++;
      const message = this.#parse(channel, frames);
      if (message) this.#request(channel, message);
    }
  }

  #request(channel: RequestChannel, message: Incoming): void {
    const request = { ...message, channel };
    switch (message.header.msg_type) {
      case "kernel_info_request":
        this.#answer(request, "kernel_info_reply", this.#options.kernelInfo);
        return;
      case "interrupt_request":
        this.#interrupter.interrupt();
        this.#answer(request, "interrupt_reply", '{"status":"ok"}');
        return;
      case "shutdown_request": {
        const content = JSON.stringify({ status: "ok", restart: wantsRestart(message.contentJson) });
        this.#answer(request, "shutdown_reply", content);
        this.#publish("shutdown_reply", message.headerJson, content);
        this.#shutDown();
        return;
      }
      default:
        this.#post({ kind: "request", request });
    }
  }

  /** Answers a request without the main thread, between its own "busy" and "idle". */
  #answer(request: ReplyTo, type: string, content: string): void {
    this.#status("busy", request.headerJson);
    this.#reply(request, type, content);
    this.#status("idle", request.headerJson);
    // Front ends show the last status they saw: a cell that is still running must not look done.
    if (this.#busyWith !== undefined) this.#status("busy", this.#busyWith);
  }

  async #readInput(): Promise<void> {
    for await (const frames of this.#sockets.stdin) {
      const reply = this.#parse("stdin", frames);
      if (reply?.header.msg_type !== "input_reply") continue;
      // Some clients name the question they answer, others send an empty parent.
      const answered = messageId(reply.parentHeaderJson);
      if (answered === undefined || answered === this.#question) this.#post({ kind: "input-reply", reply });
    }
  }

  /** JEP 65: each subscription is answered by an `iopub_welcome`, so that a client knows it will miss nothing. */
  async #readSubscriptions(): Promise<void> {
    for await (const [frame] of this.#sockets.iopub) {
      if (frame?.[0] !== 1) continue;
      const subscription = frame.subarray(1).toString();
      this.#publish("iopub_welcome", "{}", JSON.stringify({ subscription }), { topic: subscription });
      if (this.#announced) continue;
      this.#announced = true;
      this.#publish("status", "{}", '{"execution_state":"starting"}');
    }
  }

  async #beat(): Promise<void> {
    for await (const frames of this.#sockets.hb) await this.#sockets.hb.send(frames);
  }

  #parse(channel: Channel, frames: Buffer[]): Incoming | undefined {
    try {
      return parseMessage(frames, this.#signer);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.#log(`dropped a message on ${channel}: ${error.message}`);
      return undefined;
    }
  }

  // What the main thread sends.

  #take(message: ToIo): void {
    if (this.#held) {
      this.#held.push(message);
      return;
    }
    if (message.kind === "publish" && message.type === "stream") {
      this.#text.add(message.parent, message.content);
      return;
    }
    this.#text.flush();
    switch (message.kind) {
      case "publish":
        this.#publish(message.type, message.parent, message.content, message);
        break;
      case "reply":
        this.#reply(message.request, message.type, message.content, message.metadata);
        break;
      case "input-request":
        this.#question = this.#send(
          "stdin",
          message.request.identities,
          message.request.headerJson,
          "input_request",
          message.content,
        );
        break;
      case "status":
        this.#busyWith = message.state === "busy" ? message.parent : undefined;
        this.#status(message.state, message.parent);
        break;
      case "drain":
        void this.#drain();
        break;
      case "child-target": {
        const { parent } = message;
        this.#childTarget =
          parent === undefined ? undefined : { parent, budget: new OutputBudget(this.#options.outputLimit) };
        break;
      }
      case "child-mark":
        void this.#hold(message.mark);
        break;
      case "sync-child":
        this.#syncChild = message.running ? { others: message.others } : undefined;
        break;
      case "ready":
        this.#mainIsReady = true;
        this.#interrupter.ready();
        break;
      case "bye":
        void this.#flush();
    }
  }

  /** Lets the main thread's messages wait until a child's output that came before them has been read. */
  async #hold(mark: string): Promise<void> {
    const held: ToIo[] = [];
    this.#held = held;
    await this.#children.passed(mark);
    this.#held = undefined;
    for (const message of held) this.#take(message); // A further mark holds the rest again, in order.
  }

  /**
   * Reads on until no request is left that was sent before now. A failed cell's reply waits for this, so that
   * "the cells queued behind it" has one meaning: a client that has seen the reply knows its next cell runs.
   */
  async #drain(): Promise<void> {
    await delay(drainDelayMs);
    // The socket could be asked whether there is more to read (`readable`), but the question takes the news of it away
    // from whoever waits to read, who then may wait for ever.
    let seen: number;
    do {
      seen = this.#shellMessages;
      await nextTurn();
      await nextTurn();
    } while (seen !== this.#shellMessages);
    this.#post({ kind: "drained" });
  }

  #childText(name: StreamName, text: string): void {
    if (!this.#childTarget) return;
    this.#text.flush();
    const { parent, budget } = this.#childTarget;
    const taken = budget.take(text);
    if (taken.text !== "") this.#publish("stream", parent, JSON.stringify({ name, text: taken.text }));
    if (taken.notice !== undefined) {
      this.#publish("stream", parent, JSON.stringify({ name: "stderr", text: taken.notice }));
    }
  }

  // Sending.

  #status(state: "busy" | "idle", parent: string): void {
    this.#publish("status", parent, `{"execution_state":"${state}"}`);
  }

  #publish(
    type: string,
    parent: string,
    content: string,
    more: { topic?: string; metadata?: string; buffers?: Uint8Array[] } = {},
  ): void {
    const topic = more.topic ?? `kernel.${this.#headers.session}.${type}`;
    this.#send("iopub", [topic], parent, type, content, more.metadata, more.buffers);
  }

  #reply(request: ReplyTo, type: string, content: string, metadata?: string): void {
    this.#send(request.channel, request.identities, request.headerJson, type, content, metadata);
  }

  #send(
    channel: Exclude<Channel, "hb">,
    identities: (Uint8Array | string)[],
    parentHeader: string,
    type: string,
    content: string,
    metadata = "{}",
    buffers: Uint8Array[] = [],
  ): string {
    const header = this.#headers.make(type);
    this.#queues[channel].push(
      encodeMessage({ identities, header, parentHeader, metadata, content, buffers }, this.#signer),
    );
    return header.msg_id;
  }

  // The end.

  #shutDown(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    if (!this.#mainIsReady) {
      // The main thread is loading the compiler: it has nothing to save, and would not hear of it for a while.
      void this.#flush().then(() => {
        const { childSocket } = this.#options;
        if (childSocket !== undefined) rmSync(path.dirname(childSocket), { recursive: true, force: true });
        process.kill(process.pid, "SIGKILL");
      });
      return;
    }
    this.#post({ kind: "shutdown" });
    setTimeout(() => {
      process.kill(process.pid, "SIGKILL");
    }, exitTimeoutMs);
  }

  async #flush(): Promise<void> {
    await Promise.all(Object.values(this.#queues).map((queue) => queue.flushed()));
    // Sockets that are still open when the process ends make zeromq.js throw from a destructor.
    for (const socket of Object.values(this.#sockets)) {
      socket.linger = lingerMs;
      socket.close();
    }
    await delay(lingerMs);
    this.#post({ kind: "flushed" });
  }

  /** A kernel whose Jupyter has died would otherwise live on unseen. */
  #watchParent(parentPid: number): void {
    setInterval(() => {
      if (process.ppid !== parentPid) this.#shutDown();
    }, parentPollMs);
  }

  #post(message: ToMain): void {
    this.#port.postMessage(message);
  }

  /** A line on the process's own stderr, where the Jupyter server logs. Flooding is cut short. */
  #log(line: string): void {
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.#logged.second) this.#logged = { second, lines: 0 };
    if (++this.#logged.lines > maxLogLinesPerSecond) return;
    const more =
      this.#logged.lines === maxLogLinesPerSecond ? " (further lines of this second left out)" : "";
    try {
      writeSync(2, `agentic-rl kernel: ${line}${more}\n`);
    } catch {
      // Nobody reads our stderr; there is nowhere else to say so.
    }
  }
}

function wantsRestart(contentJson: string): boolean {
  try {
    return (JSON.parse(contentJson) as { restart?: unknown } | null)?.restart === true;
  } catch {
    return false;
  }
}

function messageId(headerJson: string): string | undefined {
  try {
    const id = (JSON.parse(headerJson) as { msg_id?: unknown } | null)?.msg_id;
    return typeof id === "string" ? id : undefined;
  } catch {
    return undefined;
  }
}

const { options, port } = workerData as { options: IoOptions; port: MessagePort };
try {
  await new IoThread(options, port).start();
} catch (error) {
  port.postMessage({ kind: "failed", reason: (error as Error).message } satisfies ToMain);
}
