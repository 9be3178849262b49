/** Small files that the server keeps for itself. */
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { rename } from "../../rename.js";

export interface StateFile {
  text: string;
  /** ISO 8601. */
  created: string;
  last_modified: string;
}

/** `undefined` when there is none. */
export async function readStateFile(file: string): Promise<StateFile | undefined> {
  try {
    const [text, stats] = await Promise.all([readFile(file, "utf8"), stat(file)]);
    return { text, created: stats.birthtime.toISOString(), last_modified: stats.mtime.toISOString() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Whole or not at all, readable by this user only. */
export async function writeStateFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(temporary, text, { flag: "wx", mode: 0o600 });
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
