/** One server for one folder: the first says where it is in a file that only this user can read. */
import { createHash, randomUUID } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { rename } from "../../rename.js";
import { makeStateFolder } from "./state.js";
import { takeOver } from "./take-over.js";

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
  // No two claims are the same, also not of one process.
  const own = { pid: process.pid, folder, claim: randomUUID() };
  const write = (content: object, flag: "w" | "wx", path = file) =>
    writeFile(path, `${JSON.stringify(content)}\n`, { mode: 0o600, flag });
  const replace = async (content: object) => {
    const part = `${file}.${String(process.pid)}.part`;
    await write(content, "w", part);
    await rename(part, file);
  };
  let waiting = false;
  for (;;) {
    try {
      await write(own, "wx");
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const { other, text } = await lookAt(file);
    if (other === "gone") {
      if (text !== undefined && (await takeOver(file, text, isAlive, () => replace(own)))) break;
      await sleep(20);
    } else if ("url" in other) {
      return { running: other };
    } else {
      if (!waiting) onWait(other.pid);
      waiting = true;
      await sleep(200);
    }
  }
  const remove = () => {
    try {
      if (readFileSync(file, "utf8").includes(own.claim)) rmSync(file, { force: true });
    } catch {
      // It is gone already.
    }
  };
  process.once("exit", remove);
  return {
    claim: {
      publish: (running) => replace({ ...own, ...running }),
      release: () => {
        process.off("exit", remove);
        remove();
      },
    },
  };
}

type Other = Running | { pid: number } | "gone";

/** What the file says, and what is with the server that it speaks of: it answers, or is starting, or is gone. */
async function lookAt(file: string): Promise<{ other: Other; text: string | undefined }> {
  try {
    const text = await readFile(file, "utf8");
    return { other: await judge(text, Date.now() - (await stat(file)).mtimeMs), text };
  } catch {
    return { other: "gone", text: undefined };
  }
}

/** @param age of what it says, in milliseconds */
async function judge(text: string, age: number): Promise<Other> {
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
