/** Values in a line: numbers to four digits, long lists cut in the middle. */

const longestList = 8;
const longestText = 140;

/** A value as a learner reads it. Never throws. */
export function valueText(value: unknown): string {
  return shortened(textOf(value, 0));
}

/** A call as a learner would write it. */
export function callText(name: string, values: readonly unknown[]): string {
  return shortened(`${name}(${values.map((value) => textOf(value, 0)).join(", ")})`);
}

/** Four significant digits, whole numbers in full. */
export function numberText(value: number): string {
  if (Number.isNaN(value) || !Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return Object.is(value, -0) ? "0" : String(value);
  return String(Number(value.toPrecision(4)));
}

function textOf(value: unknown, depth: number): string {
  try {
    if (typeof value === "number") return numberText(value);
    if (typeof value === "string") return JSON.stringify(value);
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`;
    if (typeof value !== "object" || value === null) return String(value);
    if (depth > 3) return "…";
    if (Array.isArray(value) || ArrayBuffer.isView(value)) {
      return `[${listText(Array.from(value as ArrayLike<unknown>), depth)}]`;
    }
    if (value instanceof Promise) return "a promise";
    if (value instanceof Error) return `${value.name}: ${value.message.split("\n", 1)[0]!}`;
    if (value instanceof Map) return `Map {${listText([...value.entries()], depth)}}`;
    if (value instanceof Set) return `Set {${listText([...value], depth)}}`;
    const shape = (value as { shape?: unknown }).shape;
    const name = value.constructor?.name ?? "Object";
    if (Array.isArray(shape)) return `a ${name} of shape [${shape.join(", ")}]`;
    // What an object of a class holds inside is not how anybody would write it.
    if (hasMethods(value)) return `a ${name}`;
    const fields = Object.entries(value).map(([key, field]) => `${key}: ${textOf(field, depth + 1)}`);
    const more = fields.length > longestList ? [...fields.slice(0, longestList), "…"] : fields;
    return `${name === "Object" ? "" : `${name} `}{ ${more.join(", ")} }`;
  } catch {
    return "a value that cannot be read";
  }
}

/** Whether it is of a class with methods of its own. */
function hasMethods(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || prototype === Object.prototype) return false;
  return Object.getOwnPropertyNames(prototype).some((name) => name !== "constructor");
}

function listText(items: readonly unknown[], depth: number): string {
  const texts = (part: readonly unknown[]) => part.map((item) => textOf(item, depth + 1));
  if (items.length <= longestList) return texts(items).join(", ");
  const head = texts(items.slice(0, longestList - 2));
  return `${head.join(", ")}, … (${items.length} in all), ${textOf(items.at(-1), depth + 1)}`;
}

function shortened(text: string): string {
  // eslint-disable-next-line no-control-regex
  const line = text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, " ");
  return line.length <= longestText ? line : `${line.slice(0, longestText - 1)}…`;
}
