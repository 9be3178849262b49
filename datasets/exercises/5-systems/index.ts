import type { Lesson } from "../../../kernel-extensions/grading/exercise.js";
import { change } from "./change.js";
import { header } from "./header.js";
import { parting } from "./parting.js";
import { safe } from "./safe.js";
import { shares } from "./shares.js";
import { staleness } from "./staleness.js";

/** Lesson 5: environments and frameworks. */
export const systems = {
  "5.1": safe,
  "5.2": change,
  "5.3": shares,
  "5.4": parting,
  "5.5": header,
  "5.6": staleness,
} as const satisfies Lesson;
