/** What a check has begun and nobody awaits yet. */
import { isNotYet } from "../blank.js";
import { Mismatch } from "./mismatch.js";

export class Pending {
  #list: Promise<void>[] = [];

  /** Begins something that the check waits for at its end, whether it awaits it itself or not. */
  track(work: () => Promise<void>): Promise<void> {
    const list = this.#list;
    // In line before what it begins itself.
    const place = list.push(Promise.resolve()) - 1;
    const promise = (list[place] = work());
    promise.catch(() => undefined);
    return promise;
  }

  /** Runs a part of a check to the end of what it began before its first pause. Rejects with what failed first. */
  async settle(body: () => void | Promise<void>): Promise<void> {
    const own: Promise<void>[] = [];
    const outer = this.#list;
    let failed: { error: unknown } | undefined;
    try {
      // While the body runs without a pause nobody else does: what it begins is its own. What it begins after its
      // first await goes to the check as a whole, and fails that.
      this.#list = own;
      const running = body();
      this.#list = outer;
      await running;
    } catch (error) {
      this.#list = outer;
      failed = { error };
    }
    // What was compared before the body failed tells more: a wrong value often is why it failed.
    for (const pending of own) await pending;
    if (failed) throw failed.error;
  }

  /** Runs a whole check, to the end of everything. */
  async settleAll(body: () => void | Promise<void>): Promise<void> {
    let failed: { error: unknown } | undefined;
    try {
      await this.settle(body);
    } catch (error) {
      if (error instanceof Mismatch) throw error;
      failed = { error };
    }
    for (const pending of this.#list) await pending;
    if (failed) throw failed.error;
  }
}

/** Rejects where a promise that nobody wanted comes from a blank: an answer that is async and not yet written. */
export async function blankOf(promise: Promise<unknown>): Promise<void> {
  const soon = new Promise((resolve) => setImmediate(resolve));
  try {
    await Promise.race([promise, soon]);
  } catch (error) {
    if (isNotYet(error)) throw error;
  }
}
