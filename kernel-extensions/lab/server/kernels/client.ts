/** One client of a kernel: a browser tab's view of it, under a session id that it keeps when it connects anew. */
import { WebSocket } from "ws";
import type { KernelLimits } from "./limits.js";
import type { KernelMessage } from "./message.js";
import { Outbox } from "./outbox.js";
import type { Transcripts } from "./transcript.js";
import { decodeParts, MalformedFrame, v1Protocol, type Parts, type Protocol } from "./wire.js";

/** Acknowledgements are asked for no more often. */
const acknowledgeMs = 20;

export interface ClientEvents {
  /** Resolves when the kernel has it. */
  onRequest: (parts: Parts) => Promise<void>;
  /** The client has more than before. */
  onAcknowledged: () => void;
  /** The client was away for too long: it is not waited for any more. */
  onAbsent: () => void;
  log: (line: string) => void;
}

export class Client {
  readonly #limits: KernelLimits;
  readonly #events: ClientEvents;
  readonly #outbox: Outbox;
  #socket: WebSocket | undefined;
  #protocol: Protocol = "";
  /** Bytes of requests that the kernel has not taken yet. */
  #unread = 0;
  /** When the acknowledgement was asked for that is awaited. */
  #askedAt: number | undefined;
  #asking: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #patience: NodeJS.Timeout | undefined;
  /** Since when it is away. */
  absentSince = Date.now();

  constructor(limits: KernelLimits, events: ClientEvents) {
    this.#limits = limits;
    this.#events = events;
    this.#outbox = new Outbox(limits.outbox);
  }

  get isConnected(): boolean {
    return this.#socket !== undefined;
  }

  /** Whether a request's transcript may still have to be told. */
  needs(request: string): boolean {
    return this.#outbox.needs(request);
  }

  /** Takes a new connection in the place of the old one, which may be dead without our knowing. */
  connect(socket: WebSocket, transcripts: Transcripts): void {
    this.disconnect(1000, "connected anew");
    clearTimeout(this.#patience);
    this.#outbox.resume(transcripts);
    this.#socket = socket;
    this.#protocol = socket.protocol === v1Protocol ? v1Protocol : "";
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (socket === this.#socket) this.#receive(data, isBinary);
    });
    socket.on("pong", (data: Buffer) => {
      if (socket === this.#socket) this.#acknowledged(Number(data.toString()));
    });
    socket.on("close", () => {
      if (socket === this.#socket) this.#disconnected();
    });
    socket.on("error", (error) => {
      this.#events.log(`websocket: ${error.message}`); // "close" follows.
    });
    this.#watch = setInterval(() => {
      this.#look(socket);
    }, this.#limits.pingInterval);
    this.#send();
  }

  /** Ends the connection, if there is one. 1000 tells JupyterLab not to try again. */
  disconnect(code: number, reason: string): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#disconnected();
    socket.close(code, reason);
    // One that is dead does not answer, and would be kept for half a minute.
    setTimeout(() => {
      socket.terminate();
    }, 1000).unref();
  }

  /** It is not waited for any more. */
  end(reason: string): void {
    this.disconnect(1000, reason);
    clearTimeout(this.#patience);
  }

  push(message: KernelMessage): void {
    if (message.executionState === "idle") this.#outbox.answered(message.parent);
    const hasRoom = this.#outbox.push(message);
    if (hasRoom) this.#send();
    else if (this.#socket) {
      this.#events.log("a client reads too slowly: cut off, it gets what it missed when it connects anew");
      this.#socket.terminate();
      this.#disconnected();
    }
  }

  #receive(data: Buffer, isBinary: boolean): void {
    let parts: Parts;
    try {
      parts = decodeParts(data, isBinary, this.#protocol);
    } catch (error) {
      if (!(error instanceof MalformedFrame)) throw error;
      this.#events.log(`dropped a message of a client: ${error.message}`);
      return;
    }
    if (parts.channel === "stdin") this.#outbox.answered();
    this.#unread += data.length;
    if (this.#unread > this.#limits.unreadRequests) this.#socket?.pause();
    void this.#events.onRequest(parts).then(() => {
      this.#unread -= data.length;
      if (this.#unread <= this.#limits.unreadRequests) this.#socket?.resume();
    });
  }

  #send(): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    while (socket.bufferedAmount < this.#limits.socketBuffer) {
      const message = this.#outbox.next();
      if (!message) break;
      const data = message.encoded(this.#protocol);
      socket.send(data, { binary: typeof data !== "string" }, () => {
        if (socket === this.#socket) this.#send();
      });
      this.#askSoon(socket);
    }
  }

  #askSoon(socket: WebSocket): void {
    this.#asking ??= setTimeout(() => {
      this.#asking = undefined;
      this.#ask(socket);
    }, acknowledgeMs);
  }

  /** A pong tells that the client has all that was sent before its ping. */
  #ask(socket: WebSocket): void {
    if (this.#askedAt !== undefined || socket !== this.#socket || socket.readyState !== WebSocket.OPEN)
      return;
    this.#askedAt = Date.now();
    socket.ping(String(this.#outbox.sentCount));
  }

  #acknowledged(count: number): void {
    this.#askedAt = undefined;
    if (!Number.isSafeInteger(count)) return;
    this.#outbox.acknowledge(count);
    if (!this.#outbox.isAcknowledged && this.#socket) this.#askSoon(this.#socket);
    this.#events.onAcknowledged();
  }

  /** Ends connections on which nobody answers; asks on those that are silent. */
  #look(socket: WebSocket): void {
    const isLate = this.#askedAt !== undefined && Date.now() - this.#askedAt > this.#limits.pongTime;
    if (isLate && !socket.isPaused) socket.terminate();
    else this.#ask(socket);
  }

  #disconnected(): void {
    clearInterval(this.#watch);
    clearTimeout(this.#asking);
    this.#asking = undefined;
    this.#askedAt = undefined;
    this.#socket = undefined;
    this.absentSince = Date.now();
    this.#outbox.disconnected();
    this.#patience = setTimeout(this.#events.onAbsent, this.#limits.absence).unref();
  }
}
