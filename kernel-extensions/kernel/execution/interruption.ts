/**
 * Stopping code that waits. A cell's awaits and its `for await` loops go through an {@link Interruption}:
 * when the reader presses stop they throw {@link Interrupted} at the place where they wait, so that `finally` blocks run.
 * What blocks the thread instead is terminated from outside.
 */

/** Thrown inside a cell that the reader interrupted. */
export class Interrupted extends Error {
  override readonly name: string = "Interrupted";
  constructor() {
    super("the cell was interrupted");
    // It is made where the interrupt arrives; a trace of the kernel would only mislead.
    this.stack = `${this.name}: ${this.message}`;
  }
}

type Timer = "setTimeout" | "setInterval" | "setImmediate";

/** Timer functions as cells see them: the same, but known to the interruption. */
export type CellTimers = Pick<typeof globalThis, Timer>;

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  value !== null &&
  (typeof value === "object" || typeof value === "function") &&
  typeof (value as { then?: unknown }).then === "function";

export class Interruption {
  /** Rejects whatever cell code waits for now. */
  readonly #waiting = new Set<(error: Error) => void>();
  /** What ends each timer that cells started and that has neither fired nor been cleared, as far as we know. */
  readonly #clearTimers = new Map<object, () => void>();
  /** At this many, those that were cleared meanwhile are swept out. */
  #sweepAt = 1000;
  /** Set from an interrupt until the cell it stopped has ended: a `catch` must not let the loop go on. */
  #stopping = false;

  /** `await x` in a cell. Values that are no promises pass at once: they cannot hang. */
  readonly wait = (value: unknown): unknown => {
    if (this.#stopping) throw new Interrupted();
    if (!isThenable(value)) return value;
    const promise = value instanceof Promise ? value : Promise.resolve(value);
    return new Promise((resolve, reject) => {
      const stop = (error: Error) => {
        this.#waiting.delete(stop);
        reject(error);
      };
      this.#waiting.add(stop);
      // The promise's own functions, and as its only reaction: so V8 finds the awaiting frames for stack traces.
      void promise.then(resolve, reject).then(() => this.#waiting.delete(stop));
    });
  };

  /** `for await (… of x)` in a cell. An interrupted loop lets the iterator clean up (`return`), but does not wait for it. */
  readonly iterate = (iterable: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterable<unknown> => {
    const { wait } = this;
    return {
      [Symbol.asyncIterator]() {
        const { [Symbol.asyncIterator]: method } = iterable as Partial<AsyncIterable<unknown>>;
        const isAsync = method !== undefined && method !== null;
        const iterator = isAsync
          ? method.call(iterable as AsyncIterable<unknown>)
          : (iterable as Iterable<unknown>)[Symbol.iterator]();
        const step = async (result: IteratorResult<unknown>) =>
          // Plain iterables of promises are awaited item by item, as the language does.
          isAsync || result.done
            ? result
            : { done: false, value: await (wait(result.value) as Promise<unknown>) };
        return {
          async next() {
            try {
              return await step((await wait(iterator.next())) as IteratorResult<unknown>);
            } catch (error) {
              if (error instanceof Interrupted) void settle(iterator.return?.());
              throw error;
            }
          },
          async return(value?: unknown) {
            await iterator.return?.(value);
            return { done: true, value };
          },
        };
      },
    };
  };

  /** `setTimeout` and its kin for cells, so that an interrupt also ends what a finished cell left ticking. */
  readonly timers: CellTimers = {
    setTimeout: this.#tracked("setTimeout", clearTimeout, true),
    setInterval: this.#tracked("setInterval", clearInterval, false),
    setImmediate: this.#tracked("setImmediate", clearImmediate, true),
  };

  #tracked<K extends Timer>(kind: K, clear: (handle: never) => void, once: boolean): (typeof globalThis)[K] {
    const original = globalThis[kind] as (
      callback: (...args: unknown[]) => void,
      ...rest: unknown[]
    ) => object;
    const track = this.#track.bind(this);
    const untrack = (handle: object) => this.#clearTimers.delete(handle);
    const tracked = (callback: (...args: unknown[]) => void, ...rest: unknown[]): object => {
      if (typeof callback !== "function") return original(callback, ...rest);
      const handle = original(
        function (this: unknown, ...args: unknown[]) {
          if (once) untrack(handle);
          // Node hands the timer to its callback as `this`.
          callback.apply(this, args);
        },
        ...rest,
      );
      track(handle, () => {
        clear(handle as never);
      });
      return handle;
    };
    // setTimeout carries the promise version as a property (util.promisify.custom).
    Object.defineProperties(tracked, Object.getOwnPropertyDescriptors(original));
    return tracked as (typeof globalThis)[K];
  }

  #track(handle: object, clear: () => void): void {
    this.#clearTimers.set(handle, clear);
    if (this.#clearTimers.size < this.#sweepAt) return;
    for (const timer of this.#clearTimers.keys())
      if ((timer as { _destroyed?: boolean })._destroyed === true) this.#clearTimers.delete(timer);
    this.#sweepAt = Math.max(1000, 2 * this.#clearTimers.size);
  }

  /** Throws {@link Interrupted} into everything that waits and ends the cells' timers. */
  interrupt(): void {
    this.#stopping = true;
    for (const stop of [...this.#waiting]) stop(new Interrupted());
    for (const clear of [...this.#clearTimers.values()]) clear();
    this.#clearTimers.clear();
  }

  /** The interrupted cell has ended: later cells may wait again. */
  resume(): void {
    this.#stopping = false;
  }
}

async function settle(result: unknown): Promise<void> {
  try {
    await result;
  } catch {
    // The loop is already failing with Interrupted; a failing clean-up adds nothing the reader can act on.
  }
}
