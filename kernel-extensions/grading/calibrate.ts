/** Where the threshold of a learning check may lie: what the answers reach over many seeds. */
import type { Exercise } from "./exercise.js";
import { loadExercise } from "./lessons.js";

export interface Calibration {
  exercise: string;
  check: string;
  measure: string;
  atLeast: number;
  /** Of seeds 1, 2, 3, …; a number each. */
  outcomes: number[];
  /** Wall-clock time of each. */
  seconds: number[];
}

/** Runs every learning check of an exercise once for each of the seeds 1 … `count`, whatever came of the ones before. */
export async function calibrate(id: string, answers: object, count: number): Promise<Calibration[]> {
  const exercise = (await loadExercise(id)) as Exercise<object>;
  const done: Calibration[] = [];
  for (const { title, learning } of exercise.checks) {
    if (!learning) continue;
    const { measure, atLeast, outcome } = learning;
    const calibration: Calibration = {
      exercise: id,
      check: title,
      measure,
      atLeast,
      outcomes: [],
      seconds: [],
    };
    const { signal } = new AbortController();
    for (let seed = 1; seed <= count; seed++) {
      const started = performance.now();
      calibration.outcomes.push(await outcome(answers, { seed, signal, progress: () => undefined }));
      calibration.seconds.push((performance.now() - started) / 1000);
    }
    done.push(calibration);
  }
  return done;
}
