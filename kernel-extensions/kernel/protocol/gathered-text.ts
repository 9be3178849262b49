/**
 * Stream text on its way to iopub. The main thread hands over what a cell prints at once, since it may block right
 * after; a message for each print would be too many for front ends, so the IO thread gathers them for a moment.
 */

/** How long text may wait for more. */
const gatherMs = 5;
/** Text is sent when this many characters are waiting. */
const chunkLength = 16 * 1024;

/** Content of a `stream` message (Jupyter messaging, "Streams"). */
interface StreamContent {
  name: string;
  text: string;
}

export class GatheredText {
  readonly #send: (parent: string, content: string) => void;
  #waiting: (StreamContent & { parent: string }) | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param send publishes a `stream` message: JSON of its parent's header, JSON of its content */
  constructor(send: (parent: string, content: string) => void) {
    this.#send = send;
  }

  /** Takes the JSON of a `stream` message's content. */
  add(parent: string, content: string): void {
    const { name, text } = JSON.parse(content) as StreamContent;
    if (this.#waiting?.parent !== parent || this.#waiting.name !== name) this.flush();
    this.#waiting ??= { parent, name, text: "" };
    this.#waiting.text += text;
    if (this.#waiting.text.length >= chunkLength) this.flush();
    else
      this.#timer ??= setTimeout(() => {
        this.flush();
      }, gatherMs);
  }

  /** Sends what waits: before anything else is sent. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#waiting) return;
    const { parent, name, text } = this.#waiting;
    this.#waiting = undefined;
    this.#send(parent, JSON.stringify({ name, text }));
  }
}
