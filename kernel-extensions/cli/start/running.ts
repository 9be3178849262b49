/** One server for one folder: the first says where it is in a file that only this user can read. */
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeStateFolder } from "./state.js";

/** A server that answers. */
export interface Running {
  pid: number;
  /** With a `/` at its end. */
  url: string;
  token: string;
}

/** The right to serve a folder. */
export interface Claim {
  /** Says where the server is. */
  publish(running: Omit<Running, "pid">): Promise<void>;
  release(): void;
}

/** A server that has not said for so long where it is does not start any more. */
const startMs = 15 * 60_000;
const answerMs = 5_000;

/**
 * Claims `folder` (a real path) for a server of this process, or says which one serves it. One that is just starting
 * is waited for, and `onWait` is called.
 */
export async function claimFolder(
  folder: string,
  onWait: (pid: number) => void = () => undefined,
): Promise<{ claim: Claim } | { running: Running }> {
  const name = createHash("sha256").update(folder).digest("hex").slice(0, 16);
  const file = join(await makeStateFolder("servers"), `${name}.json`);
  const write = (content: object, flag: "w" | "wx", path = file) =>
    writeFile(path, `${JSON.stringify(content)}\n`, { mode: 0o600, flag });
  let waiting = false;
  for (;;) {
    try {
      await write({ pid: process.pid, folder }, "wx");
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const other = await lookAt(file);
    if (other === "gone") {
      await rm(file, { force: true });
    } else if ("url" in other) {
      return { running: other };
    } else {
      if (!waiting) onWait(other.pid);
      waiting = true;
      await sleep(200);
    }
  }
  const remove = () => {
    rmSync(file, { force: true });
  };
  process.once("exit", remove);
  return {
    claim: {
      publish: async (running) => {
        const part = `${file}.${String(process.pid)}.part`;
        await write({ pid: process.pid, folder, ...running }, "w", part);
        await rename(part, file);
      },
      release: () => {
        process.off("exit", remove);
        remove();
      },
    },
  };
}

/** The server that the file speaks of: it answers, or is starting, or is gone. */
async function lookAt(file: string): Promise<Running | { pid: number } | "gone"> {
  let text: string;
  let age: number;
  try {
    text = await readFile(file, "utf8");
    age = Date.now() - (await stat(file)).mtimeMs;
  } catch {
    return "gone";
  }
  let said: Partial<Running>;
  try {
    said = JSON.parse(text) as Partial<Running>;
  } catch {
    // Being written in this moment, or left half written by a machine that went down.
    return age < 2_000 ? { pid: 0 } : "gone";
  }
  const { pid, url, token } = said;
  if (typeof pid !== "number" || !isAlive(pid)) return "gone";
  if (typeof url !== "string" || typeof token !== "string") return age < startMs ? { pid } : "gone";
  return (await answers(url, token)) ? { pid, url, token } : "gone";
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // Another user's process is not the server of a file that only this user writes.
  }
}

/**
 * Whether the server is there, which knows the token: the process id may be another program's by now, and the port too.
 * One that wants a password instead of a token lets nobody in.
 */
async function answers(url: string, token: string): Promise<boolean> {
  try {
    const answer = await fetch(new URL("api/contents/?content=0", url), {
      headers: { Authorization: `token ${token}` },
      signal: AbortSignal.timeout(answerMs),
    });
    await answer.body?.cancel();
    return answer.ok || (token === "" && answer.status === 403);
  } catch {
    return false;
  }
}
