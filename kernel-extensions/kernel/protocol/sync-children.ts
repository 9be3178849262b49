import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";

/**
 * Interrupts the children of `pid` that are not among `others`: what a Ctrl-C in a terminal does to a program
 * that waits in `execSync`. No JavaScript can be terminated there, so the child has to go.
 */
export function stopChildren(pid: number, others: readonly number[]): void {
  for (const child of childrenOf(pid)) {
    if (others.includes(child)) continue;
    try {
      process.kill(child, signals[Math.min(attempts(child), signals.length - 1)]);
    } catch {
      // It has ended meanwhile.
    }
  }
}

const signals = ["SIGINT", "SIGTERM", "SIGKILL"] as const;
const seen = new Map<number, number>();

/** How often this child has been asked before: each time a little less kindly. */
function attempts(child: number): number {
  const count = seen.get(child) ?? 0;
  seen.set(child, count + 1);
  return Math.floor(count / 5);
}

function childrenOf(pid: number): number[] {
  try {
    if (process.platform === "linux") {
      return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
        numbers(readFileSync(`/proc/${pid}/task/${task}/children`, "utf8")),
      );
    }
    if (process.platform === "win32") return [];
    return numbers(execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" }));
  } catch {
    return [];
  }
}

function numbers(text: string): number[] {
  return text.split(/\s+/).filter(Boolean).map(Number);
}
