/** Registering our kernel with every Jupyter of this user or prefix: writing a few files, no Python needed. */
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ownKernelJson, ownKernelName, ownMark } from "./find.js";

const logos = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];

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
  for (const logo of logos) {
    await copyFile(fileURLToPath(new URL(logo, import.meta.url)), join(folder, logo));
  }
  await writeFile(join(folder, "kernel.json"), `${JSON.stringify(ownKernelJson(name), null, 2)}\n`);
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
  if (!text.includes(`"${ownMark}"`)) throw new ForeignKernelSpec(folder);
  await rm(folder, { recursive: true });
  return folder;
}

/** Whether a kernelspec of ours is there, under whatever name. */
export async function hasOwnKernelSpec(dataDir: string): Promise<boolean> {
  const kernels = join(dataDir, "kernels");
  for (const name of await readdir(kernels).catch(() => [])) {
    if ((await kernelJson(join(kernels, name)))?.includes(`"${ownMark}"`)) return true;
  }
  return false;
}

/** Whether `folder` holds anything but a kernelspec of ours, whole or half written. */
async function isForeign(folder: string): Promise<boolean> {
  const text = await kernelJson(folder);
  if (text !== undefined) return !text.includes(`"${ownMark}"`);
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
