/** An answer that says what was wrong, in the shape Jupyter's clients show: `{message, reason}`. */
export class Problem extends Error {
  override readonly name = "Problem";
  /** HTTP status, 400 to 599. */
  readonly status: number;
  /** A word for programs, such as `conflict`. */
  readonly reason: string | null;

  constructor(status: number, message: string, reason: string | null = null) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}
