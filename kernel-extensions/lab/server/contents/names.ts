/** Names that the server chooses, as Jupyter chooses them. */
import { readdir } from "node:fs/promises";
import { Problem } from "../problem.js";
import type { ContentType } from "./model.js";
import type { ServedFolder } from "./paths.js";

/** `Untitled.ipynb`, `Untitled1.ipynb`; `untitled.txt`; `Untitled Folder`, `Untitled Folder 1`. */
export async function untitledName(
  folder: ServedFolder,
  parent: string,
  type: ContentType,
  extension: string,
): Promise<string> {
  if (type === "directory") return freeName(folder, parent, "Untitled Folder", "", " ");
  if (type === "notebook") return freeName(folder, parent, "Untitled", ".ipynb", "");
  return freeName(folder, parent, "untitled", extension, "");
}

/** `a.ipynb` → `a-Copy1.ipynb`; `a-Copy1.ipynb` → `a-Copy2.ipynb`; `a.tar.gz` → `a-Copy1.tar.gz`. */
export async function copyName(folder: ServedFolder, parent: string, name: string): Promise<string> {
  const original = name.replace(/-Copy\d*\./, ".");
  const dot = original.endsWith(".ipynb") ? original.lastIndexOf(".") : original.indexOf(".");
  const [stem, extension] = dot === -1 ? [original, ""] : [original.slice(0, dot), original.slice(dot)];
  return freeName(folder, parent, stem, extension, "-Copy");
}

async function freeName(
  folder: ServedFolder,
  parent: string,
  stem: string,
  extension: string,
  insert: string,
): Promise<string> {
  const { file, path, stats } = await folder.find(parent);
  if (!stats.isDirectory()) throw new Problem(400, `${path} is a file, not a folder`, "bad type");
  // Some disks do not tell `a` from `A`.
  const taken = new Set((await readdir(file)).map((name) => name.toLowerCase()));
  for (let number = 0; ; number++) {
    const name = `${stem}${number === 0 ? "" : `${insert}${number}`}${extension}`;
    if (!taken.has(name.toLowerCase())) return path === "" ? name : `${path}/${name}`;
  }
}
