/** The clients of a kernel: who is told what, whatever process the kernel has at the moment. */
import type { WebSocket } from "ws";
import { MalformedMessage } from "../../../kernel/protocol/message.js";
import { Client } from "./client.js";
import type { KernelLimits } from "./limits.js";
import type { ClientLine } from "./line.js";
import type { KernelMessage } from "./message.js";
import { Requests, type Request } from "./requests.js";
import type { KernelRun } from "./run.js";
import { Transcripts } from "./transcript.js";
import { Voice } from "./voice.js";
import type { Parts } from "./wire.js";

/** A client, and its line to the present process. */
interface Connected {
  client: Client;
  line?: ClientLine;
}

/** A request that waits until the kernel is ready. */
interface Held {
  client: string;
  parts: Parts;
  taken: () => void;
}

/** Why requests are ended in the kernel's place: an error's name and message, and what the running cell shows. */
export interface End {
  name: string;
  message: string;
  shown?: string;
}

export class Audience {
  readonly #limits: KernelLimits;
  readonly #log: (line: string) => void;
  readonly #voice = new Voice();
  readonly #clients = new Map<string, Connected>();
  readonly #requests = new Requests();
  readonly #transcripts: Transcripts;
  #held: Held[] = [];
  #run: KernelRun | undefined;
  /** How every request is ended at once: there is no kernel any more. */
  #end: End | undefined;

  constructor(limits: KernelLimits, log: (line: string) => void) {
    this.#limits = limits;
    this.#log = log;
    this.#transcripts = new Transcripts(limits.transcripts, this.#voice);
  }

  /** How many are connected now. */
  get size(): number {
    return [...this.#clients.values()].filter(({ client }) => client.isConnected).length;
  }

  hasRoomFor(session: string): boolean {
    return this.#clients.has(session) || this.#clients.size < this.#limits.clients || this.#absent.length > 0;
  }

  /** Speaks with a client, known by its session id, over `socket`. */
  connect(session: string, socket: WebSocket): void {
    const client = this.#clients.get(session)?.client ?? this.#add(session);
    client.connect(socket, this.#transcripts);
  }

  /** From now on requests go to `run`, in order, once it is ready. */
  follow(run: KernelRun): void {
    this.#run = run;
    this.#end = undefined;
    for (const connected of this.#clients.values()) this.#addLine(run, connected);
    void run.ready.then(() => run === this.#run && this.#sendHeld());
  }

  /** Requests wait from now on. */
  unfollow(): void {
    this.#run = undefined;
    for (const connected of this.#clients.values()) delete connected.line;
  }

  /** Something that the kernel published. */
  publish(published: KernelMessage): void {
    this.#voice.session = published.session;
    const isTooLarge = published.isOutput && published.bytes > this.#limits.output;
    const message = isTooLarge ? this.#voice.tooLarge(published) : published;
    const { parent, executionState } = message;
    if (parent !== undefined && executionState === "busy" && this.#requests.has(parent)) {
      this.#transcripts.begin(parent, message.parts.parentHeader);
    }
    this.#requests.heard(message);
    if (message.isOutput) this.#transcripts.record(message);
    for (const { client } of this.#clients.values()) client.push(message);
    if (parent !== undefined && executionState === "idle") {
      this.#transcripts.finish(parent);
      this.#forget();
    }
  }

  /** Tells all clients a status in the kernel's place. */
  tell(state: "restarting" | "dead"): void {
    this.publish(this.#voice.status(state));
  }

  /** Ends what was asked and will not be answered. With `forGood`, also what will be asked. */
  endRequests(end: End, forGood = false): void {
    if (forGood) this.#end = end;
    for (const { taken } of this.#held.splice(0)) taken();
    const requests = this.#requests.takeAll();
    const cells = requests.filter(({ type }) => type === "execute_request");
    // Where no cell runs, the first that waits is told why it cannot.
    const teller = cells.find(({ isBusy, isIdle }) => isBusy && !isIdle) ?? (forGood ? cells[0] : undefined);
    for (const request of requests) {
      // Nobody but a kernel can answer it; the next one does.
      if (request.type === "kernel_info_request") {
        if (!forGood) void this.#request(request.client, request.parts);
      } else this.#endRequest(request, end, request === teller);
    }
  }

  close(reason: string): void {
    for (const session of [...this.#clients.keys()]) this.#drop(session, reason);
  }

  #endRequest(request: Request, end: End, tells: boolean): void {
    const { parts, isReplied, isIdle } = request;
    const refusal = this.#voice.refusal(request, tells ? end : undefined);
    if (tells && end.shown !== undefined) this.publish(this.#voice.notice(end.shown, parts.header));
    if (!isReplied) this.#clients.get(request.client)?.client.push(refusal);
    if (!isIdle) this.publish(this.#voice.status("idle", parts.header));
  }

  get #absent(): [string, Client][] {
    return [...this.#clients]
      .flatMap(([session, { client }]): [string, Client][] => (client.isConnected ? [] : [[session, client]]))
      .sort(([, a], [, b]) => a.absentSince - b.absentSince);
  }

  #add(session: string): Client {
    const [longestAbsent] = this.#clients.size < this.#limits.clients ? [] : this.#absent;
    if (longestAbsent) this.#drop(longestAbsent[0], "others came");
    const client = new Client(this.#limits, {
      onRequest: (parts) => this.#request(session, parts),
      onAcknowledged: () => {
        this.#forget();
      },
      onAbsent: () => {
        this.#drop(session, "absent too long");
      },
      log: this.#log,
    });
    const connected: Connected = { client };
    this.#clients.set(session, connected);
    if (this.#run) this.#addLine(this.#run, connected);
    return client;
  }

  #addLine(run: KernelRun, connected: Connected): void {
    connected.line = run.line((message) => {
      this.#requests.heard(message);
      connected.client.push(message);
    });
  }

  #drop(session: string, reason: string): void {
    const connected = this.#clients.get(session);
    if (!connected) return;
    this.#clients.delete(session);
    if (connected.line) this.#run?.dropLine(connected.line);
    connected.client.end(reason);
    this.#forget();
  }

  #forget(): void {
    this.#transcripts.forget((request) =>
      [...this.#clients.values()].some(({ client }) => client.needs(request)),
    );
  }

  /** Resolves when the kernel has taken the request. */
  async #request(client: string, parts: Parts): Promise<void> {
    try {
      this.#requests.sent(parts, client);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.#log(`dropped a message of a client: ${error.message}`);
      return;
    }
    if (this.#end) this.endRequests(this.#end, true);
    else if (this.#run?.isReady) await this.#clients.get(client)?.line?.send(parts);
    else await new Promise<void>((taken) => this.#held.push({ client, parts, taken }));
  }

  #sendHeld(): void {
    for (const { client, parts, taken } of this.#held.splice(0)) {
      void Promise.resolve(this.#clients.get(client)?.line?.send(parts)).then(taken);
    }
  }
}
