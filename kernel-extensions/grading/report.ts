/** What came of an exercise's checks: plain JSON, so that it can be made in one process and read in another. */

export type CheckStatus =
  | "passed"
  | "failed"
  /** A blank was met where the answer will be. */
  | "not yet"
  /** Under way, or its turn has not come. */
  | "running"
  | "waiting";

export interface CheckReport {
  title: string;
  /** Points given, and points there are. */
  points: number;
  outOf: number;
  status: CheckStatus;
  /** Of a failed check. */
  failure?: Failure;
  hint?: string;
  /** Of a check under way: a share from 0 to 1, and a few words. */
  progress?: { share: number; note: string };
  seconds?: number;
}

/** Why a check failed, in the learner's terms. Texts are short and on one line each. */
export interface Failure {
  /** What is the matter: "the sum of the advantages is not right". */
  what: string;
  /** The call that was judged: "advantages([1, 0])". */
  call?: string;
  expected?: string;
  got?: string;
}

export type ExerciseStatus = "passed" | "partly" | "failed" | "not yet" | "running" | "interrupted";

export interface ExerciseReport {
  id: string;
  title: string;
  status: ExerciseStatus;
  points: number;
  outOf: number;
  checks: CheckReport[];
}
