/**
 * Checks of what a caller passes. Cells are type-checked, but a value can come from data, from `any` or from
 * plain JavaScript: then the error names the call, the argument, what was given and what is allowed.
 */
import { nearest } from "../nearest.js";
import type { Month } from "./columns.js";

/** A value as an error shows it: `"taks"`, `undefined`, `a Promise (is an await missing?)`. */
export function shown(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  if (value instanceof Promise) return "a Promise (is an await missing?)";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/**
 * Refuses a word that is not among `allowed`.
 *
 * @throws TypeError when it is no text, RangeError when it is another word.
 */
export function requireOneOf(
  call: string,
  argument: string,
  value: unknown,
  allowed: readonly string[],
): void {
  if (typeof value === "string" && allowed.includes(value)) return;
  const words = allowed.map((word) => `"${word}"`);
  const choice = words.length < 3 ? words.join(" or ") : `one of ${words.join(", ")}`;
  if (typeof value !== "string") {
    throw new TypeError(`${call}: ${argument} must be ${choice}, got ${shown(value)}`);
  }
  const near = nearest(value, allowed);
  const hint = near === undefined ? "" : `. Did you mean "${near}"?`;
  throw new RangeError(`${call}: ${argument} must be ${choice}, got "${value}"${hint}`);
}

/** Refuses what is not an object of options. `example` shows the least of them. */
export function requireOptions(call: string, value: unknown, example: string): asserts value is object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw new TypeError(`${call}: options must be an object such as ${example}, got ${shown(value)}`);
}

/** Refuses what is neither true, false nor left out. */
export function requireFlag(call: string, argument: string, value: unknown): void {
  if (value === undefined || typeof value === "boolean") return;
  throw new TypeError(`${call}: ${argument} must be true, false or left out, got ${shown(value)}`);
}

/** Refuses what is neither a month nor left out. */
export function requireMonth(
  call: string,
  argument: string,
  value: unknown,
): asserts value is Month | undefined {
  if (value === undefined) return;
  const wanted = `${call}: ${argument} must be a month as YYYY-MM, such as "2025-01"`;
  if (typeof value !== "string") throw new TypeError(`${wanted}, got ${shown(value)}`);
  if (!/^(19|20)\d\d-(0[1-9]|1[0-2])$/.test(value)) throw new RangeError(`${wanted}, got "${value}"`);
}
