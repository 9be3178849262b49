/** What clients have asked of a kernel and not been told yet: the cells that show `[*]`. */
import { parseHeader } from "../../../kernel/protocol/message.js";
import type { KernelMessage } from "./message.js";
import type { Parts } from "./wire.js";

export interface Request {
  id: string;
  type: string;
  /** Session id of the client that asked. */
  client: string;
  parts: Parts;
  /** The kernel has begun with it. */
  isBusy: boolean;
  isReplied: boolean;
  isIdle: boolean;
}

export class Requests {
  /** In the order in which they were sent. */
  readonly #open = new Map<string, Request>();

  /** A message of a client. @throws MalformedMessage when its header is none */
  sent(parts: Parts, client: string): void {
    const { msg_id: id, msg_type: type } = parseHeader(parts.header.toString());
    if (parts.channel !== "shell" && parts.channel !== "control") return;
    // Only requests are answered with a reply; of a comm message "idle" tells that the kernel is through with it.
    const isReplied = !type.endsWith("_request");
    this.#open.set(id, { id, type, client, parts, isBusy: false, isReplied, isIdle: false });
  }

  has(id: string): boolean {
    return this.#open.has(id);
  }

  /** A message of the kernel. */
  heard(message: KernelMessage): void {
    const request = this.#open.get(message.parent ?? "");
    if (!request) return;
    const state = message.executionState;
    if (state === "busy") request.isBusy = true;
    else if (state === "idle") request.isIdle = true;
    else if (message.parts.channel === request.parts.channel) request.isReplied = true;
    if (request.isReplied && request.isIdle) this.#open.delete(request.id);
  }

  /** All of them; none is open afterwards. */
  takeAll(): Request[] {
    const all = [...this.#open.values()];
    this.#open.clear();
    return all;
  }
}
