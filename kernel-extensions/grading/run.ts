/** Runs an exercise's checks on answers: plain values in, a plain report out. Knows no notebook. */
import type { Check, Exercise } from "./exercise.js";
import { isNotYet } from "./blank.js";
import { failureOf } from "./checks/failure.js";
import { CallLog, guarded } from "./checks/guard.js";
import { Tools } from "./checks/tools.js";
import type { CheckReport, ExerciseReport, ExerciseStatus } from "./report.js";

export interface RunOptions {
  /** Ends the run: the promise rejects with its reason. */
  signal?: AbortSignal;
  /** Called with the report as it stands, whenever a check begins, gets on or ends. */
  onUpdate?: (report: ExerciseReport) => void;
}

/**
 * Runs the checks one after the other.
 *
 * An answer may throw, return what it should not, change what it is given, or never settle: that is a failed check.
 * (One that blocks the thread for ever can only be stopped from outside.)
 *
 * @param id of the exercise; with the place of a check it determines the random cases
 */
export async function runExercise<Answers extends object>(
  id: string,
  exercise: Exercise<Answers>,
  answers: Answers,
  { signal, onUpdate }: RunOptions = {},
): Promise<ExerciseReport> {
  const checks: CheckReport[] = exercise.checks.map(({ title, points }) => ({
    ...{ title, points: 0, outOf: points },
    status: "waiting",
  }));
  const report = (status: ExerciseStatus): ExerciseReport => ({
    ...{ id, title: exercise.title, status },
    points: checks.reduce((sum, { points }) => sum + points, 0),
    outOf: exercise.points,
    checks: checks.map((check) => ({ ...check })),
  });
  try {
    for (const [index, check] of exercise.checks.entries()) {
      const entry = checks[index]!;
      const before = checks.slice(0, index);
      if (check.kind === "learning" && !before.every(({ status }) => status === "passed")) {
        // Training is slow, and would say less than the checks that have failed.
        if (before.some(({ status }) => status === "not yet")) entry.status = "not yet";
        continue;
      }
      entry.status = "running";
      onUpdate?.(report("running"));
      const started = performance.now();
      const outcome = await runCheck(check, answers, {
        seed: seedOf(id, index),
        signal,
        onProgress: (share, note) => {
          entry.progress = { share, note };
          onUpdate?.(report("running"));
        },
      });
      delete entry.progress;
      Object.assign(entry, outcome, { seconds: (performance.now() - started) / 1000 });
      if (outcome.status === "passed") entry.points = check.points;
      if (outcome.status === "failed") entry.hint = check.hint;
    }
  } catch (error) {
    for (const entry of checks.filter(({ status }) => status === "running")) entry.status = "waiting";
    onUpdate?.(report("interrupted"));
    throw error;
  }
  const final = report(statusOf(checks));
  onUpdate?.(final);
  return final;
}

function statusOf(checks: readonly CheckReport[]): ExerciseStatus {
  if (checks.every(({ status }) => status === "passed")) return "passed";
  if (checks.some(({ points }) => points > 0)) return "partly";
  return checks.some(({ status }) => status === "not yet") ? "not yet" : "failed";
}

class OutOfTime extends Error {}

/** Rejects only when `signal` aborts. */
async function runCheck<Answers extends object>(
  check: Check<Answers>,
  answers: Answers,
  { seed, signal, onProgress }: CheckContext,
): Promise<Pick<CheckReport, "status" | "failure">> {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = () => {
    controller.abort(signal?.reason);
  };
  signal?.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => {
    controller.abort(new OutOfTime());
  }, check.seconds * 1000);
  const log = new CallLog();
  const t = new Tools({ ...{ seed, log, onProgress }, signal: controller.signal });
  const aborted = new Promise<never>((_resolve, reject) => {
    const fail = () => {
      reject(controller.signal.reason as Error);
    };
    controller.signal.addEventListener("abort", fail, { once: true });
  });
  // An answer that blocks is stopped from outside before anybody waits for this.
  aborted.catch(() => undefined);
  try {
    const given = guarded(answers, check.kind === "learning" ? undefined : log);
    await Promise.race([t.settle(() => check.run(given, t)), aborted]);
    return { status: "passed" };
  } catch (error) {
    signal?.throwIfAborted();
    if (isNotYet(error)) return { status: "not yet" };
    const call = log.last;
    if (controller.signal.reason instanceof OutOfTime) {
      const what = `it was not done after ${check.seconds} s: is there something that never ends?`;
      return { status: "failed", failure: { what, ...(call !== undefined && { call }) } };
    }
    return { status: "failed", failure: failureOf(error) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

interface CheckContext {
  seed: number;
  signal: AbortSignal | undefined;
  onProgress: (share: number, note: string) => void;
}

/** Of the random cases of an exercise's check: the same in every run, another for every check. */
function seedOf(id: string, index: number): number {
  const [lesson = 0, number = 0] = id.split(".").map(Number);
  return lesson * 10_000 + number * 100 + index;
}
