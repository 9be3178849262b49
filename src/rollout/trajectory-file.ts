/** Trajectories on disk: JSON Lines, one trajectory a line, under the names of {@link Trajectory}'s fields. */
import { createReadStream, createWriteStream, mkdirSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Trajectory, Turn } from "./trajectory.js";

/**
 * Writes trajectories, one line each. Every field comes back exactly from {@link readTrajectories}: a float32
 * is written as the decimal number it equals, and what JSON has no number for (NaN, ±Infinity, −0) as
 * `{"number":"NaN"}`. The folder is made where it is missing; an interrupted write leaves the file that was there.
 */
export async function writeTrajectories(path: string, trajectories: readonly Trajectory[]): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  await pipeline(Readable.from(lines(trajectories)), createWriteStream(`${path}.part`));
  renameSync(`${path}.part`, path);
}

function* lines(trajectories: readonly Trajectory[]): Generator<string> {
  for (const trajectory of trajectories) {
    yield `${JSON.stringify(trajectory, (_, value: unknown) => writable(value))}\n`;
  }
}

function writable(value: unknown): unknown {
  // JSON takes a typed array for an object with a field for each index.
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
  if (typeof value !== "number" || (Number.isFinite(value) && !Object.is(value, -0))) return value;
  return { number: nameOf(value) };
}

const nameOf = (value: number) => (Object.is(value, -0) ? "-0" : String(value));

/**
 * Reads what {@link writeTrajectories} wrote; empty lines are passed over.
 *
 * @throws Error that names the file, the line and the field of the first thing that is wrong.
 */
export async function readTrajectories(path: string): Promise<Trajectory[]> {
  const trajectories: Trajectory[] = [];
  let line = 0;
  for await (const text of linesOf(path)) {
    line++;
    if (text.trim() === "") continue;
    try {
      trajectories.push(trajectoryOf(text));
    } catch (error) {
      throw new Error(`${path}, line ${line}: ${(error as Error).message}`, { cause: error });
    }
  }
  return trajectories;
}

/** Lines end with a line feed alone: Node's own readline ends them at U+2028 too, which a JSON text may hold. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(path, "utf8") as AsyncIterable<string>) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
  yield rest;
}

function trajectoryOf(text: string): Trajectory {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Error("it is not JSON; is the file cut off?");
  }
  const fields = new Fields(json, "the line", "");
  const tokens = Int32Array.from(fields.numbers("tokens", isInt32, "whole numbers"));
  const column = (name: string, is: (value: number) => boolean, what: string) => {
    const values = fields.numbers(name, is, what);
    if (values.length === tokens.length) return values;
    throw new Error(`${name} has ${values.length} entries for ${tokens.length} tokens`);
  };
  const optional = (name: "values" | "entropies") =>
    fields.has(name) ? { [name]: Float32Array.from(column(name, isAny, "numbers")) } : {};
  return {
    episode: fields.whole("episode"),
    group: fields.whole("group"),
    agent: fields.whole("agent"),
    context: fields.whole("context"),
    seed: fields.whole("seed"),
    tokens,
    mask: Uint8Array.from(column("mask", (value) => value === 0 || value === 1, "zeros and ones")),
    logProbs: Float32Array.from(column("logProbs", isAny, "numbers")),
    ...optional("values"),
    ...optional("entropies"),
    turns: fields.list("turns").map((turn, i) => turnOf(turn, `turns[${i}]`, tokens.length)),
    ...(fields.has("demonstrated") && fields.flag("demonstrated") ? { demonstrated: true as const } : {}),
    return: fields.number("return"),
    success: fields.flag("success"),
    terminated: fields.flag("terminated"),
    truncated: fields.flag("truncated"),
    info: infoOf(fields.get("info")),
  };
}

function turnOf(json: unknown, name: string, tokens: number): Turn {
  const fields = new Fields(json, name, `${name}.`);
  const [start, end] = [fields.whole("start"), fields.whole("end")];
  if (start > end || end > tokens) {
    throw new Error(`${name} goes from ${start} to ${end}, which is no range of ${tokens} tokens`);
  }
  return {
    ...{ start, end },
    reward: fields.number("reward"),
    action: fields.text("action"),
    step: fields.whole("step"),
    ...(fields.has("value") ? { value: fields.number("value") } : {}),
  };
}

function infoOf(json: unknown): Trajectory["info"] {
  const fields = new Fields(json, "info", "info.");
  return Object.fromEntries(
    fields.names.map((name) => {
      const value = fields.get(name);
      return [name, typeof value === "string" || typeof value === "boolean" ? value : fields.number(name)];
    }),
  );
}

/** An object's fields, each taken as what it must be. */
class Fields {
  private readonly object: Readonly<Record<string, unknown>>;

  constructor(
    json: unknown,
    what: string,
    private readonly prefix: string,
  ) {
    if (typeof json !== "object" || json === null || Array.isArray(json)) {
      throw new Error(`${what} is not an object`);
    }
    this.object = json as Record<string, unknown>;
  }

  get names(): string[] {
    return Object.keys(this.object);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.object, name);
  }

  get(name: string): unknown {
    if (!this.has(name)) throw new Error(`${this.prefix}${name} is missing`);
    return this.object[name];
  }

  whole(name: string): number {
    const value = this.get(name);
    if (!Number.isSafeInteger(value) || (value as number) < 0) this.fail(name, "a whole number");
    return value as number;
  }

  number(name: string): number {
    return numberOf(this.get(name)) ?? this.fail(name, "a number");
  }

  text(name: string): string {
    const value = this.get(name);
    return typeof value === "string" ? value : this.fail(name, "a text");
  }

  flag(name: string): boolean {
    const value = this.get(name);
    return typeof value === "boolean" ? value : this.fail(name, "true or false");
  }

  list(name: string): unknown[] {
    const value = this.get(name);
    return Array.isArray(value) ? value : this.fail(name, "a list");
  }

  numbers(name: string, is: (value: number) => boolean, what: string): number[] {
    return this.list(name).map((item) => {
      const value = numberOf(item);
      return value !== undefined && is(value) ? value : this.fail(name, `a list of ${what}`);
    });
  }

  private fail(name: string, what: string): never {
    throw new Error(`${this.prefix}${name} is not ${what}`);
  }
}

const isAny = () => true;
const isInt32 = (value: number) => value === (value | 0);

/** By the names {@link writable} gives them. */
const outsideJson = new Map([NaN, Infinity, -Infinity, -0].map((value) => [nameOf(value), value]));

function numberOf(json: unknown): number | undefined {
  if (typeof json === "number") return json;
  if (typeof json !== "object" || json === null) return undefined;
  return outsideJson.get(String((json as { number?: unknown }).number));
}
