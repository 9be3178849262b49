/** Names that the server chooses, as Jupyter chooses them. */
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
  for (let number = 0; ; number++) {
    const name = `${stem}${number === 0 ? "" : `${insert}${number}`}${extension}`;
    const path = parent === "" ? name : `${parent}/${name}`;
    if (!(await isTaken(folder, path))) return path;
  }
}

/** Also by what may not be seen, such as a link that leads out. */
async function isTaken(folder: ServedFolder, path: string): Promise<boolean> {
  try {
    return (await folder.place(path)).exists;
  } catch (error) {
    if ((error as { status?: number }).status === 403) return true;
    throw error;
  }
}
