/** The sockets that connect one client with a kernel. */
import { randomUUID } from "node:crypto";
import { Dealer, type Subscriber } from "zeromq";
import { joinMessage, MalformedMessage, openMessage, type Signer } from "../../../kernel/protocol/message.js";
import { SendQueue } from "../../../kernel/protocol/send-queue.js";
import { KernelMessage } from "./message.js";
import type { Channel, Parts } from "./wire.js";

type Asked = Exclude<Channel, "iopub">;

/**
 * The sockets of one client. They have one ZeroMQ identity, by which the kernel knows whom to answer and whom to ask for
 * input (Jupyter messaging, "Messages on the stdin channel").
 */
export class ClientLine {
  readonly #sockets: Record<Asked, Dealer>;
  readonly #queues: Record<Asked, SendQueue>;
  readonly #signer: Signer;

  constructor(
    address: (channel: Channel) => string,
    signer: Signer,
    onMessage: (message: KernelMessage) => void,
  ) {
    this.#signer = signer;
    const routingId = randomUUID();
    const open = (channel: Asked): Dealer => {
      const socket = new Dealer({ linger: 0, routingId, receiveHighWaterMark: 0 });
      socket.connect(address(channel));
      void read(socket, signer, channel, onMessage);
      return socket;
    };
    const [shell, control, stdin] = [open("shell"), open("control"), open("stdin")];
    // What cannot be sent any more is answered by the end of the process.
    const queue = (socket: Dealer): SendQueue => new SendQueue(socket, () => undefined);
    this.#sockets = { shell, control, stdin };
    this.#queues = { shell: queue(shell), control: queue(control), stdin: queue(stdin) };
  }

  /** Resolves when ZeroMQ has taken it. */
  send({ channel, header, parentHeader, metadata, content, buffers }: Parts): Promise<void> {
    if (channel === "iopub") return Promise.resolve(); // Nobody listens there.
    this.#queues[channel].push(
      joinMessage([header, parentHeader, metadata, content], this.#signer, { buffers }),
    );
    return this.#queues[channel].flushed();
  }

  close(): void {
    for (const socket of Object.values(this.#sockets)) socket.close();
  }
}

/** Hands on what comes, until the socket is closed. What has a wrong signature did not come from the kernel. */
export async function read(
  socket: Dealer | Subscriber,
  signer: Signer,
  channel: Channel,
  onMessage: (message: KernelMessage) => void,
): Promise<void> {
  for await (const frames of socket) {
    let message: KernelMessage;
    try {
      message = KernelMessage.received(channel, openMessage(frames, signer));
    } catch (error) {
      if (error instanceof MalformedMessage) continue;
      throw error;
    }
    try {
      onMessage(message);
    } catch (error) {
      // One message that cannot be passed on (too large for a string, say) must not end the server and all kernels.
      process.emitWarning(`A message of a kernel was dropped: ${(error as Error).message}`);
    }
  }
}
