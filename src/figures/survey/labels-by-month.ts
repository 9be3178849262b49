/** Capabilities or task domains over time, strong labels apart from weak ones. */
import type { Month } from "../../survey/columns.js";
import {
  papersByMonth,
  requireMonthly,
  type MonthlyCounts,
  type MonthlyOptions,
} from "../../survey/counts.js";
import { labelsBy, labelText, type Strength } from "../../survey/labels.js";
import type { Label } from "../../survey/rows.js";
import { plural } from "../curves.js";
import { createFigure, ink, palette, type Figure, type PlotlyObject } from "../figure.js";
import {
  firstMonth,
  kindText,
  monthAxis,
  scopeText,
  strengths,
  strengthText,
  surveyMonth,
} from "./months.js";
import { and, capital, monthName, percent } from "./words.js";

const colours: Record<Label, string> = {
  planning: palette.yellow,
  tool_use: palette.blue,
  memory: palette.green,
  self_improvement: palette.purple,
  reasoning: palette.orange,
  perception: palette.sky,
  search: palette.blue,
  code: palette.orange,
  math: palette.green,
  gui: palette.purple,
  vision: palette.sky,
  embodied: palette.yellow,
  multi_agent: palette.vermilion,
  other: palette.grey,
};

export interface LabelsByMonthOptions extends MonthlyOptions {
  /** The first month drawn; what is earlier is counted in the subtitle. Default 2024-01. */
  from?: Month;
}

/**
 * Labels per month, stacked: strong labels in the upper panel, weak ones in the lower, on one scale. A work
 * with several labels is drawn once for each. The numbers are those of {@link papersByMonth} with the same
 * options, `from` included.
 *
 * @throws RangeError when no dated work is left to draw, or when an option is unknown.
 */
export async function labelsByMonth(options: LabelsByMonthOptions): Promise<Figure> {
  requireMonthly("figures.labelsByMonth()", options);
  const from = options.from ?? firstMonth;
  const counted = await papersByMonth({ ...options, from });
  const { perMonth: drawn, labels: total } = counted;
  if (total === 0) throw new RangeError(`no labelled work is dated ${from} or later`);
  const months = drawn.map(({ month }) => month);
  const drawnStrengths = counted.strength === "any" ? strengths : [counted.strength];
  const kind = kindText[counted.by];

  const most = Math.max(...drawn.map(({ labels }) => labels));
  const peaks = drawn.filter(({ labels }) => labels === most).map(({ month }) => monthName(month));
  const each = peaks.length === 1 ? "" : " each";
  const title = `${capital(kind)} labels peak in ${and(peaks)}: ${String(most)}${each} of ${String(total)} drawn (${percent(most, total)}${each})`;
  const scope = `${capital(scopeText(counted.inSurvey))}, ${drawn[0]!.month} to ${drawn.at(-1)!.month}: ${plural(total, "label")} of ${plural(counted.papers, "work")}, each label drawn once.`;
  const left = `Works not drawn: ${String(counted.undated.length)} without a month, ${String(counted.earlier.length)} dated before ${from}.`;

  const panels = drawnStrengths.map((strength, index) => panel(counted, months, strength, index));
  const maxima = drawnStrengths.map((strength) => totals(counted, (count) => count.strength === strength));
  const alt = [
    `Stacked bars of labels per month by ${kind}, ${String(months.length)} months from ${monthName(months[0]!)} to ${monthName(months.at(-1)!)}.`,
    scope,
    ...drawnStrengths.map(
      (strength, index) => `${capital(strengthText[strength])}: ${list(maxima[index]!) || "none"}.`,
    ),
    `${title}.`,
    left,
  ].join(" ");

  // A row over the first panel for its title: what belongs to the dotted line stands above that row.
  const two = drawnStrengths.length > 1;
  const [gap, row] = [0.12, two ? 0.055 : 0.09];
  const height = (1 - row - gap * (drawnStrengths.length - 1)) / drawnStrengths.length;
  const axes: PlotlyObject = {};
  const annotations: PlotlyObject[] = [];
  for (const [index, strength] of drawnStrengths.entries()) {
    const top = 1 - row - index * (height + gap);
    axes[index === 0 ? "yaxis" : `yaxis${String(index + 1)}`] = {
      domain: [Math.max(0, top - height), top],
      title: { text: "labels per month" },
      rangemode: "tozero",
      ...(index > 0 && { matches: "y" }),
    };
    annotations.push({
      text: `<b>${capital(strengthText[strength])}</b>`,
      ...{ x: 0, xref: "paper", xanchor: "left", y: top, yref: "paper", yanchor: "bottom" },
      ...{ showarrow: false, font: { size: 13, color: ink } },
    });
  }
  const shapes: PlotlyObject[] = [];
  if (months.includes(surveyMonth)) {
    // One piece a panel: the lower panel's title stays clear of it.
    for (const index of drawnStrengths.keys()) {
      const top = 1 - row - index * (height + gap);
      shapes.push({
        type: "line",
        ...{
          x0: surveyMonth,
          x1: surveyMonth,
          xref: "x",
          y0: Math.max(0, top - height),
          y1: top,
          yref: "paper",
        },
        line: { color: ink, width: 1, dash: "dot" },
        layer: "below",
      });
    }
    annotations.push({
      text: "dotted line: survey posted",
      ...{ x: 1, xref: "paper", xanchor: "right" },
      ...{ y: 1, yref: "paper", yanchor: "bottom" },
      ...{ showarrow: false, font: { size: 12, color: ink } },
    });
  }
  return createFigure({
    title,
    subtitle: [scope, left],
    alt,
    data: panels.flat(),
    layout: {
      barmode: "stack",
      bargap: 0.15,
      height: two ? 620 : 440,
      xaxis: monthAxis(months, two ? "y2" : "y"),
      ...axes,
      legend: { title: { text: kind }, traceorder: "reversed", font: { size: 13 } },
      annotations,
      shapes,
    },
  });
}

/** The stacked traces of one strength; each label once in the legend. */
function panel(
  counted: MonthlyCounts,
  months: readonly Month[],
  strength: Strength,
  index: number,
): PlotlyObject[] {
  return labelsBy(counted.by).map((label) => {
    const counts = new Map(
      counted.counts
        .filter((count) => count.label === label && count.strength === strength)
        .map((count) => [count.month, count.papers]),
    );
    return {
      type: "bar",
      name: labelText(label),
      legendgroup: label,
      showlegend: index === 0,
      x: months,
      // null, not 0: a bar of no height would still draw its outline.
      y: months.map((month) => counts.get(month) ?? null),
      xaxis: "x",
      yaxis: index === 0 ? "y" : `y${String(index + 1)}`,
      marker: { color: colours[label], line: { color: ink, width: 0.5 } },
      hovertemplate: `%{x}, ${labelText(label)}: %{y} (${strength})<extra></extra>`,
    };
  });
}

/** Counts summed by label, largest first. */
function totals(
  { by, counts }: MonthlyCounts,
  keep: (count: MonthlyCounts["counts"][number]) => boolean,
): { label: Label; papers: number }[] {
  return labelsBy(by)
    .map((label) => ({
      label,
      papers: counts
        .filter((count) => count.label === label && keep(count))
        .reduce((sum, count) => sum + count.papers, 0),
    }))
    .filter(({ papers }) => papers > 0)
    .sort((a, b) => b.papers - a.papers);
}

const list = (counts: { label: Label; papers: number }[]) =>
  counts.map(({ label, papers }) => `${labelText(label)} ${String(papers)}`).join(", ");
