/** Writing so that a file is either the old one or the new one, whatever happens meanwhile. */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, chmod, copyFile, open, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { rename } from "../../../rename.js";

/** Of what is not whole yet. */
export const temporaryName = /^\.~[0-9a-f]{16}$/;

/** A name beside `file` that no listing shows. */
export function temporaryBeside(file: string): string {
  return join(dirname(file), `.~${randomBytes(8).toString("hex")}`);
}

/** Puts the data on the disk under another name, then gives it the file's name. The file keeps its permissions. */
export async function writeAtomically(file: string, data: string | Uint8Array): Promise<void> {
  await replace(file, async (temporary) => {
    const handle = await open(temporary, "wx");
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

export async function copyAtomically(from: string, to: string): Promise<void> {
  await replace(to, (temporary) => copyFile(from, temporary, constants.COPYFILE_EXCL));
}

/** Gives a finished temporary file its name. */
export async function settle(temporary: string, file: string): Promise<void> {
  const old = await stat(file).catch(() => undefined);
  if (old) {
    // Renaming asks only the folder; a file that was made read-only stays as it is.
    await access(file, constants.W_OK);
    await chmod(temporary, old.mode & 0o7777);
  }
  await rename(temporary, file);
}

async function replace(file: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = temporaryBeside(file);
  try {
    await fill(temporary);
    await settle(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
