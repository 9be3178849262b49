import type { Lesson } from "../../../kernel-extensions/grading/exercise.js";
import { clippedLoss } from "./clipped-loss.js";
import { dpoLoss } from "./dpo-loss.js";
import { gae } from "./gae.js";
import { groupAdvantages } from "./group-advantages.js";
import { leaveOneOut } from "./leave-one-out.js";
import { returnsToGo } from "./returns-to-go.js";
import { scoreFunction } from "./score-function.js";
import { updateBelief } from "./update-belief.js";

/** Lesson 2: the decision process, and the algorithms from nothing. */
export const preliminaries = {
  "2.1": updateBelief,
  "2.2": returnsToGo,
  "2.3": scoreFunction,
  "2.4": leaveOneOut,
  "2.5": gae,
  "2.6": clippedLoss,
  "2.7": dpoLoss,
  "2.8": groupAdvantages,
} as const satisfies Lesson;
