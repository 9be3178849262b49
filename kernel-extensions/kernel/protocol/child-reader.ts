/**
 * The IO thread's end of the sockets that child processes inherit as their stdout and stderr
 * (the main thread's end is session/child-output.ts).
 */
import { createServer, type Server, type Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";

export type StreamName = "stdout" | "stderr";

/** The main thread writes a mark where a child's output ends: NUL, this prefix, a UUID, NUL. */
const markPrefix = Buffer.from("\0arl-mark:");
const markLength = markPrefix.length + 36 + 1;

/** How long a mark may be on its way before output goes on without it. */
const markTimeoutMs = 2000;

export function markBytes(mark: string): Buffer {
  return Buffer.concat([markPrefix, Buffer.from(`${mark}\0`)]);
}

/** First byte that the main thread sends on each connection. */
export const streamTags: Record<StreamName, string> = { stdout: "1", stderr: "2" };

/** Splits a byte stream into text and marks. Exported for its test. */
export class MarkedStream {
  readonly #decoder = new StringDecoder("utf8");
  readonly #onText: (text: string) => void;
  readonly #onMark: (mark: string) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(onText: (text: string) => void, onMark: (mark: string) => void) {
    this.#onText = onText;
    this.#onMark = onMark;
  }

  push(chunk: Buffer): void {
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let from = 0;
    for (;;) {
      const at = data.indexOf(0, from);
      if (at < 0) break;
      const candidate = data.subarray(at, at + markPrefix.length);
      if (!markPrefix.subarray(0, candidate.length).equals(candidate)) {
        from = at + 1;
      } else if (data.length - at < markLength) {
        this.#text(data.subarray(0, at));
        this.#rest = data.subarray(at);
        return;
      } else {
        this.#text(data.subarray(0, at));
        this.#onMark(data.toString("utf8", at + markPrefix.length, at + markLength - 1));
        data = data.subarray(at + markLength);
        from = 0;
      }
    }
    this.#rest = Buffer.alloc(0);
    this.#text(data);
  }

  #text(bytes: Buffer): void {
    const text = this.#decoder.write(bytes);
    if (text !== "") this.#onText(text);
  }
}

export class ChildReader {
  readonly #onText: (name: StreamName, text: string) => void;
  #server: Server | undefined;
  /** Marks seen on one stream and not yet on the other. */
  readonly #halfSeen = new Set<string>();
  readonly #waiting = new Map<string, () => void>();

  constructor(onText: (name: StreamName, text: string) => void) {
    this.#onText = onText;
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server = createServer((socket) => {
        this.#accept(socket);
      });
      this.#server.once("error", reject);
      this.#server.listen(path, resolve);
    });
  }

  /** Resolves when the mark has come through both streams, or will not. */
  passed(mark: string): Promise<void> {
    if (this.#halfSeen.delete(`${mark}!`)) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(mark);
        resolve();
      };
      const timer = setTimeout(done, markTimeoutMs);
      this.#waiting.set(mark, done);
    });
  }

  #accept(socket: Socket): void {
    socket.once("data", (first: Buffer) => {
      const name = first.toString("latin1", 0, 1) === streamTags.stdout ? "stdout" : "stderr";
      const stream = new MarkedStream(
        (text) => {
          this.#onText(name, text);
        },
        (mark) => {
          this.#seen(mark);
        },
      );
      stream.push(first.subarray(1));
      socket.on("data", (chunk: Buffer) => {
        stream.push(chunk);
      });
    });
    socket.on("error", () => undefined);
  }

  #seen(mark: string): void {
    if (!this.#halfSeen.delete(mark)) {
      this.#halfSeen.add(mark);
      return;
    }
    const done = this.#waiting.get(mark);
    if (done) done();
    else this.#halfSeen.add(`${mark}!`);
  }
}
