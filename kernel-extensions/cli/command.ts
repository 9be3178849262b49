/**
 * What every command of `arl` agrees on. Exit codes: 0 done, 1 the work failed, 2 bad usage. Data goes to
 * stdout, progress and errors to stderr; an error is one line that says what to do.
 */
import { parseArgs, type ParseArgsConfig } from "node:util";

import { nearest } from "../../src/nearest.js";

export interface Command {
  /** The text of `--help`: usage, what it does, the options. */
  help: string;
  /** @returns the exit code */
  run(args: string[]): Promise<number>;
}

/** A wrong command line: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A failure whose message tells the user enough: exit code 1, no stack trace. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: T; allowPositionals: true; strict: true }>
>;

/**
 * `node:util`'s parseArgs with messages for people.
 * @throws UsageError
 */
export function parse<const T extends Options>(args: string[], options: T): Parsed<T> {
  const loose = parseArgs({ args, options, allowPositionals: true, strict: false, tokens: true });
  for (const token of loose.tokens) {
    if (token.kind !== "option") continue;
    const known = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (!known) {
      const closest = nearest(token.name, Object.keys(options));
      throw new UsageError(
        `unknown option ${token.rawName}${closest === undefined ? "" : `; did you mean --${closest}?`}`,
      );
    }
    if (known.type === "string" && token.value === undefined) {
      throw new UsageError(`${token.rawName} needs a value`);
    }
    if (known.type === "string" && !token.inlineValue && /^-./.test(token.value ?? "")) {
      // Perhaps the next option; node:util takes neither.
      throw new UsageError(
        `${token.rawName} needs a value; one that starts with "-" is written ${token.rawName}=${token.value}`,
      );
    }
    if (known.type === "boolean" && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value`);
    }
  }
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS")) throw error;
    throw new UsageError((error as Error).message.split("\n", 1)[0]!);
  }
}

/** @throws UsageError when there is a positional argument where none is wanted */
export function noPositionals(positionals: string[]): void {
  if (positionals.length > 0) throw new UsageError(`unexpected argument ${positionals[0]!}`);
}
