/** Where output goes without a kernel: values to stdout, progress to stderr. */
import { truncate } from "./text.js";

/** The progress line at the cursor of a terminal, if any. */
let standing = "";
let watchesExit = false;

/** Prints `text` and a newline to stdout, above the progress line. */
export function print(text: string): void {
  if (text === "") return;
  if (standing !== "") process.stderr.write("\r\x1b[K");
  process.stdout.write(text.endsWith("\n") ? text : text + "\n");
  if (standing !== "") process.stderr.write(standing);
}

/** Whether progress goes to a terminal, on which a line can be rewritten. */
export function rewrites(): boolean {
  return process.stderr.isTTY === true;
}

/** Shows a progress line: over the previous one on a terminal, as a line of its own elsewhere. */
export function printProgress(text: string, last: boolean): void {
  if (!rewrites()) {
    process.stderr.write(text + "\n");
    return;
  }
  if (!watchesExit) {
    watchesExit = true;
    process.on("exit", () => {
      if (standing !== "") process.stderr.write("\n");
    });
  }
  // A line that wraps could not be rewritten.
  const fitting = truncate(text, Math.max(10, (process.stderr.columns || 80) - 1));
  process.stderr.write(`\r\x1b[K${fitting}${last ? "\n" : ""}`);
  standing = last ? "" : fitting;
}
