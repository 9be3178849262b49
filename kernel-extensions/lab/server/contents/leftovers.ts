/** Temporary files of a server that was killed: it could not remove them, and no listing shows them. */
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { temporaryName } from "./atomic.js";

/** Another server may be at work in the folder: what is younger may be its. Milliseconds. */
const age = 2 * 3_600_000;
/** A folder with more folders is somebody's whole disk, and not looked through to its end. */
const mostFolders = 2000;

export async function removeLeftovers(root: string, now: Date): Promise<void> {
  const folders = [root];
  // Folders are added to the list while it is gone through.
  for (const folder of folders) {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const file = join(folder, entry.name);
      if (temporaryName.test(entry.name)) {
        // What cannot be removed does no harm.
        await removeOld(file, now).catch(() => undefined);
      } else if (entry.isDirectory() && isLookedThrough(entry.name) && folders.length < mostFolders) {
        folders.push(file);
      }
    }
  }
}

async function removeOld(file: string, now: Date): Promise<void> {
  if (now.getTime() - (await stat(file)).mtimeMs > age) await rm(file, { recursive: true, force: true });
}

function isLookedThrough(name: string): boolean {
  return name === ".ipynb_checkpoints" || (!name.startsWith(".") && name !== "node_modules");
}
