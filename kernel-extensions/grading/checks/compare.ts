/** Whether two values are the same, numbers within a tolerance. */
import { valueText } from "./format.js";

/** @returns what differs, in words that follow "it": "has 3 items instead of 4"; `undefined` when nothing does */
export function difference(got: unknown, expected: unknown, tolerance: number): string | undefined {
  return differ(got, expected, tolerance, "");
}

function differ(got: unknown, expected: unknown, tolerance: number, at: string): string | undefined {
  const where = at === "" ? "" : ` at ${at}`;
  if (typeof expected === "number") {
    if (typeof got !== "number") return `is not a number${where} but ${kindOf(got)}`;
    if (Object.is(got, expected) || got === expected) return undefined;
    if (Number.isNaN(got)) return `is NaN${where}: look for 0/0, for the log of 0, for an index past the end`;
    return Math.abs(got - expected) <= tolerance * Math.max(1, Math.abs(expected))
      ? undefined
      : `is not right${where}`;
  }
  if (isList(expected)) {
    if (!isList(got)) return `is not a list${where} but ${kindOf(got)}`;
    if (got.length !== expected.length) {
      return `has ${count(got.length)} instead of ${expected.length}${where}`;
    }
    for (let i = 0; i < expected.length; i++) {
      const found = differ(got[i], expected[i], tolerance, `${at}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (expected instanceof Map) {
    if (!(got instanceof Map)) return `is not a Map${where} but ${kindOf(got)}`;
    return differ(sorted(got), sorted(expected), tolerance, at);
  }
  if (expected instanceof Set) {
    if (!(got instanceof Set)) return `is not a Set${where} but ${kindOf(got)}`;
    return differ([...got].sort(), [...expected].sort(), tolerance, at);
  }
  if (typeof expected === "object" && expected !== null) {
    if (typeof got !== "object" || got === null) return `is not an object${where} but ${kindOf(got)}`;
    const keys = Object.keys(expected);
    const missing = keys.find((key) => !(key in got));
    if (missing !== undefined) return `lacks the field ${missing}${where}`;
    const extra = Object.keys(got).find((key) => !keys.includes(key));
    if (extra !== undefined) return `has a field too many, ${extra}${where}`;
    for (const key of keys) {
      const [inner, wanted] = [got, expected].map((value) => (value as Record<string, unknown>)[key]);
      const found = differ(inner, wanted, tolerance, `${at}.${key}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Object.is(got, expected)) return undefined;
  return typeof got === typeof expected ? `is not right${where}` : `is ${kindOf(got)}${where}`;
}

function isList(value: unknown): value is ArrayLike<unknown> {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function sorted(map: Map<unknown, unknown>): [unknown, unknown][] {
  return [...map.entries()].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}

/** What a value is, for "… but a promise". */
export function kindOf(value: unknown): string {
  if (value === undefined) return "undefined (is there a return?)";
  if (value instanceof Promise) return "a promise (is there an await too few, or an async too many?)";
  if (isList(value)) return "a list";
  if (typeof value === "object" && value !== null) return valueText(value);
  return value === null ? "null" : `the ${typeof value} ${valueText(value)}`;
}

const count = (n: number) => `${n} item${n === 1 ? "" : "s"}`;
