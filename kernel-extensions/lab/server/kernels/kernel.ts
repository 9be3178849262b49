/**
 * A kernel as the Lab knows it: one id for the whole life of a notebook's kernel, whatever processes it has one after
 * another.
 */
import { randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import type { KernelSpec } from "../../../client/process.js";
import { Problem } from "../problem.js";
import { Audience } from "./audience.js";
import { describeDeath, explainDeath } from "./death.js";
import type { KernelLimits } from "./limits.js";
import type { KernelMessage } from "./message.js";
import { printedLines } from "./printed.js";
import { KernelRun } from "./run.js";

/** As Jupyter Server describes a kernel. */
export interface KernelModel {
  id: string;
  name: string;
  last_activity: string;
  execution_state: string;
  connections: number;
  /** Why it is dead. */
  reason?: string;
}

export class LabKernel {
  readonly id = randomUUID();
  readonly #spec: KernelSpec;
  readonly #cwd: string;
  readonly #limits: KernelLimits;
  readonly #log: (line: string) => void;
  readonly #audience: Audience;
  #run: KernelRun | undefined;
  #state = "starting";
  #reason: string | undefined;
  #lastActivity = new Date();
  /** How many times in a row the process died early. */
  #failures = 0;
  #isClosed = false;
  /** What is done to the process, one after another. */
  #work: Promise<void> = Promise.resolve();

  constructor(spec: KernelSpec, cwd: string, limits: KernelLimits, log: (line: string) => void) {
    this.#spec = spec;
    this.#cwd = cwd;
    this.#limits = limits;
    this.#log = (line) => {
      log(`kernel ${spec.name} ${this.id.slice(0, 8)}: ${line}`);
    };
    this.#audience = new Audience(limits, this.#log);
  }

  get model(): KernelModel {
    return {
      id: this.id,
      name: this.#spec.name,
      last_activity: this.#lastActivity.toISOString(),
      execution_state: this.#state,
      connections: this.#audience.size,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
    };
  }

  get isDead(): boolean {
    return this.#state === "dead";
  }

  hasRoomFor(session: string): boolean {
    return this.#audience.hasRoomFor(session);
  }

  /** Speaks with the client that has this session id. */
  connect(session: string, socket: WebSocket): void {
    this.#audience.connect(session, socket);
  }

  /** Resolves as soon as the process runs: requests wait until it is ready. @throws Problem */
  start(): Promise<void> {
    return this.#inTurn(() => this.#spawn());
  }

  /**
   * A new process under the same id; cells that run or wait are ended. Clients are not told the status "restarting":
   * JupyterLab takes that for a kernel that died, and says so.
   * @throws Problem
   */
  restart(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#stop("restarting");
      this.#audience.endRequests({ name: "KernelRestarted", message: "The kernel was restarted" });
      this.#failures = 0;
      await this.#spawn();
    });
  }

  interrupt(): void {
    this.#run?.interrupt();
  }

  /** Ends it for good. */
  shutdown(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#isClosed) return;
      this.#isClosed = true;
      await this.#stop("dead");
      this.#audience.endRequests({ name: "KernelEnded", message: "The kernel was shut down" }, true);
      this.#audience.tell("dead");
      this.#audience.close("the kernel was shut down");
    });
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #spawn(): Promise<void> {
    if (this.#isClosed) throw new Problem(404, "The kernel was shut down");
    this.#state = "starting";
    this.#reason = undefined;
    let run: KernelRun;
    try {
      run = await KernelRun.start(this.#spec, this.#cwd, {
        onPublished: (message, own) => {
          this.#published(message, own);
        },
        onPrinted: printedLines(this.#log),
      });
    } catch (error) {
      this.#die(`could not be started: ${(error as Error).message}`);
      throw new Problem(500, `The kernel "${this.#spec.name}" ${this.#reason}`);
    }
    this.#run = run;
    this.#audience.follow(run);
    run.ended
      .then(() => this.#inTurn(() => this.#ended(run)))
      .catch((error: unknown) => {
        this.#log(`The kernel "${this.#spec.name}" could not be restarted: ${(error as Error).message}`);
      });
  }

  /** Ends the process; that it ends is no surprise then. */
  async #stop(state: string): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    this.#audience.unfollow();
    await run?.stop(state === "restarting");
    this.#state = state;
  }

  #published(message: KernelMessage, own: boolean): void {
    const state = message.executionState;
    if (state !== undefined) this.#state = state;
    if (own) return; // Nobody but us asked.
    this.#lastActivity = new Date();
    this.#audience.publish(message);
  }

  /** The process is gone. If nobody asked it to end, there is to be a new one, and who was using it is told why. */
  async #ended(run: KernelRun): Promise<void> {
    if (run !== this.#run) return;
    this.#run = undefined;
    this.#audience.unfollow();
    const death = explainDeath(run.ending!, run.tail);
    const livedShortly = Date.now() - run.startedAt < this.#limits.stableTime;
    this.#failures = livedShortly ? this.#failures + 1 : 0;
    if (this.#failures > this.#limits.restarts) {
      this.#die(death.cause, describeDeath(death, false));
      return;
    }
    this.#log(`${death.cause}; it is restarted`);
    // One that never came up has lost nothing: what waits for it waits for the next.
    if (run.isReady) {
      const shown = describeDeath(death, true);
      this.#audience.endRequests({ name: "KernelDied", message: `The kernel ${death.cause}`, shown });
      this.#audience.tell("restarting");
    }
    await this.#spawn().catch(() => undefined); // Said already.
  }

  #die(cause: string, shown = `The kernel ${cause}.\n`): void {
    this.#log(`${cause}; it is dead`);
    this.#state = "dead";
    this.#reason = cause;
    this.#audience.endRequests({ name: "KernelDied", message: `The kernel ${cause}`, shown }, true);
    this.#audience.tell("dead");
  }
}
