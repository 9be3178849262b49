/**
 * `JSON.stringify` for messages. Throws a TypeError for what is no JSON (cycles, bigints). Halves of surrogate
 * pairs become U+FFFD: they have no UTF-8 form, and Jupyter's server fails on them.
 */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!json.includes("\\ud")) return json;
  // Escapes are matched whole, so that an escaped backslash before "ud800" is not taken for one.
  return json.replace(/\\(?:u([0-9a-f]{4})|.)/g, (escape, code: string | undefined) =>
    code !== undefined && /^d[89a-f]/.test(code) ? "\\ufffd" : escape,
  );
}
