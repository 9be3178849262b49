/** Taking the place of what a process that is gone has left: of many that want it, exactly one does. */
import { createHash } from "node:crypto";
import { readFile, rm, stat, writeFile } from "node:fs/promises";

/** A mark without a number is being written, if it is younger than that. Milliseconds. */
const writingMs = 2_000;

/**
 * Calls `replace`, which puts another file in the place of `file`, when nobody else does so with a file that says
 * `stale`. Whoever does has a mark for just this content while at it; the content must never come again.
 *
 * @param isAlive whether there is a process of that number
 * @returns whether this process has replaced it; else somebody else has, or is about to
 */
export async function takeOver(
  file: string,
  stale: string,
  isAlive: (pid: number) => boolean,
  replace: () => Promise<void>,
): Promise<boolean> {
  const which = createHash("sha256").update(stale).digest("hex").slice(0, 16);
  // The next one is for when its holder has gone as well.
  for (let turn = 1; ; turn++) {
    const mark = `${file}.${which}.${String(turn)}`;
    try {
      await writeFile(mark, String(process.pid), { mode: 0o600, flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (await isHeld(mark, isAlive)) return false;
      continue;
    }
    try {
      // Somebody may have been here between our look at the file and our mark.
      if ((await readFile(file, "utf8").catch(() => undefined)) !== stale) return false;
      await replace();
      return true;
    } finally {
      for (let earlier = turn; earlier > 0; earlier--)
        await rm(`${file}.${which}.${String(earlier)}`, { force: true });
    }
  }
}

async function isHeld(mark: string, isAlive: (pid: number) => boolean): Promise<boolean> {
  try {
    const pid = Number(await readFile(mark, "utf8"));
    return pid > 0 ? isAlive(pid) : Date.now() - (await stat(mark)).mtimeMs < writingMs;
  } catch {
    return true; // It was removed in this moment: its holder is done.
  }
}
