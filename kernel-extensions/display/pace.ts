/** Sends the latest of many values, not every one of them. */
import { kernelBridge, type KernelBridge } from "../kernel/bridge.js";

/** Everything that holds back a value at the moment. */
const waiting = new Set<Paced<unknown>>();
let watchesExit = false;
const watchedSignals = new WeakSet<AbortSignal>();
const watchedBridges = new WeakSet<KernelBridge>();

export interface PacedOptions {
  /** Milliseconds from one delivery to the next, asked again before each. */
  interval: () => number;
  /** The running cell's signal: what is held back is sent when it aborts, before the cell's timers go. */
  signal?: () => AbortSignal | undefined;
}

/**
 * Delivers at most one value per interval. The first goes at once; of those that come too early the latest
 * wins and goes when its time has come: by the clock at the next {@link offer}, so that a loop that never
 * returns to the event loop is paced too, else by a timer. The timer does not keep the process alive; what
 * is left is delivered as the process exits.
 *
 * While a delivery that returned a promise is under way, nothing else is delivered.
 */
export class Paced<T> {
  readonly #deliver: (value: T) => void | Promise<void>;
  readonly #options: PacedOptions;
  #latest: T | undefined;
  #pending = false;
  #earliest = -Infinity;
  #delivering: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(deliver: (value: T) => void | Promise<void>, options: PacedOptions) {
    this.#deliver = deliver;
    this.#options = options;
  }

  /** Delivers a value at once and drops what was held back. The promise, if any, rejects when that failed. */
  send(value: T): Promise<void> | undefined {
    this.#latest = value;
    this.#pending = true;
    return this.#send();
  }

  /** Takes a value; delivers it now or later. Throws what a delivery made now throws. */
  offer(value: T): void {
    this.#latest = value;
    this.#pending = true;
    if (this.#delivering) return;
    if (performance.now() < this.#earliest) this.#wait();
    else this.#send()?.catch(report);
  }

  /**
   * Delivers what is pending: at once, or after the delivery under way. The promise resolves when that is
   * done and rejects when it failed.
   */
  async flush(): Promise<void> {
    while (this.#delivering) await this.#delivering.catch(() => undefined);
    await this.#send();
  }

  #wait(): void {
    if (this.#timer !== undefined) return;
    waiting.add(this as Paced<unknown>);
    watch(this.#options.signal?.());
    const delay = Math.max(0, this.#earliest - performance.now());
    this.#timer = setTimeout(() => void this.flush().catch(report), delay);
    this.#timer.unref();
  }

  #send(): Promise<void> | undefined {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    waiting.delete(this as Paced<unknown>);
    if (!this.#pending) return undefined;
    const value = this.#latest as T;
    this.#latest = undefined;
    this.#pending = false;
    const start = performance.now();
    let delivery: void | Promise<void>;
    try {
      delivery = this.#deliver(value);
    } finally {
      // Showing a loop's progress may take a fifth of its time, however heavy the figure.
      const end = performance.now();
      this.#earliest = end + Math.max(this.#options.interval(), 4 * (end - start));
    }
    if (!delivery) return undefined;
    this.#delivering = delivery.finally(() => {
      this.#delivering = undefined;
      if (this.#pending) this.#wait();
    });
    return this.#delivering;
  }
}

/**
 * Sends at once what every live display still holds back. Displays whose values are there at once are
 * done when the call returns; the promise is for the others.
 */
export async function flushDisplays(): Promise<void> {
  const results = await Promise.allSettled([...waiting].map((paced) => paced.flush()));
  for (const result of results) if (result.status === "rejected") report(result.reason);
}

function watch(signal: AbortSignal | undefined): void {
  const flush = () => void flushDisplays();
  if (!watchesExit) {
    watchesExit = true;
    process.on("exit", flush);
  }
  const bridge = kernelBridge();
  if (bridge && !watchedBridges.has(bridge)) {
    watchedBridges.add(bridge);
    bridge.onCellEnd(flush);
  }
  if (signal === undefined || watchedSignals.has(signal)) return;
  watchedSignals.add(signal);
  signal.addEventListener("abort", flush, { once: true });
}

/** For failures that no caller is there to catch. */
function report(error: unknown): void {
  console.error("display update failed:", error);
}
