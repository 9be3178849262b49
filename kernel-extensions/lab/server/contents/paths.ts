/**
 * Paths as clients write them, and where they lie on disk. Nothing outside of the served folder is reached: not by
 * `..`, not by another spelling of it, not through a symbolic link.
 */
import type { Stats } from "node:fs";
import { lstat, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { Problem } from "../problem.js";

/** Something that exists in the served folder. */
export interface Entry {
  /** As the API names it: relative to the served folder, `/` between names, none at the ends. */
  path: string;
  /** Where it really lies: symbolic links are followed. */
  file: string;
  stats: Stats;
}

/** Where something is to be written; it may exist already. */
export interface Place {
  path: string;
  file: string;
  exists: boolean;
}

/**
 * The names of a path. Empty ones (`/a//b/`) do not count.
 * @throws Problem 404 for every spelling that could mean something else than a chain of names below the folder.
 */
export function namesOf(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "");
  for (const name of names) {
    if (name === "." || name === ".." || hasForbidden(name)) throw noSuch(path);
  }
  if (/^[a-z]:/i.test(names[0] ?? "")) throw noSuch(path);
  return names;
}

/** Control characters and NUL, and what separates folders or streams on Windows. */
function hasForbidden(name: string): boolean {
  if (name.includes("\\") || name.includes("\uFFFD")) return true;
  if (process.platform === "win32" && (/[<>:"|?*]/.test(name) || /[. ]$/.test(name))) return true;
  return [...name].some((character) => character < " " || character === "\u007F");
}

export function isHidden(path: string): boolean {
  return path.split("/").some((name) => name.startsWith("."));
}

export function noSuch(path: string): Problem {
  return new Problem(404, `No such file or folder: ${path}`);
}

export class ServedFolder {
  /** @param root The folder's real path. */
  constructor(readonly root: string) {}

  /**
   * What is at a path.
   * @throws Problem 404 when nothing is, or when it is hidden; 403 when a link leads out of the folder.
   */
  async find(path: string): Promise<Entry> {
    const names = namesOf(path);
    if (names.some((name) => name.startsWith("."))) throw noSuch(path);
    const file = await this.real(join(this.root, ...names)).catch((error: unknown) => {
      throw isMissing(error) ? noSuch(path) : error;
    });
    return { path: names.join("/"), file, stats: await stat(file) };
  }

  /** Whether something is at a path that may be seen. */
  async has(path: string): Promise<boolean> {
    try {
      await this.find(path);
      return true;
    } catch (error) {
      if (error instanceof Problem) return false;
      throw error;
    }
  }

  /**
   * Where a path is written. The folder that holds it must exist.
   * @throws Problem 400 for hidden names; 404 when the folder is missing; 403 when a link leads out.
   */
  async place(path: string): Promise<Place> {
    const names = namesOf(path);
    if (names.length === 0) throw new Problem(400, "The folder itself cannot be written");
    if (names.some((name) => name.startsWith("."))) {
      throw new Problem(400, `Hidden files and folders cannot be written: ${path}`);
    }
    const parent = await this.find(names.slice(0, -1).join("/"));
    if (!parent.stats.isDirectory()) throw noSuch(path);
    const file = join(parent.file, names.at(-1)!);
    const normal = names.join("/");
    try {
      return { path: normal, file: await this.real(file), exists: true };
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    // A link to nothing: writing would follow it to wherever it points.
    if (await isThere(file)) throw new Problem(403, `A symbolic link that leads nowhere: ${path}`);
    return { path: normal, file, exists: false };
  }

  /**
   * The real path of something on disk, links followed.
   * @throws Problem 403 when it lies outside of the folder.
   */
  async real(file: string): Promise<string> {
    const real = await realpath(file);
    const inside =
      real === this.root || real.startsWith(this.root.endsWith(sep) ? this.root : this.root + sep);
    if (!inside) throw new Problem(403, "A symbolic link that leads out of the folder is not followed");
    return real;
  }
}

async function isThere(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/** Of what the disk says: that nothing is there, or that a file is where a folder would be. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR" || code === "EINVAL";
}
