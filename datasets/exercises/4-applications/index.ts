import type { Lesson } from "../../../kernel-extensions/grading/exercise.js";
import { bestResponse } from "./best-response.js";
import { f1 } from "./f1.js";
import { formReward } from "./form-reward.js";
import { opponent } from "./opponent.js";
import { shaped } from "./shaped.js";
import { testsPassed } from "./tests-passed.js";
import { verify } from "./verify.js";

/** Lesson 4: task domains, and what each pays for. */
export const applications = {
  "4.1": f1,
  "4.2": testsPassed,
  "4.3": verify,
  "4.4": shaped,
  "4.5": formReward,
  "4.6": bestResponse,
  "4.7": opponent,
} as const satisfies Lesson;
