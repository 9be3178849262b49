import type { Failure } from "../report.js";

/** What a check throws when an answer is wrong. */
export class Mismatch extends Error {
  override readonly name = "Mismatch";
  constructor(readonly failure: Failure) {
    super(failure.what);
  }
}
