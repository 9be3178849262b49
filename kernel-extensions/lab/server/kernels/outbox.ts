/**
 * What waits for one client, in order, until the client surely has it: not sent yet, or sent and not acknowledged.
 *
 * What is guaranteed when a connection breaks and the client returns under its session id:
 * - no reply, status, question or output is lost;
 * - outputs are seen once: when it is not known which of them arrived, those of the running cells are told again from
 *   the start, after a `clear_output` (see transcript.ts). So is a question for input, which the clearing takes away;
 * - replies, statuses and comm messages of the last moment may come twice. Those are the ones that do no harm.
 * - When more waits than the limit, outputs are dropped here and told from the transcript; comm messages are lost.
 */
import type { KernelMessage } from "./message.js";
import type { Transcripts } from "./transcript.js";

export class Outbox {
  readonly #limit: number;
  #waiting: KernelMessage[] = [];
  /** How many of those in front were sent. */
  #sent = 0;
  /** Counts what was acknowledged on this connection. */
  #acknowledged = 0;
  #bytes = 0;
  /** Of how many waiting messages a request is the parent. */
  readonly #parents = new Map<string, number>();
  /** Requests of whose outputs it is not known which ones the client has. */
  readonly #doubtful = new Set<string>();
  /** The question that the client has not answered. */
  #question: KernelMessage | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns whether there is room: `false` says that outputs were dropped, and the connection is to be made anew */
  push(message: KernelMessage): boolean {
    if (message.type === "input_request") this.#question = message;
    this.#add(message);
    this.#bytes += message.bytes;
    if (this.#bytes <= this.#limit || this.#waiting.length === 1) return true;
    this.#dropOutputs();
    return false;
  }

  /** The client has answered a question, or the one that asked it is through. */
  answered(request?: string): void {
    if (request === undefined || this.#question?.parent === request) this.#question = undefined;
  }

  /** The next message to send; it counts as sent from now on. */
  next(): KernelMessage | undefined {
    const message = this.#waiting[this.#sent];
    if (message) this.#sent++;
    return message;
  }

  /** Counts what was sent on this connection. */
  get sentCount(): number {
    return this.#acknowledged + this.#sent;
  }

  get isAcknowledged(): boolean {
    return this.#sent === 0;
  }

  /** The client has the first `count` messages that were sent on this connection. */
  acknowledge(count: number): void {
    const gone = this.#waiting.splice(0, Math.min(count - this.#acknowledged, this.#sent));
    this.#sent -= gone.length;
    this.#acknowledged += gone.length;
    for (const message of gone) this.#remove(message);
  }

  /** Whether a request's transcript may still be told. */
  needs(request: string): boolean {
    return this.#doubtful.has(request) || this.#parents.has(request);
  }

  /** The connection is gone; what was sent on it may have arrived or not. */
  disconnected(): void {
    for (const message of this.#waiting.slice(0, this.#sent)) this.#doubt(message);
    this.#keep((message, index) => !this.#isOnce(message, index));
    this.#sent = 0;
    this.#acknowledged = 0;
  }

  /** The client is back: what was doubtful is put in front, told from the start. */
  resume(transcripts: Transcripts): void {
    // Requests without a transcript are through: their client ignores what comes after.
    const told = this.#doubtful.size > 0 ? transcripts.retell() : [];
    if (told.length > 0) {
      const { parent } = this.#question ?? {};
      this.#keep((message) => !isTold(message) || !transcripts.has(message.parent ?? ""));
      if (parent !== undefined && transcripts.has(parent)) told.push(this.#question!);
    }
    this.#doubtful.clear();
    const rest = this.#waiting;
    this.#waiting = [];
    this.#parents.clear();
    this.#bytes = 0;
    for (const message of [...told, ...rest]) {
      this.#add(message);
      this.#bytes += message.bytes;
    }
  }

  #dropOutputs(): void {
    for (const message of this.#waiting) this.#doubt(message);
    this.#keep(
      (message, index) =>
        !isTold(message) && !message.type.startsWith("comm_") && !this.#isOnce(message, index),
    );
    this.#sent = 0;
  }

  /** A client that hears that its kernel restarts connects anew: told again, it would do so for ever. */
  #isOnce(message: KernelMessage, index: number): boolean {
    return index < this.#sent && message.executionState === "restarting";
  }

  #doubt(message: KernelMessage): void {
    if (isTold(message) && message.parent !== undefined) this.#doubtful.add(message.parent);
  }

  #keep(isKept: (message: KernelMessage, index: number) => boolean): void {
    const all = this.#waiting;
    this.#waiting = [];
    for (const [index, message] of all.entries()) {
      if (isKept(message, index)) this.#waiting.push(message);
      else this.#remove(message);
    }
  }

  #add(message: KernelMessage): void {
    this.#waiting.push(message);
    if (message.parent !== undefined) {
      this.#parents.set(message.parent, (this.#parents.get(message.parent) ?? 0) + 1);
    }
  }

  #remove({ bytes, parent }: KernelMessage): void {
    this.#bytes -= bytes;
    if (parent === undefined) return;
    const count = this.#parents.get(parent)! - 1;
    if (count > 0) this.#parents.set(parent, count);
    else this.#parents.delete(parent);
  }
}

/** Whether a message is among what is told again as a whole. */
function isTold(message: KernelMessage): boolean {
  return message.isOutput || message.type === "input_request";
}
