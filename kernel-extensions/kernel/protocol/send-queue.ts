interface Sender {
  send(frames: (Uint8Array | string)[]): Promise<void>;
}

/**
 * Sends one message after another. zeromq.js lets a socket have a single `send` under way and fails
 * others with EBUSY, which is how messages get lost when a loop prints.
 */
export class SendQueue {
  readonly #socket: Sender;
  readonly #onError: (error: unknown) => void;
  #waiting: (Uint8Array | string)[][] = [];
  #sending: Promise<void> | undefined;

  constructor(socket: Sender, onError: (error: unknown) => void) {
    this.#socket = socket;
    this.#onError = onError;
  }

  push(frames: (Uint8Array | string)[]): void {
    this.#waiting.push(frames);
    this.#sending ??= this.#drain();
  }

  /** Resolves when everything pushed so far is handed to ZeroMQ. */
  async flushed(): Promise<void> {
    await this.#sending;
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (const frames of batch) {
        try {
          await this.#socket.send(frames);
        } catch (error) {
          this.#onError(error);
        }
      }
    }
    this.#sending = undefined;
  }
}
