/** `--set key=value`: options of an environment, typed by their defaults, and of an algorithm, which are numbers. */
import type { EnvironmentDefinition, OptionValue } from "../../../src/environments/environment.js";
import { nearest } from "../../../src/nearest.js";
import { UsageError } from "../command.js";

export interface Settings {
  environment: Record<string, OptionValue>;
  algorithm: Record<string, number>;
}

/**
 * @param algorithm its name and the options it takes; without one only the environment's are known
 * @throws UsageError that names the setting, with the nearest of both kinds where it is unknown
 */
export function parseSettings(
  settings: readonly string[],
  { id, defaults }: EnvironmentDefinition,
  algorithm?: { name: string; options: readonly string[] },
): Settings {
  const standard = new Map<string, OptionValue>(Object.entries(defaults));
  const found: Settings = { environment: {}, algorithm: {} };
  const seen = new Set<string>();
  for (const setting of settings) {
    const [, key = "", text = ""] = /^([^=]*)=(.*)$/s.exec(setting) ?? [];
    if (key === "") throw new UsageError(`--set is written key=value, not ${setting || "empty"}`);
    if (seen.has(key)) throw new UsageError(`--set ${key} is given twice`);
    seen.add(key);
    const value = standard.get(key);
    if (value !== undefined) found.environment[key] = valueLike(value, key, text);
    else if (algorithm?.options.includes(key)) found.algorithm[key] = numberOf(key, text);
    else throw unknownSetting(key, id, [...standard.keys()], algorithm);
  }
  return found;
}

function valueLike(standard: OptionValue, key: string, text: string): OptionValue {
  if (typeof standard === "number") return numberOf(key, text);
  if (typeof standard === "string") return text;
  if (text === "true" || text === "false") return text === "true";
  throw new UsageError(`--set ${key} is true or false, not ${text || "empty"}`);
}

function numberOf(key: string, text: string): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new UsageError(`--set ${key} is a number, not ${text || "empty"}`);
}

function unknownSetting(
  key: string,
  id: string,
  environment: readonly string[],
  algorithm: { name: string; options: readonly string[] } | undefined,
): UsageError {
  const kinds = [{ name: id, options: environment }, ...(algorithm === undefined ? [] : [algorithm])];
  const near = nearest(
    key,
    kinds.flatMap(({ options }) => options),
  );
  const owner = kinds.find(({ options }) => near !== undefined && options.includes(near));
  const all = kinds.map(({ name, options }) => `${name} has ${options.join(", ") || "none"}`);
  return new UsageError(
    `--set ${key}: there is no such option` +
      (owner === undefined ? "" : `; did you mean ${near!} (${owner.name})?`) +
      ` (${all.join("; ")})`,
  );
}
