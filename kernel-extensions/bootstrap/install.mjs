// @ts-check
// The packages in node_modules: do they agree with package-lock.json, and if not, `npm ci`.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BootstrapError, progress, run } from "./shared.mjs";

/** @param {string} root */
const stampFile = (root) => join(root, "node_modules", ".agentic-rl-lab");

/**
 * Whether node_modules holds what package-lock.json names. The stamp answers at once; without one
 * (somebody ran `npm install` by hand) npm's own record of what it installed is compared with the lock.
 * @param {string} root
 */
export function isInstalled(root) {
  const lock = read(join(root, "package-lock.json"));
  if (lock === undefined) {
    throw new BootstrapError("package-lock.json is missing: restore it (git checkout package-lock.json).");
  }
  const installed = read(join(root, "node_modules", ".package-lock.json"));
  if (installed === undefined) return false;
  const stamp = stampOf(lock);
  if (read(stampFile(root)) === stamp) return true;
  if (!agree(lock, installed)) return false;
  writeFileSync(stampFile(root), stamp);
  return true;
}

/** @param {string} root */
export async function install(root) {
  progress("Installing packages (npm ci), a minute or so the first time …");
  // npm says where it is to what it runs; a plain `node kernel-extensions/bootstrap.mjs` looks on PATH.
  const npm = process.env.npm_execpath;
  const options = ["ci", "--include=dev", "--loglevel=error", "--no-audit", "--no-fund"];
  const code = npm?.endsWith(".js")
    ? await run(process.execPath, [npm, ...options], { cwd: root })
    : await run("npm", options, { cwd: root, shell: process.platform === "win32" });
  if (code !== 0) {
    throw new BootstrapError(
      `npm ci failed (exit code ${code}): see npm's lines above, check the network, then run this again.`,
    );
  }
  writeFileSync(stampFile(root), stampOf(readFileSync(join(root, "package-lock.json"), "utf8")));
}

/** Native packages are installed for one platform: another one (a shared folder, a container) needs its own.
 * @param {string} lock */
function stampOf(lock) {
  return `${createHash("sha256").update(lock).digest("hex")} ${process.platform} ${process.arch}\n`;
}

/**
 * @param {string} lock package-lock.json
 * @param {string} installed node_modules/.package-lock.json
 */
export function agree(lock, installed) {
  try {
    /** @type {Record<string, { version?: string, integrity?: string, optional?: boolean, peer?: boolean }>} */
    const wanted = JSON.parse(lock).packages;
    /** @type {typeof wanted} */
    const present = JSON.parse(installed).packages;
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === "") return true;
      const other = present[path];
      if (!other) return entry.optional === true;
      return other.version === entry.version && other.integrity === entry.integrity;
    });
  } catch {
    return false;
  }
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
