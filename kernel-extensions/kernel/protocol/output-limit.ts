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
