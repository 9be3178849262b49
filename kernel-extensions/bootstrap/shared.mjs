// @ts-check
import { spawn } from "node:child_process";
import { URL, fileURLToPath } from "node:url";

/** The repository's root. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A failure whose message is one line that says what to do; shown without a stack trace. */
export class BootstrapError extends Error {}

/** @param {string} line */
export function progress(line) {
  process.stderr.write(`${line}\n`);
}

/**
 * Runs a program in the repository's root, on this terminal, and resolves to its exit code. Signals go
 * to the program, which decides when it ends.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, shell?: boolean, env?: Record<string, string | undefined> }} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: "inherit", ...options });
    /** @param {"SIGINT" | "SIGTERM" | "SIGHUP"} signal */
    const forward = (signal) => {
      // A terminal sends Ctrl-C to both of us; a second one from here would count twice.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    const signals = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);
    for (const signal of signals) process.on(signal, forward);
    const done = () => {
      for (const signal of signals) process.off(signal, forward);
    };
    child.on("error", (error) => {
      done();
      reject(new BootstrapError(`${command} could not be started (${error.message}).`));
    });
    child.on("close", (code) => {
      done();
      resolve(code ?? 1);
    });
  });
}
