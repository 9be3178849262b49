// @ts-check
// JupyterLab's front end in dist/lab: is it made from the sources as they are now, and if not, make it.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { install, isInstalled } from "../../bootstrap/install.mjs";
import { withLock } from "../../bootstrap/lock.mjs";
import { BootstrapError, progress, root as ownRoot } from "../../bootstrap/shared.mjs";
import { stampOf } from "./stamp.mjs";

/** What a build must have, beside its stamp, to be taken. */
const parts = ["static/index.html", "static/topojson", "schemas", "themes", "manifest.json", "LICENCES.txt"];

/** @param {string} root */
const sources = (root) => join(root, "kernel-extensions", "lab", "frontend");

/** @param {string} root */
const output = (root) => join(root, "dist", "lab");

/**
 * Whether `dist/lab` holds the front end of these sources. A published package has the build and not its sources:
 * there the build is taken as it is.
 * @param {string} root
 */
export function isFrontendBuilt(root) {
  const stamp = join(output(root), ".stamp");
  if (!existsSync(stamp) || !parts.every((part) => existsSync(join(output(root), part)))) return false;
  if (!existsSync(join(sources(root), "package-lock.json"))) return true;
  return readFileSync(stamp, "utf8") === stampOf(root);
}

/**
 * Makes `dist/lab` unless it is there. It appears at once and whole: a build that was interrupted leaves what was
 * there before.
 * @param {{ root: string, log?: (line: string) => void }} options
 * @throws {BootstrapError} one line that says what to do
 */
export async function buildFrontend({ root, log = progress }) {
  if (isFrontendBuilt(root)) return;
  if (!existsSync(join(sources(root), "package-lock.json"))) {
    throw new BootstrapError(
      `${output(root)} is not whole, and this package cannot build it: install it again.`,
    );
  }
  await withLock(root, async () => {
    // Asked again: whoever held the lock before may have done the work.
    if (!isFrontendBuilt(root)) await build(root, log);
  });
}

/**
 * @param {string} root
 * @param {(line: string) => void} log
 */
async function build(root, log) {
  const began = Date.now();
  const stamp = stampOf(root);
  const made = join(root, "dist", `.lab-${process.pid}`);
  const old = `${made}-old`;
  try {
    removeLeftovers(root);
    if (!isInstalled(sources(root))) {
      log("JupyterLab's front end is not built yet: this is done once, and takes two minutes or so.");
      await install(sources(root));
    }
    log("Building JupyterLab …");
    mkdirSync(made, { recursive: true });
    // Only now: it needs the packages.
    const { assemble } = await import("./assemble.mjs");
    await assemble({ root, out: made });
    writeFileSync(join(made, ".stamp"), stamp);
    if (existsSync(output(root))) renameSync(output(root), old);
    renameSync(made, output(root));
    log(`JupyterLab is built (${Math.round((Date.now() - began) / 1000)} s).`);
  } catch (error) {
    throw explained(error);
  } finally {
    for (const folder of [made, old]) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Builds that were killed could not clean up; nobody else is building while we hold the lock.
 * @param {string} root
 */
function removeLeftovers(root) {
  const dist = join(root, "dist");
  if (!existsSync(dist)) return;
  for (const name of readdirSync(dist)) {
    if (name.startsWith(".lab-")) rmSync(join(dist, name), { recursive: true, force: true });
  }
}

/** @param {unknown} error */
function explained(error) {
  if (error instanceof BootstrapError) return error;
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  if (code === "ENOSPC") {
    return new BootstrapError(
      "The disk is full: building JupyterLab takes about 600 MB. Make room, then run this again.",
    );
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new BootstrapError(`JupyterLab cannot be built here (${message}): this folder must be writable.`);
  }
  return new BootstrapError(`JupyterLab could not be built: ${message}`);
}

if (import.meta.url === pathToFileURL(resolve(process.argv[1] ?? "")).href) {
  try {
    await buildFrontend({ root: ownRoot });
  } catch (error) {
    if (!(error instanceof BootstrapError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
