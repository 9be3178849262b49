/**
 * A learner's own copies of the lessons. What the learner changed is never written to; a newer version of such a file
 * is put beside it.
 */
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { rename } from "../../rename.js";
import { hashOf } from "./content-hash.js";
import type { Original } from "./lessons.js";

/** What `bringUpToDate` did, or found, with one file. */
export type Change =
  | { readonly kind: "created" | "updated"; readonly name: string }
  /** The learner's `name` was left as it is; the newer version is `beside` it. */
  | { readonly kind: "kept"; readonly name: string; readonly beside: string };

/** Hashes of one file as it was given to the learner; any other content is the learner's work. */
interface Given {
  copied?: string;
  /** The newer version that was put beside the learner's. */
  offered?: { hash: string; as: string };
}

/** Hidden, so that the Lab does not list it. */
export const recordName = ".agentic-rl-lab.json";

const about =
  "What the lessons were when they were copied here, so that a newer version replaces only files you did not change.";

/**
 * Copies every original that is missing in `folder`, replaces copies nobody touched by newer originals, and puts the
 * newer version of a touched one beside it, as `name.new.ipynb`. A newer version that the learner has removed is not
 * offered again. The record is written last: when it is lost or old, files count as the learner's.
 */
export async function bringUpToDate(originals: readonly Original[], folder: string): Promise<Change[]> {
  await mkdir(folder, { recursive: true });
  const recordFile = join(folder, recordName);
  const record = await readRecord(recordFile);
  const before = JSON.stringify([...record]);
  const taken = new Set(originals.map(({ name }) => name));
  const changes: Change[] = [];
  for (const { name, file } of originals) {
    const original = await readFile(file);
    const given = record.get(name) ?? {};
    record.set(name, given);
    const change = await bringOne(folder, name, original, given, taken);
    if (change) changes.push(change);
  }
  if (JSON.stringify([...record]) !== before) await writeRecord(recordFile, record);
  return changes;
}

async function bringOne(
  folder: string,
  name: string,
  original: Buffer,
  given: Given,
  taken: ReadonlySet<string>,
): Promise<Change | undefined> {
  const newest = hashOf(name, original);
  const own = await hashOfFile(join(folder, name));
  if (own === undefined || (own !== newest && own === given.copied)) {
    await write(join(folder, name), original);
    given.copied = newest;
    return { kind: own === undefined ? "created" : "updated", name };
  }
  if (own === newest) {
    given.copied = newest;
    return undefined;
  }
  if (given.copied === newest) return undefined;
  if (given.offered?.hash !== newest) {
    const { offered } = given;
    const isUntouched =
      offered !== undefined && (await hashOfFile(join(folder, offered.as))) === offered.hash;
    const as = isUntouched ? offered.as : await freeName(folder, name, newest, taken);
    await write(join(folder, as), original);
    given.offered = { hash: newest, as };
  }
  const beside = given.offered.as;
  return existsSync(join(folder, beside)) ? { kind: "kept", name, beside } : undefined;
}

/** `a.new.ipynb`, `a.new-2.ipynb`, …: the first that nothing has, or that is this version already. */
async function freeName(
  folder: string,
  name: string,
  newest: string,
  taken: ReadonlySet<string>,
): Promise<string> {
  const ending = extname(name);
  const stem = name.slice(0, name.length - ending.length);
  for (let i = 1; ; i++) {
    const free = `${stem}.new${i === 1 ? "" : `-${String(i)}`}${ending}`;
    if (taken.has(free)) continue;
    const there = await hashOfFile(join(folder, free));
    if (there === undefined || there === newest) return free;
  }
}

/** Whole or not at all. */
async function write(file: string, content: Buffer | string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const part = `${file}.${String(process.pid)}.part`;
  try {
    await writeFile(part, content);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** `undefined` when there is no such file. @throws what else prevents reading it. */
async function hashOfFile(file: string): Promise<string | undefined> {
  try {
    return hashOf(file, await readFile(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** What is not as we write it is not there: the files it would speak of then count as the learner's. */
async function readRecord(file: string): Promise<Map<string, Given>> {
  const record = new Map<string, Given>();
  let files: unknown;
  try {
    files = (JSON.parse(await readFile(file, "utf8")) as { files?: unknown } | null)?.files;
  } catch {
    return record;
  }
  if (typeof files !== "object" || files === null) return record;
  for (const [name, value] of Object.entries(files as Record<string, Given | null>)) {
    const { copied, offered } = value ?? {};
    record.set(name, {
      ...(typeof copied === "string" && { copied }),
      ...(typeof offered?.hash === "string" && typeof offered.as === "string" && { offered }),
    });
  }
  return record;
}

async function writeRecord(file: string, record: ReadonlyMap<string, Given>): Promise<void> {
  const text = JSON.stringify({ about, files: Object.fromEntries(record) }, null, 2);
  await write(file, `${text}\n`);
}
