/** What a check compares with. */
import type { Tensor } from "@tensorflow/tfjs-core";
import { Random } from "../../../src/random.js";
import { isNotYet } from "../blank.js";
import type { Failure } from "../report.js";
import { difference } from "./compare.js";
import { failureOf } from "./failure.js";
import { valueText } from "./format.js";
import type { CallLog } from "./guard.js";
import { Mismatch } from "./mismatch.js";
import { numericalGradient } from "./numeric.js";

export interface CloseOptions {
  /** Largest difference of two numbers, relative where the expected one is beyond ±1. 1e-6 by default. */
  tolerance?: number;
  /** What is compared, as a sentence's subject. By default the result of the call before. */
  what?: string;
}

export interface ForAllOptions {
  /** How many random cases; 100 by default. */
  cases?: number;
}

interface Context {
  seed: number;
  signal: AbortSignal;
  log: CallLog;
  onProgress: (share: number, note: string) => void;
}

/** Failing cases after which no more are drawn. */
const enough = 25;

/**
 * Handed to every check as `t`. What returns a promise need not be awaited: a check ends when all of them have, and
 * the first that failed is shown.
 */
export class Tools {
  /** The same stream in every run. */
  readonly random: Random;
  /** Aborts with the cell, and when the check's time is up. */
  readonly signal: AbortSignal;
  readonly #context: Context;
  #pending: Promise<void>[] = [];

  constructor(context: Context) {
    this.#context = context;
    this.random = new Random(context.seed);
    this.signal = context.signal;
  }

  /**
   * Fails unless `got` is `expected`: numbers within the tolerance, lists, typed arrays, records, maps, sets and
   * tensors item by item, all else by identity. A tensor and a nested list of its values are the same.
   */
  close(got: unknown, expected: unknown, { tolerance = 1e-6, what }: CloseOptions = {}): Promise<void> {
    const call = this.#context.log.last;
    return this.#track(async () => {
      if (got instanceof Promise) await blankOf(got);
      const [values, wanted] = [
        isTensor(got) ? await read(got) : got,
        isTensor(expected) ? await read(expected) : expected,
      ];
      const found = difference(values, wanted, tolerance);
      if (found === undefined) return;
      this.#fail({
        what: `${what ?? (call === undefined ? "the value" : "the result")} ${found}`,
        ...(call !== undefined && { call }),
        ...{ expected: valueText(wanted), got: valueText(values) },
      });
    });
  }

  /** {@link close} without a tolerance. */
  equal(got: unknown, expected: unknown, options: Omit<CloseOptions, "tolerance"> = {}): Promise<void> {
    return this.close(got, expected, { ...options, tolerance: 0 });
  }

  /** Fails unless the condition holds. `claim` is a sentence: "a longer detour costs more". */
  holds(condition: boolean, claim: string, shown: Pick<Failure, "expected" | "got"> = {}): void {
    const call = this.#context.log.last;
    if (!condition)
      this.#fail({ what: `it is not so that ${claim}`, ...(call !== undefined && { call }), ...shown });
  }

  /** Fails, at once. */
  fail(failure: Failure): never {
    return this.#fail(failure);
  }

  /** Fails unless calling `action` throws an error of the learner's. */
  throws(action: () => unknown, claim: string): Promise<void> {
    return this.#track(async () => {
      let result: unknown;
      try {
        result = await action();
      } catch (error) {
        if (isNotYet(error)) throw error;
        return;
      }
      const call = this.#context.log.last;
      const got = valueText(result);
      this.#fail({ what: claim, ...(call !== undefined && { call }), expected: "an error", got });
    });
  }

  /**
   * Runs `test` on random cases that grow, and shows the shortest of those that fail.
   *
   * @param make a case from a stream of its own and a size from 1 to 10
   * @param test throws, or compares by `t`, as a check does
   */
  forAll<Case>(
    make: (random: Random, size: number) => Case,
    test: (input: Case) => void | Promise<void>,
    { cases = 100 }: ForAllOptions = {},
  ): Promise<void> {
    return this.#track(async () => {
      const failures: Failure[] = [];
      for (let i = 0; i < cases && failures.length < enough; i++) {
        this.signal.throwIfAborted();
        const input = make(new Random(this.#context.seed, i + 1), 1 + Math.floor((10 * i) / cases));
        this.#context.log.forget();
        try {
          await this.#settled(() => test(input));
        } catch (error) {
          if (isNotYet(error) || this.signal.aborted) throw error;
          const failure = failureOf(error);
          failures.push(failure.call === undefined ? { ...failure, call: valueText(input) } : failure);
        }
      }
      if (failures.length === 0) return;
      const shortest = failures.reduce((a, b) => (b.call!.length < a.call!.length ? b : a));
      this.#fail(shortest);
    });
  }

  /** Fails unless a tensor has this shape. */
  shape(tensor: unknown, shape: readonly number[], what = "the result"): void {
    const call = this.#context.log.last;
    const expected = `a tensor of shape [${shape.join(", ")}]`;
    const failure = { ...(call !== undefined && { call }), expected, got: valueText(tensor) };
    if (!isTensor(tensor)) this.#fail({ what: `${what} is no tensor`, ...failure });
    if (difference(tensor.shape, shape, 0) !== undefined) {
      this.#fail({ what: `${what} has another shape`, ...failure });
    }
  }

  /**
   * Fails unless the gradient that tfjs finds of `f` at `x` is that of central differences of `f` itself: an answer
   * that reads its tensors (`dataSync`) or makes new ones of numbers stops the gradient.
   *
   * @param f from a tensor to a scalar, by the learner's functions
   * @param x where: a tensor's values and its shape
   * @param tolerance relative; 0.02 by default, which float32 and steps of 0.01 allow
   */
  gradient(
    f: (x: Tensor) => Tensor,
    x: { values: readonly number[]; shape: readonly number[] },
    { tolerance = 0.02, what = "the gradient" }: CloseOptions = {},
  ): Promise<void> {
    return this.#track(async () => {
      const tf = await import("@tensorflow/tfjs-core");
      const { currentEngine, useEngine } = await import("../../../src/engine/index.js");
      if (currentEngine() === undefined) await useEngine();
      const shape = [...x.shape];
      const scalar = (values: readonly number[]) => tf.reshape(f(tf.tensor([...values], shape)), []);
      let found: Tensor;
      try {
        found = tf.tidy(() => tf.grad((at) => tf.reshape(f(at), []))(tf.tensor([...x.values], shape)));
      } catch (error) {
        if (!/Cannot compute gradient/.test(String((error as Error).message))) throw error;
        const call = this.#context.log.last;
        this.#fail({
          what: `${what} does not reach the input: every step from it to the loss has to be a tensor operation`,
          ...(call !== undefined && { call }),
        });
      }
      const got = await found.data();
      found.dispose();
      const expected = numericalGradient((at) => tf.tidy(() => scalar(at).dataSync()[0]!), x.values, 0.01);
      this.#context.log.forget();
      await this.close([...got], expected, { tolerance, what });
    });
  }

  /** A tensor's values as nested lists. */
  read(tensor: Tensor): Promise<unknown> {
    return read(tensor);
  }

  sum(values: ArrayLike<number>): number {
    return Array.from(values).reduce((sum, value) => sum + value, 0);
  }

  /** A value as it stands in messages: numbers to four digits. */
  text(value: unknown): string {
    return valueText(value);
  }

  /** Shows how far a long check is: a share from 0 to 1, and a few words. */
  progress(share: number, note = ""): void {
    this.#context.onProgress(share, note);
  }

  /** Runs a check's body to the end of all it began. The runner's; a check has no use for it. */
  async settle(body: () => void | Promise<void>): Promise<void> {
    let failed: { error: unknown } | undefined;
    try {
      await this.#settled(body);
    } catch (error) {
      if (error instanceof Mismatch) throw error;
      failed = { error };
    }
    for (const pending of this.#pending) await pending;
    if (failed) throw failed.error;
  }

  async #settled(body: () => void | Promise<void>): Promise<void> {
    const own: Promise<void>[] = [];
    const outer = this.#pending;
    let failed: { error: unknown } | undefined;
    try {
      // While the body runs without a pause nobody else does: what it begins is its own. What it begins after its
      // first await goes to the check as a whole, and fails that.
      this.#pending = own;
      const running = body();
      this.#pending = outer;
      await running;
    } catch (error) {
      this.#pending = outer;
      failed = { error };
    }
    // What was compared before the body failed tells more: a wrong value often is why it failed.
    for (const pending of own) await pending;
    if (failed) throw failed.error;
  }

  #track(work: () => Promise<void>): Promise<void> {
    const list = this.#pending;
    // In line before what it begins itself.
    const place = list.push(Promise.resolve()) - 1;
    const promise = (list[place] = work());
    promise.catch(() => undefined);
    return promise;
  }

  #fail(failure: Failure): never {
    throw new Mismatch(failure);
  }
}

function isTensor(value: unknown): value is Tensor {
  if (typeof value !== "object" || value === null) return false;
  const { array, shape, dtype } = value as Partial<Tensor>;
  return typeof array === "function" && Array.isArray(shape) && typeof dtype === "string";
}

/** Rejects where a promise that nobody wanted comes from a blank: an answer that is async and not yet written. */
async function blankOf(promise: Promise<unknown>): Promise<void> {
  const soon = new Promise((resolve) => setImmediate(resolve));
  try {
    await Promise.race([promise, soon]);
  } catch (error) {
    if (isNotYet(error)) throw error;
  }
}

async function read(tensor: Tensor): Promise<unknown> {
  return await tensor.array();
}
