/** Ending a program with all that it has started. */
import { spawn as spawnProcess, type SpawnOptions } from "node:child_process";

export interface EndOptions {
  platform?: NodeJS.Platform;
  kill?: (pid: number, signal: NodeJS.Signals) => unknown;
  spawn?: (
    command: string,
    args: string[],
    options: SpawnOptions,
  ) => { on: (event: "error", listener: () => void) => unknown; unref: () => void };
}

/**
 * Sends a signal to a process and its children: it was started as the head of a group. Windows has neither groups nor
 * signals; there the whole tree ends at once, also what a `.cmd` file has started, of which the process itself is but
 * the shell.
 */
export function endTree(
  pid: number,
  signal: NodeJS.Signals,
  { platform = process.platform, kill = process.kill, spawn = spawnProcess }: EndOptions = {},
): void {
  const end = (target: number) => {
    try {
      kill(target, signal);
    } catch {
      // Gone in this moment.
    }
  };
  if (platform !== "win32") {
    end(-pid);
    return;
  }
  // By its full name: `taskkill` in the working folder would come first.
  const taskkill = `${process.env.SystemRoot ?? "C:\\Windows"}\\System32\\taskkill.exe`;
  const args = ["/pid", String(pid), "/t", "/f"];
  const child = spawn(taskkill, args, { stdio: "ignore", windowsHide: true, detached: true });
  child.on("error", () => {
    end(pid);
  });
  child.unref();
}
