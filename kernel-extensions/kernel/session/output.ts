/**
 * What cells put out on iopub: stream text, handed over as soon as it is printed, and everything else in its right
 * place between it (Jupyter messaging, "Messages on the IOPub channel").
 */
import type { StreamName } from "../protocol/child-reader.js";
import { OutputBudget, RichBudget } from "../protocol/output-limit.js";
import { critical } from "../protocol/termination.js";
import { publishSize } from "../protocol/threads.js";
import { toJson } from "./json.js";

/** A print is handed over at once, since the cell may block right after it; but only so many of them … */
const promptPrints = 64;
/** … in this time: a loop that prints without end would be busy with nothing else. From then on text is gathered … */
const windowMs = 25;
/** … and sent when this much is waiting, or in the next window, looked at when a cell prints. */
const chunkLength = 16 * 1024;

interface Publisher {
  publish(type: string, parent: string, content: string): void;
  waitForRoom(): void;
}

/** A cell that output belongs to. */
interface Target {
  /** Header (JSON) of the request that runs it. */
  parent: string;
  silent: boolean;
  budget: OutputBudget;
}

export class Output {
  readonly #publisher: Publisher;
  readonly #limit: number;
  readonly #clock: () => number;
  readonly #rich: RichBudget;
  #target: Target | undefined;
  /** The last cell that was not silent, to which late output (of timers) goes after a silent one. */
  #lastShown: Target | undefined;
  #name: StreamName = "stdout";
  #waiting = "";
  #window = { began: -Infinity, prints: 0 };
  #scheduled = false;

  constructor(publisher: Publisher, limit: number, clock = (): number => performance.now()) {
    this.#publisher = publisher;
    this.#limit = limit;
    this.#clock = clock;
    this.#rich = new RichBudget(limit, clock);
  }

  /** Whether there is a cell yet to which output can belong. */
  get hasTarget(): boolean {
    return this.#target !== undefined;
  }

  /** Header (JSON) of the cell to which output belongs; an empty one before the first cell. */
  get parent(): string {
    return this.#target?.parent ?? "{}";
  }

  begin(parent: string, silent: boolean): void {
    this.flush();
    this.#target = { parent, silent, budget: new OutputBudget(this.#limit) };
    if (!silent) this.#lastShown = this.#target;
  }

  end(): void {
    this.flush();
    this.#target = this.#lastShown;
  }

  write(name: StreamName, text: string): void {
    if (!this.#target || this.#target.silent) return;
    const taken = this.#target.budget.take(text);
    this.#append(name, taken.text);
    if (taken.notice !== undefined) this.#append("stderr", taken.notice);
  }

  /** Publishes anything but stream text. Throws a TypeError when `content` is no JSON. */
  send(type: string, content: unknown): void {
    this.#send(type, toJson(content));
  }

  /** The same for what user code sends; throws a RangeError when a runaway loop does. */
  sendRich(type: string, content: unknown): void {
    const json = toJson(content);
    if (this.#target?.silent === false) this.#rich.take(publishSize(json));
    this.#send(type, json);
  }

  #send(type: string, json: string): void {
    this.flush();
    if (!this.#target || this.#target.silent) return;
    const { parent } = this.#target;
    this.#publisher.waitForRoom();
    critical(() => {
      this.#publisher.publish(type, parent, json);
    });
  }

  flush(): void {
    if (this.#waiting === "" || !this.#target) return;
    const { parent } = this.#target;
    this.#publisher.waitForRoom();
    critical(() => {
      this.#publisher.publish("stream", parent, toJson({ name: this.#name, text: this.#waiting }));
      this.#waiting = "";
    });
  }

  /** After a termination: the scheduled flush may be gone. */
  recover(): void {
    this.#scheduled = false;
    this.flush();
  }

  #append(name: StreamName, text: string): void {
    if (text === "") return;
    if (name !== this.#name) {
      this.flush();
      this.#name = name;
    }
    this.#waiting += text;
    if (this.#waiting.length >= chunkLength || this.#isPrompt()) {
      this.flush();
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
  }

  #isPrompt(): boolean {
    const now = this.#clock();
    if (now - this.#window.began >= windowMs) this.#window = { began: now, prints: 0 };
    return ++this.#window.prints <= promptPrints;
  }
}
