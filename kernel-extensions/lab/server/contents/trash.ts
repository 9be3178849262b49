/** Deleted files go to a folder of the server's state for 30 days: nothing is lost by a slip. */
import { randomBytes } from "node:crypto";
import { cp, mkdir, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { rename } from "../../../rename.js";

const keptDays = 30;

export class Trash {
  readonly #folder: string;

  constructor(state: string) {
    this.#folder = join(state, "trash");
  }

  /** Moves a file or a folder with all it holds. */
  async take(file: string): Promise<void> {
    const time = new Date().toISOString().replaceAll(":", "-");
    const target = join(this.#folder, `${time}-${randomBytes(3).toString("hex")}`, basename(file));
    await mkdir(join(target, ".."), { recursive: true, mode: 0o700 });
    try {
      await rename(file, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
      // On another disk. Links are kept as links: what they point to is not ours to copy.
      await cp(file, target, { recursive: true, verbatimSymlinks: true });
      await rm(file, { recursive: true });
    }
  }

  /** Forgets what was deleted long ago. */
  async empty(now: Date): Promise<void> {
    const oldest = new Date(now.getTime() - keptDays * 86_400_000).toISOString().slice(0, 10);
    const folders = await readdir(this.#folder).catch(() => []);
    for (const name of folders.filter((folder) => /^\d{4}-\d{2}-\d{2}T/.test(folder) && folder < oldest)) {
      // What cannot be removed (a folder without the right to write in it) keeps no server from starting.
      await rm(join(this.#folder, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}
