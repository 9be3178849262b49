import type { Lesson } from "../../../kernel-extensions/grading/exercise.js";
import { breakEven } from "./break-even.js";
import { guess } from "./guess.js";
import { nearest } from "./nearest.js";
import { plan } from "./plan.js";
import { price } from "./price.js";
import { remember } from "./remember.js";
import { rightSteps } from "./right-steps.js";

/** Lesson 3: capabilities. */
export const capabilities = {
  "3.1": plan,
  "3.2": breakEven,
  "3.3": price,
  "3.4": remember,
  "3.5": guess,
  "3.6": rightSteps,
  "3.7": nearest,
} as const satisfies Lesson;
