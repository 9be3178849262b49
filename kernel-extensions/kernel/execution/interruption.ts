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
  readonly #clearTimers = new Set<() => void>();
  /** Set from an interrupt until the cell it stopped has ended: a `catch` must not let the loop go on. */
  #stopping = false;

  /** `await x` in a cell. Values that are no promises pass at once: they cannot hang. */
  readonly wait = (value: unknown): unknown => {
    if (this.#stopping) throw new Interrupted();
    if (!isThenable(value)) return value;
    return new Promise((resolve, reject) => {
      const stop = (error: Error) => {
        this.#waiting.delete(stop);
        reject(error);
      };
      this.#waiting.add(stop);
      value.then(
        (result) => {
          if (this.#waiting.delete(stop)) resolve(result);
        },
        (error: unknown) => {
          if (this.#waiting.delete(stop)) reject(error as Error);
        },
      );
    });
  };

  /** `for await (… of x)` in a cell. An interrupted loop lets the iterator clean up (`return`), but does not wait for it. */
  readonly iterate = (iterable: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterable<unknown> => {
    const { wait } = this;
    return {
      [Symbol.asyncIterator]() {
        const iterator =
          Symbol.asyncIterator in iterable ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
        const isAsync = Symbol.asyncIterator in iterable;
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
    const tracked = (callback: (...args: unknown[]) => void, ...rest: unknown[]): object => {
      if (typeof callback !== "function") return original(callback, ...rest);
      const handle = original(
        (...args: unknown[]) => {
          if (once) this.#clearTimers.delete(stop);
          callback(...args);
        },
        ...rest,
      );
      const stop = () => {
        clear(handle as never);
      };
      this.#clearTimers.add(stop);
      return handle;
    };
    // setTimeout carries the promise version as a property (util.promisify.custom).
    Object.defineProperties(tracked, Object.getOwnPropertyDescriptors(original));
    return tracked as (typeof globalThis)[K];
  }

  /** Throws {@link Interrupted} into everything that waits and ends the cells' timers. */
  interrupt(): void {
    this.#stopping = true;
    for (const stop of [...this.#waiting]) stop(new Interrupted());
    for (const clear of [...this.#clearTimers]) clear();
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
