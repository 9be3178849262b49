// @ts-check
// One installation or build at a time in a clone.
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { clearInterval, setInterval } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { progress } from "./shared.mjs";

/** The holder renews its lock this often; one that was not renewed for a minute belongs to nobody. */
const renewEveryMs = 5_000;
const staleAfterMs = 60_000;

/** @param {string} root */
export const lockFile = (root) => join(root, ".cache", "bootstrap.lock");

/**
 * Runs `work` while no other process runs its own in the same clone.
 * @template T
 * @param {string} root
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(root, work) {
  const file = lockFile(root);
  mkdirSync(dirname(file), { recursive: true });
  let waiting = false;
  while (!take(file)) {
    if (!waiting) progress("Another run is installing or compiling here; waiting for it …");
    waiting = true;
    await sleep(200);
  }
  const renewal = setInterval(() => {
    const now = new Date();
    if (existsSync(file)) utimesSync(file, now, now);
  }, renewEveryMs);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  try {
    writeFileSync(file, `${process.pid} ${hostname()}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
  }
  if (isStale(file)) {
    // Of two that find it stale, the slower one may be moving the faster one's new lock: so it is moved
    // aside first, looked at again, and put back if it is alive.
    try {
      const aside = `${file}.${process.pid}`;
      renameSync(file, aside);
      if (!isStale(aside)) linkSync(aside, file);
      rmSync(aside);
    } catch {
      // Somebody else was first.
    }
  }
  return false;
}

/** @param {string} file */
export function isStale(file) {
  try {
    const [pid, host] = readFileSync(file, "utf8").trim().split(" ");
    if (Date.now() - statSync(file).mtimeMs > staleAfterMs) return true;
    return host === hostname() && !isAlive(Number(pid));
  } catch {
    return false; // It went away meanwhile.
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return true; // Being written just now.
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "EPERM";
  }
}
