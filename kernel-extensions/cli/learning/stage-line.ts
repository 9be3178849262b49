/** Progress of long work on stderr: on a terminal one line that is written over, elsewhere a line now and then. */

/** Elsewhere a line is written after every this share of a stage. */
const share = 0.1;

export class StageLine {
  private readonly terminal = process.stderr.isTTY;
  private open = false;
  private stage = "";
  private next = 0;

  /**
   * @param stage what is being done
   * @param done how much of it, 0 to 1
   * @param details what else is worth knowing now
   */
  show(stage: string, done = 0, details = ""): void {
    const text = details === "" ? stage : `${stage}  ${details}`;
    if (this.terminal) {
      if (stage !== this.stage) this.end();
      const width = process.stderr.columns;
      process.stderr.write(`\r\x1b[K${width > 1 ? text.slice(0, width - 1) : text}`);
      this.open = true;
    } else {
      if (stage !== this.stage) this.next = 0;
      // Shares are sums of rounded numbers.
      if (done + 1e-9 >= this.next || done >= 1) process.stderr.write(`${text}\n`);
      while (this.next <= done + 1e-9) this.next += share;
    }
    this.stage = stage;
  }

  /** Leaves what a terminal shows as it is, and begins a new line. */
  end(): void {
    if (this.open) process.stderr.write("\n");
    this.open = false;
    this.stage = "";
  }

  /** A line of its own. */
  tell(text: string): void {
    this.end();
    process.stderr.write(`${text}\n`);
  }
}

/** "8.4 s", "1 min 20 s" */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
