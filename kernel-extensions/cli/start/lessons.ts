/** The lessons that come with the package, and the folder of a learner's own copies of them. */
import { accessSync, constants, existsSync, readdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative, resolve, sep } from "node:path";
import { packageRoot } from "../../package-root.js";

/** A file of the lessons. */
export interface Original {
  /** Where its copy goes, from the learner's folder, with `/`. */
  readonly name: string;
  /** Its path. */
  readonly file: string;
}

/** The folder with the originals: an update of the package replaces what is in it. */
export const originalsFolder = (): string => join(packageRoot(), "notebooks");

/** Complete lessons. A learner gets one only where the lesson has no copy for learners yet. */
const solutions = "solutions";

/**
 * What a learner is given: every file of the lessons' folder, glossary, images and all, and of the solutions only the
 * notebooks whose lesson is not there without them.
 */
export function listOriginals(folder: string = originalsFolder()): Original[] {
  const given = walk(folder, "").filter((name) => !name.startsWith(`${solutions}/`));
  const complete = walk(join(folder, solutions), "").filter(
    (name) => name.endsWith(".ipynb") && !given.includes(name),
  );
  return [
    ...given.map((name) => ({ name, file: join(folder, ...name.split("/")) })),
    ...complete.map((name) => ({ name, file: join(folder, solutions, ...name.split("/")) })),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The notebook to begin with: the first by name, those of the folder itself before those of its folders. */
export function firstNotebook(names: readonly string[]): string | undefined {
  const notebooks = names.filter((name) => name.endsWith(".ipynb")).sort();
  return notebooks.find((name) => !name.includes("/")) ?? notebooks[0];
}

/** Every file in `folder` but hidden ones, from there, with `/`. */
export const filesIn = (folder: string): string[] => walk(folder, "");

/**
 * Where a learner's copies are when nobody says where: `my-lessons` in a clone that can be written (git ignores it);
 * for an installed package, which npm replaces as a whole, `agentic-rl-lessons` in the home folder.
 */
export function defaultFolder(root: string = packageRoot(), home: string = homedir()): string {
  const isClone = existsSync(join(root, "tsconfig.json"));
  return isClone && canWrite(root) ? join(root, "my-lessons") : join(home, "agentic-rl-lessons");
}

/** Whether `folder` is among the originals: their authors work there, and nothing is copied. */
export function isOriginals(folder: string, originals: string = originalsFolder()): boolean {
  const path = relative(real(originals), real(folder));
  return path === "" || (path !== ".." && !path.startsWith(`..${sep}`) && path !== resolve(path));
}

function real(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : resolve(folder);
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Files under `folder`, from there, with `/`; hidden ones (checkpoints) are nobody's lesson. */
function walk(folder: string, prefix: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith("."))
    .flatMap((entry) =>
      entry.isDirectory()
        ? walk(join(folder, entry.name), `${prefix}${entry.name}/`)
        : [`${prefix}${entry.name}`],
    );
}
