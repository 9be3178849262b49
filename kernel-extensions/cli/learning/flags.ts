/** Options that are numbers or files, checked before anything slow starts. */
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { maxSeed } from "../../../src/random.js";
import { UsageError } from "../command.js";

/** @throws UsageError unless the text is a whole number of at least `least` */
export function wholeNumber(flag: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`${flag} is a whole number of at least ${least}, not ${text || "empty"}`);
}

/** @throws UsageError unless the text is a number above 0 */
export function positiveNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new UsageError(`${flag} is a number above 0, not ${text || "empty"}`);
}

/** @throws UsageError unless the text is a seed */
export function seedNumber(flag: string, text: string | undefined): number | undefined {
  const seed = wholeNumber(flag, text, 0);
  if (seed !== undefined && seed > maxSeed) {
    throw new UsageError(`${flag} is a whole number from 0 to ${maxSeed}, not ${text}`);
  }
  return seed;
}

/**
 * Refuses files that could not be written at the end of a long run, and two options with the same one.
 * @param files by the option that names them
 */
export function requireWritable(files: Readonly<Record<string, string | undefined>>): void {
  const taken = new Map<string, string>();
  for (const [flag, path] of Object.entries(files)) {
    if (path === undefined) continue;
    if (path === "") throw new UsageError(`${flag} needs the name of a file`);
    const full = resolve(path);
    const other = taken.get(full);
    if (other !== undefined) throw new UsageError(`${other} and ${flag} both name ${path}`);
    taken.set(full, flag);
    const problem = whyNotWritable(full);
    if (problem !== undefined) throw new UsageError(`${flag} ${path} cannot be written: ${problem}`);
  }
}

/** Tried out: what the file's permissions say is not all that can be in the way. Missing folders stay made. */
function whyNotWritable(path: string): string | undefined {
  const trial = `${path}.${process.pid}.part`;
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return "that is a folder";
    makeFolder(dirname(path));
    writeFileSync(trial, "");
    rmSync(trial);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Node's own `recursive` never returns in places such as /proc, where no folder can be made. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}
