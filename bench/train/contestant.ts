/** A contestant's process. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { CommandName, Commands } from "./protocol.js";

/** Who takes part, and how it is started. */
export interface Row {
  /** What `--only` calls it. */
  id: string;
  label: string;
  command: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Threads it computes with; "gpu" for one that computes elsewhere. */
  threads: 1 | 2 | "gpu";
  /** Another architecture: its losses are compared with nobody's. */
  ownModel?: boolean;
  /** What it is kept from, because it would take hours. */
  slow?: boolean;
  /** What it cannot do. */
  lacks?: readonly ("grpo" | "peak")[];
}

/** Longest wait for one answer, in milliseconds. */
const longestWait = 20 * 60_000;

export class Contestant {
  private readonly answers: AsyncIterator<string>;
  private complaints = "";
  private ended: string | undefined;

  private constructor(
    readonly row: Row,
    private readonly child: ChildProcessWithoutNullStreams,
  ) {
    this.answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.complaints = (this.complaints + text).slice(-2000);
    });
    child.on("error", (error) => (this.ended = error.message));
    child.on(
      "exit",
      (code, signal) => (this.ended ??= `its process ended with ${signal ?? `exit code ${code}`}`),
    );
    // A contestant that has ended is noticed when it does not answer.
    child.stdin.on("error", () => undefined);
  }

  /** @throws Error with the contestant's own reason when it cannot take part. */
  static async start(row: Row): Promise<{ contestant: Contestant; hello: Commands["hello"]["answer"] }> {
    const [program = "", ...args] = row.command;
    const contestant = new Contestant(row, spawn(program, args, { env: { ...process.env, ...row.env } }));
    try {
      return { contestant, hello: await contestant.ask("hello", {}) };
    } catch (error) {
      await contestant.stop();
      throw error;
    }
  }

  /** @throws Error with the reason, when it has none to give its last words. */
  async ask<Name extends CommandName>(
    command: Name,
    ask: Commands[Name]["ask"],
  ): Promise<Commands[Name]["answer"]> {
    this.child.stdin.write(`${JSON.stringify({ command, ...ask })}\n`);
    const timer = setTimeout(() => {
      this.ended = `no answer to "${command}" within ${longestWait / 60_000} minutes`;
      this.child.kill("SIGKILL");
    }, longestWait);
    const line = await this.answers.next();
    clearTimeout(timer);
    if (line.done === true) {
      await this.stop();
      const last = this.complaints.trim().split("\n").at(-1);
      throw new Error([this.ended, last].filter(Boolean).join(": "));
    }
    const answer = parsed(line.value) as Commands[Name]["answer"] | { error: string };
    if ("error" in answer) throw new Error(answer.error);
    return answer;
  }

  /** Most memory it ever held, in MB; Linux only. */
  get peakMemory(): number | undefined {
    if (process.platform !== "linux") return undefined;
    const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
    const kilobytes = /^VmHWM:\s+(\d+)/m.exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
  }

  async stop(): Promise<void> {
    if (this.child.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null)
      return;
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 2000);
    await gone;
    clearTimeout(timer);
  }
}

function parsed(line: string): object {
  try {
    return JSON.parse(line) as object;
  } catch {
    throw new Error(`it wrote what is no JSON: ${line.slice(0, 80)}`);
  }
}
