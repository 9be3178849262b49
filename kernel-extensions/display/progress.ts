/** Progress bars around loops, or driven by hand. */
import { randomUUID } from "node:crypto";
import { kernelBridge } from "../kernel/bridge.js";
import { displaySymbol, isObject, type SyncDisplayable } from "./displayable.js";
import { Paced } from "./pace.js";
import { progressBundle, progressText, type ProgressState } from "./progress-view.js";
import { printProgress, rewrites } from "./terminal.js";

export interface ProgressOptions {
  /** What is under way: `training`. */
  label?: string;
  /** What is counted, in the plural: `updates`. */
  unit?: string;
}

export interface LoopProgressOptions extends ProgressOptions {
  /** How many items there will be. Default: the length or size of the collection, if it has one. */
  total?: number;
}

/** A bar driven by hand. After {@link done} nothing changes any more. As a cell's value it shows nothing more. */
export interface ProgressBar extends SyncDisplayable {
  /** So many are done. */
  update(n: number): void;
  /** So many more are done; 1 by default. */
  tick(n?: number): void;
  /** A few words behind the bar. */
  note(text: string): void;
  /** The end: of all, or, before the total is reached, an early stop. */
  done(): void;
}

/** A collection whose loop shows a bar. */
export interface ProgressIterable<T> extends Iterable<T> {
  /** A few words behind the bar. */
  note(text: string): void;
}

/** An asynchronous sequence whose loop shows a bar. */
export interface ProgressAsyncIterable<T> extends AsyncIterable<T> {
  /** A few words behind the bar. */
  note(text: string): void;
}

/**
 * A progress bar that updates in place, at most about ten times a second: below the cell, or outside a
 * kernel as a line on stderr (every ten seconds when that is no terminal).
 *
 * Around something iterable it is iterable in the same way; the bar ends with the loop, and says so when
 * the loop stops early. For a number, or nothing when the total is not known, it is a {@link ProgressBar}.
 *
 * ```ts
 * for (const batch of progress(batches, { label: "training", unit: "batches" })) …
 * const bar = progress(200); bar.tick(); bar.note("loss 0.3"); bar.done();
 * ```
 *
 * @throws RangeError when a total or count is negative or not a number.
 * @throws TypeError for anything else that cannot be counted.
 */
export function progress<T>(items: AsyncIterable<T>, options?: LoopProgressOptions): ProgressAsyncIterable<T>;
export function progress<T>(items: Iterable<T>, options?: LoopProgressOptions): ProgressIterable<T>;
export function progress(total?: number, options?: ProgressOptions): ProgressBar;
export function progress<T>(
  work: AsyncIterable<T> | Iterable<T> | number | undefined,
  options: LoopProgressOptions = {},
): ProgressAsyncIterable<T> | ProgressIterable<T> | ProgressBar {
  if (work === undefined || typeof work === "number") return byHand(new Bar(work, options));
  if (isObject(work) && typeof work[Symbol.asyncIterator] === "function") {
    return overAsync(work as unknown as AsyncIterable<T>, options);
  }
  if (typeof work === "string" || (isObject(work) && typeof work[Symbol.iterator] === "function")) {
    return over(work as Iterable<T>, options);
  }
  throw new TypeError("progress() takes something to iterate over, or a total");
}

function byHand(bar: Bar): ProgressBar {
  bar.show();
  return {
    update: (n) => bar.count(n),
    tick: (n = 1) => bar.count(bar.n + n),
    note: (text) => bar.note(text),
    done: () => bar.end("done"),
    [displaySymbol]: () => ({}),
  };
}

function over<T>(items: Iterable<T>, options: LoopProgressOptions): ProgressIterable<T> {
  const total = options.total ?? sizeOf(items);
  requireCount(total, "total");
  let bar: Bar | undefined;
  return {
    note: (text) => bar?.note(text),
    *[Symbol.iterator]() {
      const current = (bar = new Bar(total, options));
      let how: "done" | "stopped" = "stopped";
      current.show();
      try {
        for (const item of items) {
          yield item;
          current.count(current.n + 1);
        }
        how = "done";
      } finally {
        current.end(how);
      }
    },
  };
}

function overAsync<T>(items: AsyncIterable<T>, options: LoopProgressOptions): ProgressAsyncIterable<T> {
  const { total } = options;
  requireCount(total, "total");
  let bar: Bar | undefined;
  return {
    note: (text) => bar?.note(text),
    async *[Symbol.asyncIterator]() {
      const current = (bar = new Bar(total, options));
      let how: "done" | "stopped" = "stopped";
      current.show();
      try {
        for await (const item of items) {
          yield item;
          current.count(current.n + 1);
        }
        how = "done";
      } finally {
        current.end(how);
      }
    },
  };
}

function sizeOf(items: object): number | undefined {
  if (Array.isArray(items) || ArrayBuffer.isView(items)) return (items as ArrayLike<unknown>).length;
  return items instanceof Set || items instanceof Map ? items.size : undefined;
}

/** An endless total is an unknown one. */
function requireCount(n: number | undefined, name: string): void {
  if (n !== undefined && !(n >= 0))
    throw new RangeError(`progress(): ${name} must be a number from 0, got ${n}`);
}

class Bar {
  n = 0;
  readonly #total: number | undefined;
  readonly #label: string;
  readonly #unit: string;
  readonly #start = performance.now();
  readonly #id = randomUUID();
  readonly #signal = kernelBridge()?.signal;
  readonly #paced = new Paced<undefined>(() => this.#publish(), {
    interval: () => (kernelBridge() || rewrites() ? 100 : 10_000),
    signal: () => this.#signal,
  });
  #note = "";
  #shown = false;
  #finished: number | undefined;
  #ended: ProgressState["ended"] = false;

  constructor(total: number | undefined, options: ProgressOptions) {
    requireCount(total, "total");
    this.#total = total === Infinity ? undefined : total;
    this.#label = options.label ?? "";
    this.#unit = options.unit ?? "";
  }

  show(): void {
    // An interrupted loop may never come to its end.
    this.#signal?.addEventListener("abort", this.#abort, { once: true });
    void this.#paced.send(undefined);
  }

  count(n: number): void {
    requireCount(n === Infinity ? NaN : n, "the count");
    if (this.#ended) return;
    this.n = n;
    if (this.#total !== undefined && n >= this.#total) this.#finished ??= performance.now();
    this.#paced.offer(undefined);
  }

  note(text: string): void {
    if (this.#ended) return;
    this.#note = text;
    this.#paced.offer(undefined);
  }

  end(how: "done" | "stopped"): void {
    if (this.#ended) return;
    this.#ended = how;
    this.#signal?.removeEventListener("abort", this.#abort);
    void this.#paced.send(undefined);
  }

  readonly #abort = () => this.end("stopped");

  #publish(): void {
    const state: ProgressState = {
      label: this.#label,
      unit: this.#unit,
      total: this.#total,
      n: this.n,
      elapsed: (this.#finished ?? performance.now()) - this.#start,
      note: this.#note,
      ended: this.#ended,
    };
    const bridge = kernelBridge();
    if (bridge) bridge.display(progressBundle(state), { displayId: this.#id, update: this.#shown });
    else printProgress(progressText(state), this.#ended !== false);
    this.#shown = true;
  }
}
