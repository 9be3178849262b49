/** Comms: two-way channels between cells and front end (Jupyter messaging, "Custom Messages"). */
import { randomUUID } from "node:crypto";
import type { Comm, Comms } from "../bridge.js";
import type { PublishOptions } from "../protocol/io.js";
import { toJson } from "./json.js";
import { Fields } from "./requests.js";

type Publish = (type: string, content: string, options: PublishOptions) => void;
type Target = (comm: Comm, data: unknown) => void;

export class CommRegistry implements Comms {
  readonly #publish: Publish;
  readonly #report: (error: unknown) => void;
  readonly #targets = new Map<string, Target>();
  readonly #open = new Map<string, CommEnd>();

  /** `report` shows an error that a listener of the user's threw. */
  constructor(publish: Publish, report: (error: unknown) => void) {
    this.#publish = publish;
    this.#report = report;
  }

  open(target: string, data: unknown = {}, { metadata }: { metadata?: Record<string, unknown> } = {}): Comm {
    const comm = this.#create(randomUUID(), target);
    const content = toJson({ comm_id: comm.id, target_name: target, data });
    this.#publish("comm_open", content, metadata ? { metadata: toJson(metadata) } : {});
    this.#open.set(comm.id, comm);
    return comm;
  }

  registerTarget(target: string, listener: Target): void {
    this.#targets.set(target, listener);
  }

  unregisterTarget(target: string): void {
    this.#targets.delete(target);
  }

  /** Content of comm_info_reply: the open comms, or those of one target. */
  info(target: string): Record<string, { target_name: string }> {
    const comms = [...this.#open.values()].filter((comm) => target === "" || comm.target === target);
    return Object.fromEntries(comms.map((comm) => [comm.id, { target_name: comm.target }]));
  }

  /** Handles `comm_open`, `comm_msg` or `comm_close`. Throws an InvalidRequest. */
  receive(type: string, contentJson: string, buffers: Uint8Array[]): void {
    const fields = new Fields(type, contentJson);
    const id = fields.string("comm_id");
    const data = fields.any("data");
    if (type === "comm_open") {
      this.#opened(id, fields.string("target_name"), data);
      return;
    }
    const comm = this.#open.get(id);
    if (!comm) return; // Closed at this end already; the other has not heard yet.
    if (type === "comm_msg") {
      comm.deliver((listener) => {
        listener(data, buffers);
      });
    } else {
      this.#open.delete(id);
      comm.closed(data);
    }
  }

  #opened(id: string, targetName: string, data: unknown): void {
    const listener = this.#targets.get(targetName);
    if (!listener) {
      // "If the target_name key is not found on the receiving side, then it should immediately reply with a comm_close."
      this.#publish("comm_close", toJson({ comm_id: id, data: {} }), {});
      return;
    }
    const comm = this.#create(id, targetName);
    this.#open.set(id, comm);
    this.#guard(() => {
      listener(comm, data);
    });
  }

  #create(id: string, target: string): CommEnd {
    return new CommEnd(
      id,
      target,
      (type, content, options) => {
        if (type === "comm_close") this.#open.delete(id);
        this.#publish(type, content, options);
      },
      (work) => {
        this.#guard(work);
      },
    );
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#report(error);
    }
  }
}

type MessageListener = Parameters<Comm["onMessage"]>[0];

class CommEnd implements Comm {
  readonly id: string;
  readonly target: string;
  readonly #publish: Publish;
  readonly #guard: (work: () => void) => void;
  readonly #messageListeners: MessageListener[] = [];
  readonly #closeListeners: ((data: unknown) => void)[] = [];
  #isClosed = false;

  constructor(id: string, target: string, publish: Publish, guard: (work: () => void) => void) {
    this.id = id;
    this.target = target;
    this.#publish = publish;
    this.#guard = guard;
  }

  send(
    data: unknown,
    { metadata, buffers }: { metadata?: Record<string, unknown>; buffers?: Uint8Array[] } = {},
  ): void {
    if (this.#isClosed) throw new Error(`comm ${this.id} (${this.target}) is closed`);
    this.#publish("comm_msg", toJson({ comm_id: this.id, data }), {
      ...(metadata ? { metadata: toJson(metadata) } : {}),
      ...(buffers ? { buffers } : {}),
    });
  }

  close(data: unknown = {}): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#publish("comm_close", toJson({ comm_id: this.id, data }), {});
  }

  onMessage(listener: MessageListener): void {
    this.#messageListeners.push(listener);
  }

  onClose(listener: (data: unknown) => void): void {
    this.#closeListeners.push(listener);
  }

  deliver(call: (listener: MessageListener) => void): void {
    for (const listener of this.#messageListeners) {
      this.#guard(() => {
        call(listener);
      });
    }
  }

  closed(data: unknown): void {
    this.#isClosed = true;
    for (const listener of this.#closeListeners) {
      this.#guard(() => {
        listener(data);
      });
    }
  }
}
