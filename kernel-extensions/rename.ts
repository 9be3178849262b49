/** Renaming where another program may hold the file for a moment. */
import { rename as renameFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** What Windows says while a virus scanner, an indexer or a reader has the file open. */
const held = new Set(["EPERM", "EBUSY", "EACCES"]);
/** Milliseconds before each further try: a second and a half in all. */
const pauses = [10, 20, 50, 100, 200, 400, 700];

export interface RenameOptions {
  rename?: (from: string, to: string) => Promise<void>;
  platform?: NodeJS.Platform;
}

/**
 * Renames a file or a folder. On Windows one that is held open is tried again for a bounded time; elsewhere a rename
 * does not mind open files, and what is refused stays refused.
 *
 * @throws what the last try threw
 */
export async function rename(
  from: string,
  to: string,
  { rename: once = renameFile, platform = process.platform }: RenameOptions = {},
): Promise<void> {
  for (const pause of platform === "win32" ? pauses : []) {
    try {
      await once(from, to);
      return;
    } catch (error) {
      if (!held.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
      await sleep(pause);
    }
  }
  await once(from, to);
}
