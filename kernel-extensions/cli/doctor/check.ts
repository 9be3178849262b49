import { execFile } from "node:child_process";

/** One line of `arl doctor`. */
export interface Check {
  name: string;
  /** `missing` is needed; a `warning` tells what would work better. */
  status: "ok" | "warning" | "missing";
  /** What was found. */
  detail: string;
  /** What to do about it. */
  mend?: string;
}

/** What a program prints on stdout; `undefined` when it fails or takes longer than half a minute. */
export function outputOf(program: string, args: string[], cwd?: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 30_000, windowsHide: true, cwd }, (error, stdout) => {
      resolve(error ? undefined : stdout.trim());
    });
  });
}
