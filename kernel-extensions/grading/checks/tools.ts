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
import { blankOf, Pending } from "./pending.js";
import { isTensor, readTensor } from "./tensor.js";

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
  readonly #pending = new Pending();

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
    return this.#pending.track(async () => {
      if (got instanceof Promise) await blankOf(got);
      const [values, wanted] = [
        isTensor(got) ? await readTensor(got) : got,
        isTensor(expected) ? await readTensor(expected) : expected,
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
    return this.#pending.track(async () => {
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
    return this.#pending.track(async () => {
      const failures: Failure[] = [];
      for (let i = 0; i < cases && failures.length < enough; i++) {
        this.signal.throwIfAborted();
        const input = make(new Random(this.#context.seed, i + 1), 1 + Math.floor((10 * i) / cases));
        this.#context.log.forget();
        try {
          await this.#pending.settle(() => test(input));
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
    return this.#pending.track(async () => {
      const { gradients } = await import("./gradient.js");
      const found = await gradients(f, x);
      const call = this.#context.log.last;
      this.#context.log.forget();
      if (found.byTfjs === undefined) {
        this.#fail({
          what: `${what} does not reach the input: every step from it to the loss has to be a tensor operation`,
          ...(call !== undefined && { call }),
        });
      }
      await this.close(found.byTfjs, found.byDifferences, { tolerance, what });
    });
  }

  /** A tensor's values as nested lists. */
  read(tensor: Tensor): Promise<unknown> {
    return readTensor(tensor);
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
  settle(body: () => void | Promise<void>): Promise<void> {
    return this.#pending.settleAll(body);
  }

  #fail(failure: Failure): never {
    throw new Mismatch(failure);
  }
}
