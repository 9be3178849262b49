/**
 * What the two threads of the kernel say to each other.
 *
 * The IO thread owns the sockets: it signs and sends, answers heartbeats, kernel_info, interrupts and
 * shutdowns, and so stays responsive while a cell blocks the main thread. The main thread runs everything else.
 * Contents cross as JSON text: the main thread stringifies, so that an output that is no JSON throws in the
 * user's cell and nowhere else.
 */
import type { Connection } from "./connection.js";
import type { Incoming } from "./message.js";

export type RequestChannel = "shell" | "control";

export interface Request extends Incoming {
  channel: RequestChannel;
}

/** From the IO thread to the main thread. */
export type ToMain =
  /** The sockets are open. */
  | { kind: "bound" }
  | { kind: "request"; request: Request }
  | { kind: "input-reply"; reply: Incoming }
  /** Proof of life wanted, see {@link Slot.Acknowledged}; with `interrupt`, the person also wants the cell to stop. */
  | { kind: "ping"; sequence: number; interrupt: boolean }
  /** JavaScript on the main thread was cut off while it blocked. */
  | { kind: "terminated" }
  /** Every request that had reached the machine when a `drain` was asked for has been handed over. */
  | { kind: "drained" }
  | { kind: "shutdown" }
  /** Answer to `bye`: the process may end. */
  | { kind: "flushed" }
  /** The sockets could not be bound; `reason` fits one line. */
  | { kind: "failed"; reason: string };

/** From the main thread to the IO thread. */
export type ToIo =
  | {
      kind: "publish";
      type: string;
      parent: string;
      content: string;
      metadata?: string;
      buffers?: Uint8Array[];
    }
  | { kind: "reply"; request: ReplyTo; type: string; content: string; metadata?: string }
  | { kind: "input-request"; request: ReplyTo; content: string }
  | { kind: "status"; state: "busy" | "idle"; parent: string }
  | { kind: "drain" }
  /** From now on output of child processes belongs to the cell with this header; `undefined` throws it away. */
  | { kind: "child-target"; parent: string | undefined }
  /** What follows must wait until the mark has come through both child output sockets. */
  | { kind: "child-mark"; mark: string }
  /** A synchronous child process starts or has ended; `others` are asynchronous children, not to be killed with it. */
  | { kind: "sync-child"; running: boolean; others: number[] }
  /** The main thread has loaded the compiler and reads its messages from now on. */
  | { kind: "ready" }
  /** Everything is said: send it, then answer `flushed`. */
  | { kind: "bye" };

/** The part of a request that a reply needs. */
export type ReplyTo = Pick<Request, "channel" | "identities" | "headerJson">;

/** Places in the shared Int32Array through which the threads see each other while one of them is blocked. */
export const Slot = {
  /** Main → IO: the highest ping sequence that the main thread has seen. */
  Acknowledged: 0,
  /** IO → main: the highest ping sequence sent. */
  Asked: 1,
  /** Main → IO: number of the request being worked on, 0 when idle. */
  Busy: 2,
  /** Main → IO: answer to "may execution be terminated?", see termination.ts. */
  Verdict: 3,
  /** IO → main: 1 once the termination has been posted. */
  Posted: 4,
  /** Main → IO: the value of `Busy` when an interrupt was last read: what the interrupt is to stop. */
  Interrupted: 5,
  /** Size of what the main thread has published and the IO thread has not taken yet, see {@link publishSize}. */
  InFlight: 6,
  /** Main → IO: counts messages read and requests begun or ended. While it moves, nothing is blocked. */
  Progress: 7,
} as const;

export const slotCount = Object.keys(Slot).length;

/** What a published message counts for: its text, and something for the message itself. */
export function publishSize(content: string): number {
  return content.length + 512;
}

/** What the IO thread is started with. */
export interface IoOptions {
  connection: Connection;
  username: string;
  /** Content of kernel_info_reply, JSON. */
  kernelInfo: string;
  shared: Int32Array;
  /** Characters of stream text that a cell may print. */
  outputLimit: number;
  /** Path of the unix-domain socket to take child output on; none on Windows. */
  childSocket?: string;
  /** Stop the kernel when this process is no longer the parent. */
  parentPid?: number;
}
