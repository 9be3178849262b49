import type { Lesson } from "../../../kernel-extensions/grading/exercise.js";
import { attackSuccess } from "./attack-success.js";
import { breakEven } from "./break-even.js";
import { entropy } from "./entropy.js";
import { nextStage } from "./next-stage.js";
import { passAtK } from "./pass-at-k.js";
import { poison } from "./poison.js";
import { verify } from "./verify.js";

/** Lesson 6: trust and scaling. */
export const challenges = {
  "6.1": verify,
  "6.2": attackSuccess,
  "6.3": poison,
  "6.4": breakEven,
  "6.5": entropy,
  "6.6": nextStage,
  "6.7": passAtK,
} as const satisfies Lesson;
