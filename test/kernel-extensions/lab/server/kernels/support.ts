/** The kernel part of the server by itself, and clients of it that speak the protocol by hand. */
import fastify, { type FastifyInstance } from "fastify";
import { randomUUID } from "node:crypto";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { WebSocket, type RawData } from "ws";
import { readBodies } from "../../../../../kernel-extensions/lab/server/bodies.js";
import { answerErrors, problemOf } from "../../../../../kernel-extensions/lab/server/errors.js";
import { kernelRoutes } from "../../../../../kernel-extensions/lab/server/kernels/index.js";
import type { KernelLimits } from "../../../../../kernel-extensions/lab/server/kernels/limits.js";
import {
  decodeParts,
  encodeParts,
  v1Protocol,
  type Channel,
  type Protocol,
} from "../../../../../kernel-extensions/lab/server/kernels/wire.js";
import { limits as requestLimits } from "../../../../../kernel-extensions/lab/server/limits.js";
import type { Message } from "../../../../../kernel-extensions/client/message.js";
import type { CodeCell } from "../../../../../kernel-extensions/client/notebook.js";
import { OutputRecorder } from "../../../../../kernel-extensions/client/outputs.js";
import { temporary } from "../../../cli/support.js";

export interface TestServer {
  app: FastifyInstance;
  port: number;
  url: string;
  root: string;
  log: string[];
  /** @returns the answer's status and JSON */
  api(method: string, path: string, body?: unknown): Promise<{ status: number; json: Record<string, never> }>;
  /** A new session with a kernel; its kernel's id. */
  startKernel(name?: string): Promise<string>;
}

export async function startServer(limits: Partial<KernelLimits> = {}): Promise<TestServer> {
  const app = fastify();
  const root = realpathSync(temporary());
  const log: string[] = [];
  const note = (line: string): void => void log.push(line);
  readBodies(app, requestLimits);
  answerErrors(app, note);
  const kernels = kernelRoutes(app, { root, frontend: root, state: root, token: "", log: note }, limits);
  app.server.on("upgrade", (request, socket, head) => {
    try {
      if (!kernels.upgrade(request, socket, head)) socket.end("HTTP/1.1 404 Not Found\r\n\r\n");
    } catch (error) {
      socket.end(`HTTP/1.1 ${problemOf(error as Error).status} Refused\r\n\r\n`);
    }
  });
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const api: TestServer["api"] = async (method, path, body) => {
    const answer = await fetch(url + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, json: text === "" ? {} : (JSON.parse(text) as Record<string, never>) };
  };
  const startKernel = async (name?: string): Promise<string> => {
    const path = `${randomUUID()}.ipynb`;
    const kernel = name === undefined ? {} : { name };
    const { status, json } = await api("POST", "/api/sessions", { path, name: path, type: "notebook", kernel });
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(json)}`);
    return (json as { kernel: { id: string } }).kernel.id;
  };
  return { app, port, url, root, log, api, startKernel };
}

/** Registers a kernel in a Jupyter data folder of its own. @returns that folder, for JUPYTER_PATH */
export function registerKernel(name: string, kernel: Record<string, unknown>): string {
  const data = temporary();
  const folder = join(data, "kernels", name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "kernel.json"), JSON.stringify({ display_name: name, language: "x", ...kernel }));
  return data;
}

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
  send(type: string, content: object, { channel = "shell" as Channel, buffers = [] as Buffer[], parent = {} } = {}) {
    const id = randomUUID();
    const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
    const header = { msg_id: id, msg_type: type, session: this.session, username: "", date: "", version: "5.4" };
    const parts = { channel, header: json(header), parentHeader: json(parent), metadata: json({}) };
    const message = { ...parts, content: json(content), buffers };
    if (this.#protocol === v1Protocol) this.socket.send(encodeParts(message, v1Protocol));
    else this.socket.send(jsonFrame({ channel, header, parent_header: parent, metadata: {}, content }, buffers));
    return id;
  }

  execute(code: string, options: object = {}): string {
    const defaults = { silent: false, store_history: true, user_expressions: {}, allow_stdin: true };
    const id = this.send("execute_request", { ...defaults, stop_on_error: true, code, ...options });
    this.cells.set(id, { cell_type: "code", id, metadata: {}, source: code, outputs: [], execution_count: null });
    return id;
  }

  /** Runs code to its end. @returns the content of the reply */
  async run(code: string): Promise<Record<string, unknown>> {
    const id = this.execute(code);
    await this.idle(id);
    return (await this.reply(id)).content;
  }

  reply(id: string): Promise<Received> {
    return this.until((message) => message.channel !== "iopub" && message.header.msg_type.endsWith("_reply"), id);
  }

  idle(id: string): Promise<Received> {
    return this.until((message) => message.content.execution_state === "idle", id);
  }

  /** Waits for the first message, of those that have come or will, that is meant. */
  async until(isMeant: (message: Received) => boolean, parent?: string): Promise<Received> {
    for (;;) {
      const found = this.received.find(
        (message) => (parent === undefined || message.parentHeader.msg_id === parent) && isMeant(message),
      );
      if (found) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
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
      .map(({ header, content }) => (header.msg_type === "status" ? String(content.execution_state) : header.msg_type));
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

/** Registers `bare-kernel.mjs` as "bare", to listen after `delayMs`. @returns the folder for JUPYTER_PATH */
export function registerBareKernel(delayMs = 0): string {
  const script = fileURLToPath(new URL("bare-kernel.mjs", import.meta.url));
  return registerKernel("bare", { argv: [process.execPath, script, "{connection_file}", String(delayMs)] });
}

export const lines = (count: number): string => Array.from({ length: count }, (_, index) => `${index}\n`).join("");
