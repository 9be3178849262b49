/**
 * The contents of requests, checked field by field (Jupyter messaging 5.4, "Messages on the shell channel").
 * A missing optional field has the specification's default; `null` counts as missing, as Python clients send it.
 */

export class InvalidRequest extends Error {
  override readonly name = "InvalidRequest";
}

/** Reads typed fields from the JSON object that is a message's content. */
export class Fields {
  readonly #type: string;
  readonly #values: Record<string, unknown>;

  /** `type` is the message type, for errors. */
  constructor(type: string, json: string) {
    this.#type = type;
    let content: unknown;
    try {
      content = JSON.parse(json);
    } catch {
      throw new InvalidRequest(`${type}: the content is not JSON`);
    }
    if (kindOf(content) !== "object") {
      throw new InvalidRequest(`${type}: the content must be an object, got ${kindOf(content)}`);
    }
    this.#values = content as Record<string, unknown>;
  }

  string(name: string, fallback?: string): string {
    return this.#read(name, "a string", (value) => typeof value === "string", fallback) as string;
  }

  boolean(name: string, fallback: boolean): boolean {
    return this.#read(name, "a boolean", (value) => typeof value === "boolean", fallback) as boolean;
  }

  integer(name: string): number | undefined {
    return this.#read(name, "an integer", Number.isInteger, undefined, true) as number | undefined;
  }

  object(name: string): Record<string, unknown> {
    return this.#read(name, "an object", (value) => kindOf(value) === "object", {}) as Record<
      string,
      unknown
    >;
  }

  oneOf<T extends string | number>(name: string, choices: readonly T[], fallback: T): T {
    const expected = choices.map((choice) => JSON.stringify(choice)).join(" or ");
    return this.#read(name, expected, (value) => choices.includes(value as T), fallback) as T;
  }

  /** A field that may hold anything. */
  any(name: string): unknown {
    return this.#own(name);
  }

  #own(name: string): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  #read(
    name: string,
    expected: string,
    accepts: (value: unknown) => boolean,
    fallback: unknown,
    optional = false,
  ): unknown {
    const value = this.#own(name) ?? fallback;
    if (value === undefined && optional) return undefined;
    if (value === undefined) throw new InvalidRequest(`${this.#type}: "${name}" is missing`);
    if (accepts(value)) return value;
    throw new InvalidRequest(`${this.#type}: "${name}" must be ${expected}, got ${kindOf(value)}`);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

export interface ExecuteRequest {
  code: string;
  /** No output on iopub, no history. */
  silent: boolean;
  storeHistory: boolean;
  userExpressions: Record<string, string>;
  allowStdin: boolean;
  stopOnError: boolean;
}

export function parseExecute(json: string): ExecuteRequest {
  const fields = new Fields("execute_request", json);
  const silent = fields.boolean("silent", false);
  const userExpressions = fields.object("user_expressions");
  for (const [name, expression] of Object.entries(userExpressions)) {
    if (typeof expression === "string") continue;
    throw new InvalidRequest(
      `execute_request: "user_expressions" must hold strings, got ${kindOf(expression)} for "${name}"`,
    );
  }
  return {
    code: fields.string("code"),
    silent,
    storeHistory: fields.boolean("store_history", !silent) && !silent,
    userExpressions: userExpressions as Record<string, string>,
    allowStdin: fields.boolean("allow_stdin", true),
    stopOnError: fields.boolean("stop_on_error", true),
  };
}

export interface CursorRequest {
  code: string;
  /** In code points; absent: the end of the code. */
  cursorPos: number | undefined;
}

export function parseComplete(json: string): CursorRequest {
  const fields = new Fields("complete_request", json);
  return { code: fields.string("code"), cursorPos: fields.integer("cursor_pos") };
}

export function parseInspect(json: string): CursorRequest & { detailLevel: 0 | 1 } {
  const fields = new Fields("inspect_request", json);
  return {
    code: fields.string("code"),
    cursorPos: fields.integer("cursor_pos"),
    detailLevel: fields.oneOf("detail_level", [0, 1], 0),
  };
}

export interface HistoryRequest {
  access: "range" | "tail" | "search";
  /** Give `[input, output]` in place of the input. */
  output: boolean;
  session: number;
  start: number;
  stop: number | undefined;
  n: number | undefined;
  pattern: string;
  unique: boolean;
}

export function parseHistory(json: string): HistoryRequest {
  const fields = new Fields("history_request", json);
  fields.boolean("raw", true); // There is no other form of the input than the raw one.
  return {
    access: fields.oneOf("hist_access_type", ["range", "tail", "search"], "tail"),
    output: fields.boolean("output", false),
    session: fields.integer("session") ?? 0,
    start: fields.integer("start") ?? 0,
    stop: fields.integer("stop"),
    n: fields.integer("n"),
    pattern: fields.string("pattern", "*"),
    unique: fields.boolean("unique", false),
  };
}
