/** The learner's values as a check gets them: nothing they do reaches further than their own check. */
import { isBlank, isNotYet, NotYet } from "../blank.js";
import { callText } from "./format.js";
import { copyData } from "./copy.js";

/** What an answer threw, and in which call. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  constructor(
    override readonly cause: unknown,
    readonly call: string,
  ) {
    super(`${call} threw`);
  }
}

/** The last call of an answer: what a comparison that follows is about. */
export class CallLog {
  #last: (() => string) | undefined;

  note(name: string, values: readonly unknown[]): void {
    this.#last = () => callText(name, values);
  }

  get last(): string | undefined {
    return this.#last?.();
  }

  forget(): void {
    this.#last = undefined;
  }
}

/**
 * The answers for one check. Functions get copies of their arguments, have their calls noted, and what they throw
 * says so; plain values are copies; reading a blank throws {@link NotYet}. Classes and other instances are as they are.
 *
 * @param log where calls are noted; without one arguments are neither noted nor copied, for training's many calls
 */
export function guarded<Answers extends object>(answers: Answers, log: CallLog | undefined): Answers {
  const guard: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(answers) as [string, unknown][]) {
    if (isBlank(value)) {
      Object.defineProperty(guard, name, {
        enumerable: true,
        get: () => {
          throw new NotYet();
        },
      });
    } else {
      guard[name] = isPlainFunction(value) ? guardedFunction(name, value, log) : copyData(value);
    }
  }
  return guard as Answers;
}

type AnyFunction = (this: unknown, ...values: unknown[]) => unknown;

function guardedFunction(name: string, answer: AnyFunction, log: CallLog | undefined): AnyFunction {
  const wrong = (error: unknown, values: readonly unknown[]) =>
    isNotYet(error) || error instanceof AnswerError ? error : new AnswerError(error, callText(name, values));
  return function (this: unknown, ...values: unknown[]) {
    log?.note(name, values);
    let result: unknown;
    try {
      result = answer.apply(this, log ? (copyData(values) as unknown[]) : values);
    } catch (error) {
      throw wrong(error, values);
    }
    if (isBlank(result)) throw new NotYet();
    if (!(result instanceof Promise)) return result;
    const later = result.then(
      (value: unknown) => {
        if (isBlank(value)) throw new NotYet();
        return value;
      },
      (error: unknown) => {
        throw wrong(error, values);
      },
    );
    // A check that wants no promise does not wait for it.
    later.catch(() => undefined);
    return later;
  };
}

/** A class can only be called with `new`, and is no plain function. */
function isPlainFunction(value: unknown): value is AnyFunction {
  return typeof value === "function" && !/^class\b/.test(Function.prototype.toString.call(value));
}
