/** `arl start` in the background. */
import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach } from "vitest";
import { temporary } from "../support.js";

const main = fileURLToPath(new URL("../../../../dist/kernel-extensions/cli/main.js", import.meta.url));

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  children.clear();
});

/** A home of its own: nothing of this user is read or written. */
export function home(): Record<string, string> {
  const folder = temporary();
  return {
    ...{ HOME: folder, XDG_STATE_HOME: `${folder}/state`, JUPYTER_DATA_DIR: `${folder}/jupyter` },
    ...{ DISPLAY: "", WAYLAND_DISPLAY: "", SSH_CONNECTION: "" },
  };
}

export class Started {
  stdout = "";
  stderr = "";
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;

  constructor(args: string[], env: Record<string, string>, cwd = temporary()) {
    this.child = spawn(process.execPath, [main, "start", ...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.add(this.child);
    this.child.stdout!.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code, signal) => {
        children.delete(this.child);
        resolve(code ?? signal);
      });
    });
  }

  /** The address it printed. @throws Error when it ends before that. */
  async address(): Promise<URL> {
    let over = false;
    void this.ended.then(() => (over = true));
    while (!this.stdout.includes("\n")) {
      if (over) throw new Error(`arl start ended: ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return new URL(this.stdout.trim());
  }

  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | NodeJS.Signals | null> {
    // It prints the address a moment before it waits for signals to end well.
    while (!this.stderr.includes("Ctrl-C ends")) await new Promise((resolve) => setTimeout(resolve, 20));
    this.child.kill(signal);
    return await this.ended;
  }
}

/** Waits until a process that was told to end has ended. @throws Error when it has not after 5 s. */
export async function gone(pid: number): Promise<void> {
  for (
    const since = Date.now();
    Date.now() - since < 5_000;
    await new Promise((wait) => setTimeout(wait, 50))
  ) {
    try {
      process.kill(pid, 0);
      // Ended, and only its parent, which has ended too, was not told: some containers have nobody who is.
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, "utf8"))) return;
    } catch {
      return;
    }
  }
  throw new Error(`process ${String(pid)} is still there`);
}
