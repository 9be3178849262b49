import { readdir, lstat } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../problem.js";

/**
 * Bytes of all files in a folder and its folders.
 * @throws Problem 400 as soon as there are more than `limit`.
 */
export async function sizeOf(folder: string, limit: number): Promise<number> {
  let size = 0;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name);
    size += entry.isDirectory() ? await sizeOf(file, limit - size) : (await lstat(file)).size;
    if (size > limit) throw new Problem(400, "The folder is too large to be copied here");
  }
  return size;
}
