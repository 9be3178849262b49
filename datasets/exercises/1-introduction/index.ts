import type { Lesson } from "../../../kernel-extensions/grading/exercise.js";
import { blindGuess } from "./blind-guess.js";
import { discountedReturn } from "./discounted-return.js";
import { notepad } from "./notepad.js";
import { play } from "./play.js";
import { responseProbability } from "./response-probability.js";
import { reward } from "./reward.js";
import { tool } from "./tool.js";

/** Lesson 1: the paradigm shift. */
export const introduction = {
  "1.1": blindGuess,
  "1.2": responseProbability,
  "1.3": play,
  "1.4": discountedReturn,
  "1.5": reward,
  "1.6": tool,
  "1.7": notepad,
} as const satisfies Lesson;
