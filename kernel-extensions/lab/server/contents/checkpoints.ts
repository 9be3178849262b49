/** One checkpoint a file, in `.ipynb_checkpoints` beside it, where Jupyter looks for it too. */
import { mkdir, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { rename } from "../../../rename.js";
import { Problem } from "../problem.js";
import { copyAtomically } from "./atomic.js";
import { type Entry, type ServedFolder, isMissing, noSuch } from "./paths.js";

const folderName = ".ipynb_checkpoints";
/** The only id there is. */
const id = "checkpoint";

export interface Checkpoint {
  id: string;
  last_modified: string;
}

export class Checkpoints {
  readonly #folder: ServedFolder;

  constructor(folder: ServedFolder) {
    this.#folder = folder;
  }

  async list(path: string): Promise<Checkpoint[]> {
    const { file } = await this.#file(path);
    try {
      return [describe((await stat(await this.#folder.real(checkpointOf(file)))).mtime)];
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  async make(path: string): Promise<Checkpoint> {
    const { file } = await this.#file(path);
    const target = checkpointOf(file);
    await mkdir(dirname(target), { recursive: true });
    await this.#folder.real(dirname(target));
    await copyAtomically(file, target);
    return describe((await stat(target)).mtime);
  }

  async restore(path: string, checkpoint: string): Promise<void> {
    const { file } = await this.#file(path);
    await copyAtomically(await this.#existing(file, checkpoint), file);
  }

  async remove(path: string, checkpoint: string): Promise<void> {
    const { file } = await this.#file(path);
    await rm(await this.#existing(file, checkpoint));
  }

  /** Where the checkpoint of a file on disk lies; `undefined` when it has none. */
  of(file: string): Promise<string | undefined> {
    return this.#existing(file, id).catch(() => undefined);
  }

  /** Lets the checkpoint follow its file, which has been renamed from `from` to `to`. */
  async follow(from: string, to: string): Promise<void> {
    const checkpoint = await this.of(from);
    if (checkpoint === undefined) return;
    const target = checkpointOf(to);
    await mkdir(dirname(target), { recursive: true });
    await this.#folder.real(dirname(target));
    await rename(checkpoint, target);
  }

  async #existing(file: string, checkpoint: string): Promise<string> {
    try {
      if (checkpoint === id) return await this.#folder.real(checkpointOf(file));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    throw new Problem(404, "There is no such checkpoint");
  }

  async #file(path: string): Promise<Entry> {
    const entry = await this.#folder.find(path);
    if (!entry.stats.isFile()) throw noSuch(path);
    return entry;
  }
}

function checkpointOf(file: string): string {
  const extension = extname(file);
  return join(dirname(file), folderName, `${basename(file, extension)}-${id}${extension}`);
}

function describe(time: Date): Checkpoint {
  return { id, last_modified: time.toISOString() };
}
