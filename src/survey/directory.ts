import { join } from "node:path";
import { datasetsDirectory } from "../datasets.js";

/** The folder of the survey's tables. */
export function surveyDirectory(): string {
  return join(datasetsDirectory(), "survey");
}
