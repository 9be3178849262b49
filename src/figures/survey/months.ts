/** What figures of labels and of months have in common. */
import type { Month } from "../../survey/columns.js";
import type { Strength } from "../../survey/labels.js";
import type { PlotlyObject } from "../figure.js";

export const strengths: readonly Strength[] = ["strong", "weak"];

export const strengthText: Record<Strength, string> = {
  strong: "filed there by a source (strong labels)",
  weak: "only cited in that section (weak labels)",
};

export const kindText = { capability: "capability", task: "task domain" } as const;

export const scopeText = (inSurvey: boolean | null) =>
  inSurvey === null ? "works in all lists" : inSurvey ? "works in the survey" : "works outside the survey";

/** The month the survey was first posted: its arXiv id is 2509.02547. */
export const surveyMonth: Month = "2025-09";

/** The first month of the figures that are told no other. */
export const firstMonth: Month = "2024-01";

/** The time axis: one place a month, also for months without a bar. `anchor` is the panel it stands under. */
export function monthAxis(months: readonly string[], anchor: string): PlotlyObject {
  return {
    type: "category",
    categoryorder: "array",
    categoryarray: months,
    title: { text: "month (of the arXiv id, else the source's date)" },
    range: [-0.6, months.length - 0.4],
    anchor,
    tickangle: -45,
    dtick: months.length > 24 ? 3 : 1,
  };
}
