/**
 * The main thread's half of stopping a blocked cell.
 *
 * V8 can terminate JavaScript that never returns, but Node is not made for it: frames are dropped without
 * their `finally`, among them those with which Node closes the async context of a timer, an immediate or a
 * `nextTick`. Node then finds its async context stack corrupted and aborts the process. So the IO thread
 * first calls {@link installTerminationHook}'s function through the inspector, which V8 runs in the middle of
 * the blocked JavaScript. It says whether there is something to terminate, empties that stack the way Node
 * itself does after an uncaught exception, and holds the main thread until the termination is posted, so that
 * no user code runs in between.
 */
import { executionAsyncResource } from "node:async_hooks";
import { Slot } from "./threads.js";

export const Verdict = { Pending: 0, Terminate: 1, Skip: 2 } as const;

/** Evaluated by the IO thread on the main thread. */
export const hookExpression = 'globalThis[Symbol.for("agentic-rl-lab.before-termination")]()';

/** How long the hook waits for the IO thread to post the termination. */
const postTimeoutMs = 1000;

let criticalDepth = 0;
let lostImmediates: QueuedImmediate[] = [];

/**
 * Runs the kernel's own work in one piece: it is never terminated, however long it takes. Must not run
 * user code.
 */
export function critical<T>(work: () => T): T {
  criticalDepth++;
  try {
    return work();
  } finally {
    criticalDepth--;
  }
}

export function installTerminationHook(shared: Int32Array): void {
  const hook = (): void => {
    const terminate = criticalDepth === 0 && !isAlive(shared) && isInJavaScript();
    if (terminate) {
      saveImmediates();
      clearAsyncContexts();
    }
    Atomics.store(shared, Slot.Verdict, terminate ? Verdict.Terminate : Verdict.Skip);
    // Not Atomics.wait: the interrupted code may be waiting in one, and waits do not nest.
    const deadline = Date.now() + postTimeoutMs;
    while (terminate && Atomics.load(shared, Slot.Posted) === 0 && Date.now() < deadline);
  };
  Object.defineProperty(globalThis, Symbol.for("agentic-rl-lab.before-termination"), { value: hook });
}

/** To be called after a termination: puts back what Node lost. */
export function repairAfterTermination(): void {
  const lost = lostImmediates;
  lostImmediates = [];
  for (const immediate of lost) {
    const { _onImmediate: callback, _argv: args } = immediate;
    if (immediate._destroyed || typeof callback !== "function") continue;
    clearImmediate(immediate as unknown as NodeJS.Immediate); // Else the event loop waits for it, spinning.
    setImmediate(callback, ...(args ?? []));
  }
}

function isAlive(shared: Int32Array): boolean {
  return Atomics.load(shared, Slot.Acknowledged) >= Atomics.load(shared, Slot.Asked);
}

/**
 * Whether the hook was called in the middle of other JavaScript. From an idle event loop there are two frames,
 * the hook and the evaluated expression; a termination would then hit whatever runs next.
 */
function isInJavaScript(): boolean {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = 5;
    Error.prepareStackTrace = (_error, sites) => sites.length;
    const probe: { stack?: unknown } = {};
    Error.captureStackTrace(probe, isInJavaScript);
    return (probe.stack as number) > 2;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepareStackTrace) Error.prepareStackTrace = prepareStackTrace;
    else Reflect.deleteProperty(Error, "prepareStackTrace");
  }
}

/** Node empties its async context stack after an uncaught exception that a handler took; this is such a one. */
function clearAsyncContexts(): void {
  const raise = (
    process as unknown as { _fatalException?: (error: unknown, fromPromise: boolean) => boolean }
  )._fatalException;
  if (raise === undefined || process.hasUncaughtExceptionCaptureCallback()) return;
  process.setUncaughtExceptionCaptureCallback(() => undefined);
  raise.call(process, new Error("termination"), false);
  process.setUncaughtExceptionCaptureCallback(null);
}

/** Node's `Immediate`, as far as it is needed here. */
interface QueuedImmediate {
  _idleNext: QueuedImmediate | null;
  _idlePrev: QueuedImmediate | null;
  _onImmediate: ((...args: unknown[]) => void) | null;
  _argv: unknown[] | undefined;
  _destroyed: boolean;
}

/**
 * Node runs its queue of immediates in a loop whose `finally` notes where to go on after an exception
 * (`processImmediate` in lib/internal/timers.js). A termination leaves that note as it was before:
 *
 * - empty, when the terminated immediate was the first in the queue. Those behind it are forgotten, though still
 *   counted; {@link repairAfterTermination} queues them again.
 * - at the terminated immediate itself, when it was not the first. Node would find it used up and throw, for ever.
 *   So it becomes a fresh one that does nothing.
 */
function saveImmediates(): void {
  const running = executionAsyncResource() as Partial<QueuedImmediate> | undefined;
  if (running?.constructor.name !== "Immediate") return;
  if (running._idlePrev) {
    running._destroyed = false;
    running._onImmediate = () => undefined;
    running._argv = undefined;
    countOneImmediateMore();
  } else {
    for (let next = running._idleNext ?? null; next !== null; next = next._idleNext)
      lostImmediates.push(next);
  }
}

/** Node counts an immediate down as it runs it, and so the revived one twice: this one is counted and never runs. */
function countOneImmediateMore(): void {
  const [before, forgotten, after] = [0, 1, 2].map(
    () => setImmediate(() => undefined) as unknown as QueuedImmediate & NodeJS.Immediate,
  );
  forgotten!.unref();
  before!._idleNext = after!;
  after!._idlePrev = before!;
}
