/** The gallery's folder: only an empty one, a new one or an earlier gallery is written into. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { CommandError } from "../command.js";
import { generator } from "./page.js";

export const pageName = "index.html";
/** What the gallery holds, for programs, and which files it wrote. */
export const manifestName = "gallery.json";

interface Manifest {
  generator?: unknown;
  files?: unknown;
}

/** @throws CommandError when `folder` holds something else. */
export function requireGalleryFolder(folder: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) throw new CommandError(`--out ${folder} is a file: name a folder`);
  if (readdirSync(folder).length === 0 || manifestOf(folder) !== undefined) return;
  throw new CommandError(
    `${folder} is not empty and holds no gallery of arl figures: name another folder with --out`,
  );
}

/** Writes the files and removes those of an earlier gallery in the same folder that are not written again. */
export function writeGallery(folder: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  const root = resolve(folder);
  const old = manifestOf(folder)?.files;
  for (const name of Array.isArray(old) ? (old as unknown[]) : []) {
    const path = resolve(root, String(name));
    // A manifest that was tampered with removes nothing outside the gallery.
    if (!files.has(String(name)) && path.startsWith(root + sep)) rmSync(path, { force: true });
  }
  for (const [name, content] of files) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

function manifestOf(folder: string): Manifest | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, manifestName), "utf8")) as Manifest | null;
    return manifest?.generator === generator ? manifest : undefined;
  } catch {
    return undefined;
  }
}
