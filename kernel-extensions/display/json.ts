/** Values as JSON can hold them, for figures. */
import { isObject, isPlainObject } from "./displayable.js";

/**
 * `value` as a JSON value: typed arrays become arrays, NaN and infinite numbers `null`, dates ISO strings,
 * big integers numbers; `undefined` and functions are dropped from objects and `null` in arrays. The result
 * shares nothing with `value`.
 *
 * @param path names `value` in errors: `figure.data`.
 * @throws TypeError naming the field that no JSON can stand for (a Map, a tensor, a cycle).
 */
export function toJson(value: unknown, path: string): unknown {
  return convert(value, path, []);
}

function convert(value: unknown, path: string, parents: readonly object[]): unknown {
  if (typeof value !== "object") return scalar(value);
  if (value === null) return null;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (isTypedArray(value)) return Array.from<number | bigint, unknown>(value, scalar);
  if (parents.includes(value)) throw new TypeError(`${path} contains itself`);
  const inside = [...parents, value];
  if (Array.isArray(value)) {
    // Most arrays hold a million numbers: spell out the path of objects only.
    return Array.from(value, (x: unknown, i) => {
      const json = isObject(x) ? convert(x, `${path}[${i}]`, inside) : scalar(x);
      return json ?? null;
    });
  }
  if (isSeries(value)) return convert(value.values, path, inside);
  if (!isPlainObject(value)) {
    const kind = value.constructor.name;
    const hint =
      kind === "Tensor" || kind === "Variable" ? "; read its numbers first: await tensor.data()" : "";
    throw new TypeError(`${path} must be plain data, got a ${kind}${hint}`);
  }
  const result: Record<string, unknown> = {};
  for (const [key, x] of Object.entries(value)) {
    const json = convert(x, `${path}.${key}`, inside);
    // A plain assignment would take "__proto__" for the prototype.
    if (json !== undefined)
      Object.defineProperty(result, key, {
        value: json,
        enumerable: true,
        writable: true,
        configurable: true,
      });
  }
  return result;
}

function scalar(value: unknown): unknown {
  switch (typeof value) {
    case "number":
      return Number.isFinite(value) ? value : null;
    case "bigint":
      return Number(value);
    case "string":
    case "boolean":
      return value;
    case "object": // null
      return value;
    default:
      return undefined;
  }
}

type TypedArray = Exclude<NodeJS.TypedArray, Uint8Array> | Uint8Array;

function isTypedArray(value: object): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** A danfo Series, known by its shape: danfo itself is slow to load. */
function isSeries(value: object): value is { values: unknown[] } {
  return isObject(value) && value["$isSeries"] === true && Array.isArray(value["values"]);
}
