/** What can be shown: objects that describe themselves as a MIME bundle. */
import { inspect } from "node:util";
import type { MimeBundle } from "../kernel/bridge.js";

/**
 * The method by which an object says how it is shown: `Symbol.for("Jupyter.display")`, as Deno's Jupyter
 * kernel defined it. An object needs no import to have it.
 */
export const displaySymbol: unique symbol = Symbol.for("Jupyter.display");

/** A value that describes itself as a MIME bundle; as the last expression of a cell it is shown as such. */
export interface Displayable {
  [displaySymbol](): MimeBundle | Promise<MimeBundle>;
}

/** A {@link Displayable} whose bundle takes time to make. */
export interface AsyncDisplayable {
  [displaySymbol](): Promise<MimeBundle>;
}

/** A {@link Displayable} whose bundle is there at once. */
export interface SyncDisplayable {
  [displaySymbol](): MimeBundle;
}

/**
 * Has `util.inspect`, and so `console.log`, print the text of a value made to be shown, not its fields.
 * @returns `value` itself
 */
export function inspectAs<T extends object>(value: T, text: () => string): T {
  // Not enumerable: nobody copies or compares it by accident.
  return Object.defineProperty(value, inspect.custom, { value: text, configurable: true });
}

export function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}

export function isDisplayable(value: unknown): value is Displayable {
  return isObject(value) && typeof value[displaySymbol] === "function";
}

/** Whether `value` is an object literal (or has no prototype), not an instance of some class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Object literals of another realm (vm contexts) have that realm's Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return isObject(value) && typeof value["then"] === "function";
}

// Only registered top-level types: a record of metrics such as { "rollout/success": 0.9 } is no bundle.
const mimeType = /^(?:application|audio|font|image|text|video)\/[\w!#$&^.+-]+$/;

/** Whether `value` is a plain object whose keys are all MIME types, and there is at least one. */
export function isMimeBundle(value: unknown): value is MimeBundle {
  if (!isPlainObject(value)) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => mimeType.test(key));
}
