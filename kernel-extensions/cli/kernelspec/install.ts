/** Registering our kernel with every Jupyter of this user or prefix: writing a few files, no Python needed. */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packageVersion } from "../../package-root.js";
import { ownKernelName, ownKernelSpec } from "./find.js";

const logos = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];
const mark = "agentic-rl-lab";

/** A name Jupyter accepts for a kernel. */
export function isKernelName(name: string): boolean {
  return /^(?!\.+$)[a-z0-9._-]+$/i.test(name);
}

/** A kernelspec of the wanted name is there, and something else wrote it. */
export class ForeignKernelSpec extends Error {
  override readonly name = "ForeignKernelSpec";

  constructor(folder: string) {
    super(`${folder} was not written by this package`);
  }
}

/**
 * Writes the kernelspec into a Jupyter data folder, over what an earlier call wrote.
 * @returns the kernelspec's folder
 * @throws ForeignKernelSpec when the folder holds what we did not write
 */
export async function installKernelSpec(dataDir: string, name = ownKernelName): Promise<string> {
  const folder = join(dataDir, "kernels", name.toLowerCase());
  if (await isForeign(folder)) throw new ForeignKernelSpec(folder);
  await mkdir(folder, { recursive: true });
  const { argv, interruptMode } = ownKernelSpec();
  const kernel = {
    argv, // Absolute paths: VS Code and a JupyterLab started from a menu know another PATH.
    display_name: name === ownKernelName ? "TypeScript (Agentic RL)" : `TypeScript (${name})`,
    language: "typescript",
    interrupt_mode: interruptMode,
    metadata: { debugger: false, [mark]: { version: packageVersion() } },
  };
  for (const logo of logos) {
    await copyFile(fileURLToPath(new URL(logo, import.meta.url)), join(folder, logo));
  }
  await writeFile(join(folder, "kernel.json"), `${JSON.stringify(kernel, null, 2)}\n`);
  return folder;
}

/**
 * Removes our kernelspec from a Jupyter data folder.
 * @returns its folder; `undefined` when there was none
 * @throws ForeignKernelSpec when a kernelspec of that name is there that we did not write
 */
export async function uninstallKernelSpec(
  dataDir: string,
  name = ownKernelName,
): Promise<string | undefined> {
  const folder = join(dataDir, "kernels", name.toLowerCase());
  const text = await kernelJson(folder);
  if (text === undefined) return undefined;
  if (!text.includes(`"${mark}"`)) throw new ForeignKernelSpec(folder);
  await rm(folder, { recursive: true });
  return folder;
}

/** Whether `folder` holds anything but a kernelspec of ours, whole or half written. */
async function isForeign(folder: string): Promise<boolean> {
  const text = await kernelJson(folder);
  if (text !== undefined) return !text.includes(`"${mark}"`);
  const files = await readdir(folder).catch(() => []);
  return files.some((file) => !logos.includes(file));
}

/** The text of a kernelspec's `kernel.json`; `undefined` when it cannot be read. */
async function kernelJson(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, "kernel.json"), "utf8");
  } catch {
    return undefined;
  }
}
