// @ts-check
// Debian 13 (trixie) in a folder, with the JupyterLab 4.0.11 that it ships: for a look at our kernel and figures in
// an old Lab. Made once, in about 5 minutes and 2.1 GB; needs root, on Debian, and the program debootstrap,
// which knows where Debian is.
import { spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";

/** @param {string} folder where it is, or is made */
export function prepareTrixie(folder) {
  const lab = join(folder, "usr", "bin", "jupyter-lab");
  if (existsSync(lab)) return;
  if (process.getuid?.() !== 0)
    throw new Error("a Debian in a folder is made and entered by root alone: use sudo");
  const made = `${folder}.part`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  run("debootstrap", ["--variant=minbase", "trixie", made]);
  const install = ["apt-get", "install", "-y", "--no-install-recommends", "jupyterlab"];
  run("chroot", [made, "env", "DEBIAN_FRONTEND=noninteractive", ...install]);
  run("chroot", [made, "apt-get", "clean"]);
  renameSync(made, folder);
}

/**
 * Starts a program in it, beside which this machine's Node and the folders `shared` are, read-only, at the same paths.
 * The mounts are its own and go with it.
 *
 * @param {string} folder
 * @param {string[]} shared
 * @param {string[]} command
 * @param {Record<string, string>} env all there is
 */
export function spawnInTrixie(folder, shared, command, env) {
  const node = join(folder, process.execPath);
  mkdirSync(dirname(node), { recursive: true });
  copyFileSync(process.execPath, node);
  const mounts = ["/proc", "/dev", ...shared].map((path) => {
    mkdirSync(join(folder, path), { recursive: true });
    const inside = quoted(join(folder, path));
    const readOnly = shared.includes(path) ? ` && mount -o remount,bind,ro ${inside}` : "";
    return `mount --rbind ${quoted(path)} ${inside}${readOnly}`;
  });
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const enter = ["chroot", folder, "env", "-i", ...variables, ...command].map(quoted).join(" ");
  const script = [...mounts, `exec ${enter}`].join(" && ");
  return spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", script], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** @param {string} word */
const quoted = (word) => `'${word.replaceAll("'", "'\\''")}'`;

/**
 * @param {string} program
 * @param {string[]} args
 */
function run(program, args) {
  const { status, error } = spawnSync(program, args, { stdio: ["ignore", 2, 2] });
  if (error)
    throw new Error(`${program} could not be started (${error.message}): apt-get install ${program}`);
  if (status !== 0) throw new Error(`${program} failed (exit code ${String(status)}): see its lines above`);
}
