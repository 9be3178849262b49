/** Lines from standard input, for scripts. */
import type { Socket } from "node:net";
import { createInterface, type Interface } from "node:readline";
import { Writable } from "node:stream";

/** Asks on the terminal, or takes the next line of a pipe. Rejects when there is none. */
export function readLine(prompt: string, hidden: boolean): Promise<string> {
  return process.stdin.isTTY ? ask(prompt, hidden) : nextPiped(prompt);
}

/** The prompt goes to stderr, so that a script's output can be piped. */
function ask(prompt: string, hidden: boolean): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  if (hidden) process.stderr.write(prompt);
  const lines = createInterface({
    input: process.stdin,
    output: hidden ? silent : process.stderr,
    terminal: true,
  });
  return new Promise((resolve, reject) => {
    lines.once("line", (line) => {
      resolve(line);
      lines.close();
    });
    lines.once("close", () => {
      if (hidden) process.stderr.write("\n");
      reject(new Error("no input: standard input has ended"));
    });
    lines.setPrompt(hidden ? "" : prompt);
    lines.prompt();
  });
}

/** A pipe delivers many lines at once: one reader keeps those not asked for yet. */
let piped: Interface | undefined;
let ended = false;
const ready: string[] = [];
const askers: ((line: string | undefined) => void)[] = [];

async function nextPiped(prompt: string): Promise<string> {
  process.stderr.write(prompt);
  const line = ready.shift() ?? (await nextLine());
  if (line === undefined) throw new Error("no input: standard input has ended");
  return line;
}

function nextLine(): Promise<string | undefined> {
  if (!piped) {
    piped = createInterface({ input: process.stdin });
    piped.on("line", (line) => {
      const asker = askers.shift();
      if (asker) asker(line);
      else ready.push(line);
      // Nobody waits: a pipe that stays open must not keep the process alive.
      if (askers.length === 0) (process.stdin as Partial<Socket>).unref?.();
    });
    piped.on("close", () => {
      ended = true;
      for (const asker of askers.splice(0)) asker(undefined);
    });
  }
  if (ended) return Promise.resolve(undefined);
  (process.stdin as Partial<Socket>).ref?.();
  return new Promise((resolve) => askers.push(resolve));
}
