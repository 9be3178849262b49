// @ts-check
// The packages in node_modules: do they agree with package-lock.json, and if not, `npm ci`.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BootstrapError, progress, run } from "./shared.mjs";

/** @param {string} root */
const stampFile = (root) => join(root, "node_modules", ".agentic-rl-lab");

/**
 * What is needed of the packages: "run" is what the program itself needs, "all" also what compiles and tests it.
 * @typedef {"run" | "all"} Packages
 */

/**
 * Whether node_modules holds what package-lock.json names. The stamp answers at once; without one
 * (somebody ran `npm install` by hand) npm's own record of what it installed is compared with the lock.
 * @param {string} root
 * @param {Packages} [needed]
 */
export function isInstalled(root, needed = "all") {
  const lock = read(join(root, "package-lock.json"));
  if (lock === undefined) {
    throw new BootstrapError("package-lock.json is missing: restore it (git checkout package-lock.json).");
  }
  const installed = read(join(root, "node_modules", ".package-lock.json"));
  if (installed === undefined) return false;
  const stamp = read(stampFile(root));
  if (stamp === stampOf(lock, "all") || stamp === stampOf(lock, needed)) return true;
  if (!agree(lock, installed, needed)) return false;
  writeFileSync(stampFile(root), stampOf(lock, needed));
  return true;
}

/**
 * Installs the packages of a folder; of ours without the fused kernels, for which npm would have us wait.
 * @param {string} root
 * @param {Packages} [needed]
 */
export async function install(root, needed = "all") {
  progress("Installing packages (npm ci), a minute or so the first time …");
  // npm says where it is to what it runs; a plain `node kernel-extensions/bootstrap.mjs` looks on PATH.
  const npm = process.env.npm_execpath;
  const options = [
    "ci",
    needed === "all" ? "--include=dev" : "--omit=dev",
    ...["--loglevel=error", "--no-audit", "--no-fund"],
  ];
  const env = { ...process.env, ARL_INSTALL_NATIVE: "no" };
  const code = npm?.endsWith(".js")
    ? await run(process.execPath, [npm, ...options], { cwd: root, env })
    : await run("npm", options, { cwd: root, env, shell: process.platform === "win32" });
  if (code !== 0) {
    throw new BootstrapError(
      `npm ci failed (exit code ${code}): see npm's lines above, check the network, then run this again.`,
    );
  }
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  writeFileSync(stampFile(root), stampOf(lock, needed));
}

/**
 * Native packages are installed for one platform: another one (a shared folder, a container) needs its own.
 * @param {string} lock
 * @param {Packages} packages
 */
function stampOf(lock, packages) {
  const hash = createHash("sha256").update(lock).digest("hex");
  return `${hash} ${process.platform} ${process.arch} ${packages}\n`;
}

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, dev?: boolean, devOptional?: boolean }} Entry
 *
 * @param {string} lock package-lock.json
 * @param {string} installed node_modules/.package-lock.json
 * @param {Packages} [needed]
 */
export function agree(lock, installed, needed = "all") {
  try {
    /** @type {Record<string, Entry>} */
    const wanted = JSON.parse(lock).packages;
    /** @type {typeof wanted} */
    const present = JSON.parse(installed).packages;
    return Object.entries(wanted).every(([path, entry]) => {
      if (path === "") return true;
      const other = present[path];
      if (!other) {
        const isForDevelopers = entry.dev === true || entry.devOptional === true;
        return entry.optional === true || (needed === "run" && isForDevelopers);
      }
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
