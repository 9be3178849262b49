/**
 * What an exercise is, and how a lesson's author writes one. Running its checks is {@link runExercise}'s business,
 * showing what came of them the card's: a check knows neither notebooks nor HTML.
 */
import type { Tools } from "./checks/tools.js";

/** A part of an exercise that is worth points of its own. */
export interface Check<Answers> {
  /** What is asked, in a few words: "two rollouts, one success". */
  readonly title: string;
  readonly points: number;
  /** What teaches where the answer goes wrong; shown when the check fails. */
  readonly hint: string;
  /** A learning check trains; it runs only when all checks before it have passed. */
  readonly kind: "check" | "learning";
  /** Of a learning check: what it trains, for those who measure where to put its threshold. */
  readonly learning?: LearningSpec<Answers>;
  /** Seconds after which the check is given up: the answer never ends. */
  readonly seconds: number;
  /** Returns when the answer is right; throws what {@link Tools} throw when it is not. */
  readonly run: (answers: Answers, t: Tools) => void | Promise<void>;
}

/** A wrong solution: what stands between the delimiters of the solution cell, one text for each such region. */
export type WrongSolution = string | readonly string[];

export interface ExerciseSpec<Answers> {
  /** Shown on the card: "The best guess without a tool". */
  title: string;
  checks: readonly Check<Answers>[];
  /**
   * At least two plausible mistakes, by name; the tests see to it that each loses points. One that type-checks:
   * the type checker is not what is asked about.
   */
  wrong: Readonly<Record<string, WrongSolution>>;
}

export interface Exercise<Answers> extends Readonly<ExerciseSpec<Answers>> {
  /** The sum over the checks. */
  readonly points: number;
}

/** An exercise of whatever answers. */
export type AnyExercise = Exercise<never>;

/** The exercises of a lesson by their ids, "2.1", "2.2", …, in order. Their points sum to 100. */
export type Lesson = Readonly<Record<string, AnyExercise>>;

/**
 * Defines an exercise. `Answers` are the learner's values by the names they have in the notebook; `exercise("2.1",
 * { advantages })` is typed by them. One file an exercise, in `datasets/exercises/<lesson>/`; its id is its key in
 * the lesson's `index.ts`. Export the types that `Answers` names.
 *
 * **The exercise**, `datasets/exercises/2-preliminaries/group-advantages.ts`:
 *
 * ```ts
 * import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
 *
 * export const groupAdvantages = defineExercise<{ advantages: (returns: readonly number[]) => number[] }>({
 *   title: "Advantages within a group",
 *   checks: [
 *     check(
 *       "two rollouts, one success",
 *       5,
 *       ({ advantages }, t) => t.close(advantages([1, 0]), [0.5, -0.5]),
 *       "An advantage says how much better a rollout was than its group did on average: subtract the mean.",
 *     ),
 *     check(
 *       "sum to zero, whatever the returns",
 *       5,
 *       ({ advantages }, t) =>
 *         t.forAll(
 *           (random, size) => Array.from({ length: 1 + size }, () => random.between(0, 3)),
 *           (returns) => t.close(t.sum(advantages(returns)), 0, { what: "the sum of the advantages" }),
 *         ),
 *       "The mean is taken over the group, not over all it could be: its length differs from case to case.",
 *     ),
 *   ],
 *   wrong: {
 *     "forgets the baseline": "return [...returns];",
 *     "divides by two": "return returns.map((r) => r - (returns[0]! + (returns[1] ?? 0)) / 2);",
 *   },
 * });
 * ```
 *
 * **The solution cell** of `notebooks/solutions/02-….ipynb`. What stands between the delimiters is cut out of the
 * learners' copy; the lines after `// STUB:` take its place (default: `return notYet();`).
 *
 * ```ts
 * function advantages(returns: readonly number[]): number[] {
 *   // BEGIN SOLUTION
 *   // STUB: // How much better than the group's mean is each?
 *   // STUB: return notYet();
 *   const mean = returns.reduce((sum, r) => sum + r, 0) / returns.length;
 *   return returns.map((r) => r - mean);
 *   // END SOLUTION
 * }
 * ```
 *
 * A value instead of a function: `const ceiling = /* … *\/` is stubbed as `const ceiling = blank<number>();`.
 *
 * **The test cell** after it, nothing else in it: `await exercise("2.1", { advantages });`
 *
 * nbgrader's metadata (kinds, ids, points, checksums) is written by `arl release`. An untouched exercise is "not yet",
 * gives no points and lets Run All go on, so no later cell may need an answer.
 */
export function defineExercise<Answers>(spec: ExerciseSpec<Answers>): Exercise<Answers> {
  return { ...spec, points: spec.checks.reduce((sum, { points }) => sum + points, 0) };
}

export interface CheckOptions {
  /** Seconds after which it is given up; 20 by default. */
  seconds?: number;
}

/**
 * A check of values, properties, shapes or gradients. Every check gets the answers anew: functions that copy what
 * they are given, so that an answer that changes its input changes nothing else, and copies of plain values.
 *
 * @param run calls the answers, and compares by `t`. A promise that `t` returned need not be awaited.
 * @param hint what teaches, in a sentence or two. Say what to think of, not what to type.
 */
export function check<Answers>(
  title: string,
  points: number,
  run: (answers: Answers, t: Tools) => void | Promise<void>,
  hint: string,
  { seconds = 20 }: CheckOptions = {},
): Check<Answers> {
  return { title, points, run, hint, seconds, kind: "check" };
}

export interface LearningSpec<Answers> {
  /** One run each, in this order; the first that stays below `atLeast` ends the check. */
  seeds: readonly number[];
  /** What `outcome` has to reach on every seed. Chosen so that the reference passes on each of 20 seeds. */
  atLeast: number;
  /** What `outcome` measures, as a sentence's subject: "success on held-out episodes". */
  measure: string;
  /** Trains with the answers and measures: see {@link trainedSuccess}. */
  outcome: (answers: Answers, run: LearningRun) => Promise<number>;
  hint: string;
  /** Seconds for all seeds together; 120 by default. Meant for runs that hang: the work itself takes 20 at most. */
  seconds?: number;
}

/** One training run of a learning check. */
export interface LearningRun {
  seed: number;
  /** Aborts with the cell, and when the time is up. */
  signal: AbortSignal;
  /** Shows how far it is: a share from 0 to 1, and a few words. */
  progress(share: number, note?: string): void;
}

/** A check of what an agent learns by the learner's answer: a reward, an advantage, a memory. */
export function learns<Answers>(title: string, points: number, spec: LearningSpec<Answers>): Check<Answers> {
  const { seeds, atLeast, measure, outcome, hint, seconds = 120 } = spec;
  return {
    ...{ title, points, hint, seconds, kind: "learning", learning: spec },
    run: async (answers, t) => {
      for (const [index, seed] of seeds.entries()) {
        const place = seeds.length === 1 ? "" : `seed ${index + 1} of ${seeds.length}`;
        const reached = await outcome(answers, {
          ...{ seed, signal: t.signal },
          progress: (share, note = "") => {
            t.progress((index + share) / seeds.length, [place, note].filter(Boolean).join(", "));
          },
        });
        if (!(reached >= atLeast)) {
          t.fail({
            what: `${measure} stayed too low with seed ${seed}`,
            ...{ expected: `at least ${t.text(atLeast)}`, got: t.text(reached) },
          });
        }
      }
    },
  };
}
