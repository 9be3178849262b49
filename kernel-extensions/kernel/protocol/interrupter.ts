/**
 * The IO thread's half of stopping a cell (Jupyter messaging, "Kernel interrupt").
 *
 * The main thread is told of an interrupt by message. As long as it reads its messages it stops the cell
 * itself, gently. When it reads none for a second, its execution is terminated. This goes on until the main
 * thread is through with its request, for a cell may block again while it cleans up.
 */
import { Session } from "node:inspector";
import { Verdict, hookExpression } from "./termination.js";
import { Slot, type ToMain } from "./threads.js";

/** How long the main thread may leave an interrupt unread before its execution is terminated. */
const patienceMs = 1000;
const watchIntervalMs = 100;
const verdictPollMs = 2;

export class Interrupter {
  readonly #shared: Int32Array;
  readonly #post: (message: ToMain) => void;
  /** Called on each round in which the main thread is found blocked too long. */
  readonly #onBlocked: () => void;
  #sequence = 0;
  #unreadSince = 0;
  #progress = 0;
  #watch: NodeJS.Timeout | undefined;
  #terminating = false;
  #ready = false;

  constructor(shared: Int32Array, post: (message: ToMain) => void, onBlocked: () => void) {
    this.#shared = shared;
    this.#post = post;
    this.#onBlocked = onBlocked;
  }

  /** The main thread has loaded; before that there is nothing that may be terminated. */
  ready(): void {
    this.#ready = true;
    this.#unreadSince = Date.now();
  }

  interrupt(): void {
    this.#ping(true);
    this.#watch ??= setInterval(() => {
      this.#look();
    }, watchIntervalMs);
  }

  #ping(interrupt: boolean): void {
    // A second interrupt must not give a blocked main thread a second of grace again.
    if (this.#acknowledged) this.#unreadSince = Date.now();
    this.#sequence++;
    Atomics.store(this.#shared, Slot.Asked, this.#sequence);
    this.#post({ kind: "ping", sequence: this.#sequence, interrupt });
  }

  get #acknowledged(): boolean {
    return Atomics.load(this.#shared, Slot.Acknowledged) >= this.#sequence;
  }

  #look(): void {
    // Interrupts wait their turn behind other messages: a thread that works through many of them is not blocked, and
    // one that were terminated meanwhile would lose the message that it is just reading.
    const progress = Atomics.load(this.#shared, Slot.Progress);
    if (progress !== this.#progress) this.#unreadSince = Date.now();
    this.#progress = progress;
    if (this.#acknowledged) {
      const busy = Atomics.load(this.#shared, Slot.Busy);
      if (busy !== 0 && busy === Atomics.load(this.#shared, Slot.Interrupted)) {
        this.#ping(false);
      } else {
        clearInterval(this.#watch);
        this.#watch = undefined;
      }
    } else if (this.#ready && Date.now() - this.#unreadSince >= patienceMs) {
      this.#onBlocked();
      this.#terminate();
    }
  }

  #terminate(): void {
    if (this.#terminating) return;
    this.#terminating = true;
    const shared = this.#shared;
    Atomics.store(shared, Slot.Verdict, Verdict.Pending);
    Atomics.store(shared, Slot.Posted, 0);
    const session = new Session();
    session.connectToMainThread();
    const end = (): void => {
      session.disconnect();
      this.#terminating = false;
    };
    session.post("Runtime.evaluate", { expression: hookExpression }, (error, answer) => {
      const failed = error !== null || answer.exceptionDetails !== undefined;
      if (failed) Atomics.compareExchange(shared, Slot.Verdict, Verdict.Pending, Verdict.Skip);
    });
    // No deadline: in a long native call the question waits until the call is over, and is still wanted then.
    const poll = setInterval(() => {
      const verdict = Atomics.load(shared, Slot.Verdict);
      if (verdict === Verdict.Pending) return;
      clearInterval(poll);
      if (verdict === Verdict.Skip) {
        end();
        // Between two microtasks of a loop there is no JavaScript to see either: look again soon.
        setTimeout(() => {
          this.#look();
        }, verdictPollMs);
        return;
      }
      session.post("Runtime.terminateExecution", () => {
        this.#post({ kind: "terminated" });
        this.#unreadSince = Date.now();
        end();
      });
      Atomics.store(shared, Slot.Posted, 1);
    }, verdictPollMs);
  }
}
