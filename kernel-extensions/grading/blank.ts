/** What stands where an answer will be. */
import { inspect } from "node:util";

/** Thrown by {@link notYet}: not a mistake, only not there yet. */
export class NotYet extends Error {
  override readonly name = "NotYet";
  constructor() {
    super("this part of the exercise is not written yet");
  }
}

/**
 * The body of a function that is still to be written: `return notYet();`. Whoever calls the function gets an
 * error; its exercise says "not yet".
 */
export function notYet(): never {
  throw new NotYet();
}

const mark = Symbol("blank");

/**
 * A value that is still to be found: `const ceiling = blank<number>();`. It takes any type; until it is replaced it
 * counts as NaN in a sum and reads "not yet".
 */
export function blank<T>(): T {
  const value = {
    [mark]: true,
    [Symbol.toPrimitive]: (hint: string) => (hint === "string" ? "not yet" : NaN),
    [inspect.custom]: () => "not yet",
  };
  return Object.freeze(value) as T;
}

export function isBlank(value: unknown): boolean {
  return typeof value === "object" && value !== null && mark in value;
}

/** Whether an error came from a blank, directly or by way of an error that wraps it. */
export function isNotYet(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === "NotYet") return true;
  }
  return false;
}
