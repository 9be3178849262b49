/** Stream text that one cell may print before the rest is dropped: what a notebook file can still carry. */
const defaultLimitMb = 64;

/** The limit in characters, from `ARL_OUTPUT_LIMIT_MB` where it holds a positive number. */
export function outputLimit(env: NodeJS.ProcessEnv): number {
  const megabytes = Number(env.ARL_OUTPUT_LIMIT_MB);
  return (megabytes > 0 ? megabytes : defaultLimitMb) * 1024 * 1024;
}

/** Keeps count of what one cell prints. */
export class OutputBudget {
  readonly #limit: number;
  #left: number;
  #told = false;

  constructor(limit: number) {
    this.#limit = limit;
    this.#left = limit;
  }

  /** What of `text` may still be shown, and, the first time that something may not, a notice for the reader. */
  take(text: string): { text: string; notice?: string } {
    if (text.length <= this.#left) {
      this.#left -= text.length;
      return { text };
    }
    const shown = text.slice(0, this.#left);
    this.#left = 0;
    if (this.#told) return { text: shown };
    this.#told = true;
    const megabytes = this.#limit / 1024 / 1024;
    return {
      text: shown,
      notice:
        `\nOutput cut: this cell printed more than ${megabytes} MB; the rest is dropped.\n` +
        `Start Jupyter with the environment variable ARL_OUTPUT_LIMIT_MB=${megabytes * 4} to allow more.\n`,
    };
  }
}

/** Rich output that may be sent at once, as a multiple of the text that a cell may print … */
const richFactor = 8;
/** … and how fast that comes back, in seconds: a figure redrawn ten times a second never gets there. */
const refillSeconds = 16;

/**
 * Stops a loop that displays without end: it fills the memory of whoever has to read it. Text is cut silently,
 * but a display that does not appear must be an error.
 */
export class RichBudget {
  readonly #capacity: number;
  readonly #clock: () => number;
  #left: number;
  #at: number;

  /** `limit` as for {@link OutputBudget}; `clock` in milliseconds. */
  constructor(limit: number, clock: () => number) {
    this.#capacity = limit * richFactor;
    this.#clock = clock;
    this.#left = this.#capacity;
    this.#at = clock();
  }

  /** Throws a RangeError when it is too much. */
  take(size: number): void {
    const now = this.#clock();
    const refill = ((now - this.#at) / 1000 / refillSeconds) * this.#capacity;
    this.#left = Math.min(this.#capacity, this.#left + refill);
    this.#at = now;
    if (size > this.#left) {
      throw new RangeError(
        `display: more than ${this.#capacity / 1024 / 1024} MB of rich output within seconds. ` +
          "Show less, or start Jupyter with a larger ARL_OUTPUT_LIMIT_MB",
      );
    }
    this.#left -= size;
  }
}
