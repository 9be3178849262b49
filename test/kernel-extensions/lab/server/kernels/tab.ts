/** A browser tab that speaks the protocol by hand. */
import { randomUUID } from "node:crypto";
import { WebSocket, type RawData } from "ws";
import type { Message } from "../../../../../kernel-extensions/client/message.js";
import type { CodeCell } from "../../../../../kernel-extensions/client/notebook.js";
import { OutputRecorder } from "../../../../../kernel-extensions/client/outputs.js";
import {
  decodeParts,
  encodeParts,
  v1Protocol,
  type Channel,
  type Protocol,
} from "../../../../../kernel-extensions/lab/server/kernels/wire.js";

export interface Received extends Message {
  channel: Channel;
  header: { msg_id: string; msg_type: string; session: string };
  buffers: Buffer[];
}

/** A browser tab: one session id, one connection after another. */
export class Tab {
  readonly session = randomUUID();
  readonly #url: string;
  readonly #protocol: Protocol;
  readonly received: Received[] = [];
  /** What the cells show, by the ids of their requests. */
  readonly cells = new Map<string, CodeCell>();
  readonly #recorder = new OutputRecorder();
  readonly #waiting = new Set<() => void>();
  socket!: WebSocket;

  constructor(port: number, kernel: string, protocol: Protocol = v1Protocol) {
    this.#url = `ws://127.0.0.1:${port}/api/kernels/${kernel}/channels?session_id=${this.session}`;
    this.#protocol = protocol;
  }

  async connect(port?: number): Promise<this> {
    const url = port === undefined ? this.#url : this.#url.replace(/:\d+/, `:${port}`);
    const socket = new WebSocket(url, this.#protocol === "" ? [] : [this.#protocol]);
    this.socket = socket;
    socket.on("message", (data: RawData, isBinary) => {
      this.#receive(data as Buffer, isBinary);
    });
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
      socket.on("error", () => undefined); // Cutting it off is what tests do.
    });
    return this;
  }

  /** Sends a request. @returns its id */
  send(
    type: string,
    content: object,
    { channel = "shell" as Channel, buffers = [] as Buffer[], parent = {} } = {},
  ) {
    const id = randomUUID();
    const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
    const header = {
      msg_id: id,
      msg_type: type,
      session: this.session,
      username: "",
      date: "",
      version: "5.4",
    };
    const parts = { channel, header: json(header), parentHeader: json(parent), metadata: json({}) };
    const message = { ...parts, content: json(content), buffers };
    if (this.#protocol === v1Protocol) this.socket.send(encodeParts(message, v1Protocol));
    else
      this.socket.send(jsonFrame({ channel, header, parent_header: parent, metadata: {}, content }, buffers));
    return id;
  }

  execute(code: string, options: object = {}): string {
    const defaults = { silent: false, store_history: true, user_expressions: {}, allow_stdin: true };
    const id = this.send("execute_request", { ...defaults, stop_on_error: true, code, ...options });
    this.cells.set(id, {
      cell_type: "code",
      id,
      metadata: {},
      source: code,
      outputs: [],
      execution_count: null,
    });
    return id;
  }

  /** Runs code to its end. @returns the content of the reply */
  async run(code: string): Promise<Record<string, unknown>> {
    const id = this.execute(code);
    await this.idle(id);
    return (await this.reply(id)).content;
  }

  reply(id: string): Promise<Received> {
    return this.until(
      (message) => message.channel !== "iopub" && message.header.msg_type.endsWith("_reply"),
      id,
    );
  }

  idle(id: string): Promise<Received> {
    return this.until((message) => message.content.execution_state === "idle", id);
  }

  /** Waits for the first message, of those that have come or will, that is meant. */
  async until(isMeant: (message: Received) => boolean, parent?: string): Promise<Received> {
    for (let index = 0; ; index++) {
      while (index >= this.received.length) await new Promise<void>((resolve) => this.#waiting.add(resolve));
      const message = this.received[index]!;
      if ((parent === undefined || message.parentHeader.msg_id === parent) && isMeant(message))
        return message;
    }
  }

  /** What one cell shows: its streams' text, or all its outputs. */
  text(id: string): string {
    return this.outputs(id)
      .map((output) => (output.output_type === "stream" ? [output.text].flat().join("") : ""))
      .join("");
  }

  outputs(id: string): CodeCell["outputs"] {
    return this.cells.get(id)?.outputs ?? [];
  }

  /** The types of the messages that answer a request. */
  types(id: string): string[] {
    return this.received
      .filter((message) => message.parentHeader.msg_id === id)
      .map(({ header, content }) =>
        header.msg_type === "status" ? String(content.execution_state) : header.msg_type,
      );
  }

  #receive(data: Buffer, isBinary: boolean): void {
    const { channel, header, parentHeader, content, buffers } = decodeParts(data, isBinary, this.#protocol);
    const message = {
      channel,
      header: JSON.parse(header.toString()) as Received["header"],
      parentHeader: JSON.parse(parentHeader.toString()) as Received["parentHeader"],
      content: JSON.parse(content.toString()) as Record<string, unknown>,
      buffers,
    };
    this.received.push(message);
    const cell = this.cells.get(message.parentHeader.msg_id ?? "");
    if (cell && channel === "iopub") this.#recorder.record(cell, message);
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** The older protocol, written down a second time. */
function jsonFrame(message: object, buffers: Buffer[]): string | Buffer {
  if (buffers.length === 0) return JSON.stringify(message);
  const pieces = [Buffer.from(JSON.stringify(message)), ...buffers];
  const words = Buffer.alloc(4 * (pieces.length + 1));
  words.writeUInt32BE(pieces.length);
  let offset = words.length;
  for (const [index, piece] of pieces.entries()) {
    words.writeUInt32BE(offset, 4 * (index + 1));
    offset += piece.length;
  }
  return Buffer.concat([words, ...pieces]);
}
