/** Beyond the survey: what the lists added after the survey's text. */
import type { Month } from "../../survey/columns.js";
import { labelText, paperLabels } from "../../survey/labels.js";
import { rows as readRows, type ReadOptions } from "../../survey/read.js";
import { capabilities, tasks } from "../../survey/rows.js";
import { createFigure, ink, type PlotlyObject } from "../figure.js";
import { divide, surveyFigure, type SurveyFigure } from "./drawn.js";
import { strengthFills } from "./growth-by-month.js";
import { and, commonest, monthName } from "./words.js";

/** The month of the survey's text that the data was read from. */
const surveyText: Month = "2025-11";

const strengths = ["strong", "weak"] as const;
const strengthText = {
  strong: "strong label: a source files it there",
  weak: "weak label: only cited in that section",
};

/**
 * Labels of the works in the survey beside those of the works that other lists date to its month or later, each
 * label on one line, strong and weak apart.
 *
 * Drawn: the rows of `papers` with a label that are in the survey, or that are not and dated 2025-11 or later.
 */
export async function sinceTheSurvey(options: ReadOptions = {}): Promise<SurveyFigure> {
  const all = await readRows("papers", options);
  const { drawn, account } = divide(
    "papers",
    all,
    ({ key }) => key,
    ({ in_survey, date, capability, task }) => {
      const labelled = capability.length + task.length > 0;
      if (in_survey) return labelled ? undefined : "in the survey, without a label";
      if (date === null) return "not in the survey, without a month";
      if (date < surveyText) return `not in the survey, dated before ${surveyText}`;
      return labelled ? undefined : `dated ${surveyText} or later, without a label`;
    },
  );
  const isSince = new Map(drawn.map((paper) => [paper.key, !paper.in_survey]));
  const labels = (await paperLabels(options)).filter(({ key }) => isSince.has(key));
  const rows = [...tasks, ...capabilities].map((label) => {
    const own = labels.filter((row) => row.label === label);
    const of = (since: boolean, strength: string) =>
      own.filter((row) => isSince.get(row.key) === since && row.strength === strength).length;
    return {
      label,
      kind: own[0]?.by ?? ((tasks as readonly string[]).includes(label) ? "task" : "capability"),
      ...{ survey_strong: of(false, "strong"), survey_weak: of(false, "weak") },
      ...{ since_strong: of(true, "strong"), since_weak: of(true, "weak") },
    };
  });
  const since = drawn.filter(({ in_survey }) => !in_survey).length;
  const unlabelled = account.left.find(({ reason }) => reason.startsWith("dated"))?.count ?? 0;
  const byTask = rows.filter(({ kind }) => kind === "task");
  const order = byTask.map((row) => row.since_strong + row.since_weak).sort((a, b) => b - a);
  const leaders = byTask.filter((row) => row.since_strong + row.since_weak >= Math.max(1, order[1] ?? 1));
  const title = `What happened since the survey? ${String(since + unlabelled)} works are new, most in ${and(
    leaders
      .sort((a, b) => b.since_strong + b.since_weak - a.since_strong - a.since_weak)
      .map((row) => `${labelText(row.label)} (${String(row.since_strong + row.since_weak)})`),
  )}`;
  const added = all.filter(({ in_survey, date }) => !in_survey && date !== null && date >= surveyText);
  const main = commonest(added.flatMap(({ sources }) => sources));
  const subtitle = [
    `Since: works of the other lists dated ${monthName(surveyText)} or later, ${String(main.count)} of them in source ${main.values.join(", ")}; ${String(unlabelled)} have no label.`,
    `A work counts once for each of its labels. The panels have scales of their own.`,
  ];
  const alt = [
    "Two panels of horizontal bars, works in the survey and works since.",
    ...rows.map(
      (row) =>
        `${labelText(row.label)}: in the survey ${String(row.survey_strong)} strong and ${String(row.survey_weak)} weak, since ${String(row.since_strong)} strong and ${String(row.since_weak)} weak.`,
    ),
  ].join(" ");
  const names = [
    rows.map(({ kind }) => (kind === "task" ? "task" : "capability")),
    rows.map(({ label }) => labelText(label)),
  ];
  const panels = [
    { name: "survey", heading: "in the survey", axis: "" },
    { name: "since", heading: `since ${monthName(surveyText)}`, axis: "2" },
  ] as const;
  const figure = createFigure({
    ...{ title, subtitle, alt },
    data: panels.flatMap(({ name, axis }) =>
      strengths.map((strength): PlotlyObject => {
        const values = rows.map((row) => row[`${name}_${strength}`]);
        return {
          type: "bar",
          orientation: "h",
          name: strengthText[strength],
          ...{ legendgroup: strength, showlegend: axis === "" },
          ...{ x: values.map((value) => (value === 0 ? null : value)), y: names },
          ...{ xaxis: `x${axis}`, yaxis: "y" },
          marker: { ...strengthFills[strength].marker, line: { color: ink, width: 0.5 } },
          text: values.map((value) => (value === 0 ? "" : String(value))),
          ...{ textposition: "auto", textangle: 0, insidetextanchor: "middle", textfont: { size: 12 } },
          insidetextfont: { color: strength === "strong" ? "#ffffff" : "#16191d" },
          hovertemplate: `%{y}: %{x} ${strength}<extra></extra>`,
        };
      }),
    ),
    layout: {
      ...{ height: 190 + 29 * rows.length, barmode: "stack", bargap: 0.22 },
      margin: { b: 100 },
      xaxis: { domain: [0, 0.48], title: { text: `works ${panels[0].heading}` }, rangemode: "tozero" },
      xaxis2: { domain: [0.53, 1], title: { text: `works ${panels[1].heading}` }, rangemode: "tozero" },
      yaxis: { type: "multicategory", autorange: "reversed", showgrid: false, ticklabelstandoff: 4 },
      legend: {
        ...{ orientation: "h", traceorder: "normal", font: { size: 13, color: ink } },
        ...{ x: 0, y: 0.01, yref: "container", yanchor: "bottom" },
      },
    },
  });
  return surveyFigure(figure, [account], rows);
}
