import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NotebookFormatError, parseNotebook, type Notebook } from "../client/notebook.js";
import { CommandError } from "./command.js";

/** @throws CommandError when there is no notebook, or none that can be read */
export async function readNotebook(path: string): Promise<Notebook> {
  try {
    return parseNotebook(await readFile(path, "utf8"));
  } catch (error) {
    if (error instanceof NotebookFormatError) throw new CommandError(`${path}: ${error.message}`);
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new CommandError(`${path}: there is no such file`);
    if (code === "EISDIR") {
      throw new CommandError(
        `${path}: that is a folder; name the notebooks in it, such as ${join(path, "*.ipynb")}`,
      );
    }
    throw new CommandError(`${path}: cannot be read (${message})`);
  }
}
