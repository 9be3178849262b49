/** The survey's landscape drawn. Titles are sentences computed from the counts that the bars show. */
import { createFigure, ink, palette, type Figure, type PlotlyObject } from "../figures/figure.js";
import { requireFlag, requireMonth, requireOneOf, requireOptions } from "./arguments.js";
import type { Month } from "./columns.js";
import {
  papersByMonth,
  requireMonthly,
  worksBySource,
  type MonthlyCounts,
  type MonthlyOptions,
} from "./counts.js";
import { labelKinds, labelsBy, labelText, paperLabels, type Strength } from "./labels.js";
import type { ReadOptions } from "./read.js";
import type { Label } from "./rows.js";

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

const strengthText: Record<Strength, string> = {
  strong: "filed there by a source (strong labels)",
  weak: "only cited in that section (weak labels)",
};

const strengths: readonly Strength[] = ["strong", "weak"];

const kindText = { capability: "capability", task: "task domain" } as const;

/** The month the survey was first posted: its arXiv id is 2509.02547. */
const surveyMonth: Month = "2025-09";

export interface LabelsFigureOptions extends ReadOptions {
  by: "capability" | "task";
  inSurvey?: boolean;
}

export interface MonthFigureOptions extends MonthlyOptions {
  /** The first month drawn; what is earlier is counted in the subtitle. Default 2024-01. */
  from?: Month;
}

export interface SourcesFigureOptions extends ReadOptions {
  /** The first month drawn; what is earlier is counted in the subtitle. Default 2024-01. */
  from?: Month;
}

/** The first month of the figures that are told no other. */
const firstMonth: Month = "2024-01";

/** `2025-05` → "May 2025". */
export function monthText(month: Month): string {
  const name = new Date(`${month}-01T00:00:00Z`).toLocaleString("en", { month: "long", timeZone: "UTC" });
  return `${name} ${month.slice(0, 4)}`;
}

const percent = (part: number, whole: number) => `${String(Math.round((100 * part) / whole))} %`;

const plural = (count: number, noun: string) => `${String(count)} ${noun}${count === 1 ? "" : "s"}`;

const scopeText = (inSurvey: boolean | null) =>
  inSurvey === null ? "works in all lists" : inSurvey ? "works in the survey" : "works outside the survey";

/** "a", "a and b", "a, b and c". */
const and = (words: readonly string[]) =>
  [words.slice(0, -1).join(", "), words.at(-1)].filter((word) => word).join(" and ");

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * Labels per month, stacked: strong labels in the upper panel, weak ones in the lower, on one scale. A work
 * with several labels is drawn once for each. The numbers are those of {@link papersByMonth} with the same
 * options, `from` included.
 *
 * @throws RangeError when no dated work is left to draw, or when an option is unknown.
 */
export async function papersByMonthFigure(options: MonthFigureOptions): Promise<Figure> {
  requireMonthly("papersByMonthFigure()", options);
  const from = options.from ?? firstMonth;
  const counted = await papersByMonth({ ...options, from });
  const { perMonth: drawn, labels: total } = counted;
  if (total === 0) throw new RangeError(`no labelled work is dated ${from} or later`);
  const months = drawn.map(({ month }) => month);
  const drawnStrengths = counted.strength === "any" ? strengths : [counted.strength];
  const kind = kindText[counted.by];

  const most = Math.max(...drawn.map(({ labels }) => labels));
  const peaks = drawn.filter(({ labels }) => labels === most).map(({ month }) => monthText(month));
  const each = peaks.length === 1 ? "" : " each";
  const title = `${capital(kind)} labels peak in ${and(peaks)}: ${String(most)}${each} of ${String(total)} drawn (${percent(most, total)}${each})`;
  const scope = `${capital(scopeText(counted.inSurvey))}, ${drawn[0]!.month} to ${drawn.at(-1)!.month}: ${plural(total, "label")} of ${plural(counted.papers, "work")}, each label drawn once.`;
  const left = `Works not drawn: ${String(counted.undated.length)} without a month, ${String(counted.earlier.length)} dated before ${from}.`;

  const panels = drawnStrengths.map((strength, index) => panel(counted, months, strength, index));
  const maxima = drawnStrengths.map((strength) => totals(counted, (count) => count.strength === strength));
  const alt = [
    `Stacked bars of labels per month by ${kind}, ${String(months.length)} months from ${monthText(months[0]!)} to ${monthText(months.at(-1)!)}.`,
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

/**
 * Works per month by source, one panel a source on one scale, labelled or not. A work in several sources is
 * drawn in each panel. The numbers are those of {@link worksBySource}.
 *
 * @throws RangeError when no dated work is left to draw.
 */
export async function sourcesFigure(options: SourcesFigureOptions = {}): Promise<Figure> {
  requireOptions("sourcesFigure()", options, '{ from: "2025-01" }');
  requireMonth("sourcesFigure()", "from", options.from);
  const from = options.from ?? firstMonth;
  const panels = (await worksBySource(options)).map(({ source, undated, perMonth }) => ({
    source,
    undated,
    drawn: perMonth.filter(({ month }) => month >= from),
    earlier: perMonth.reduce((sum, { month, works }) => sum + (month < from ? works : 0), 0),
  }));
  const months = panels[0]!.drawn.map(({ month }) => month);
  const last = panels.map(({ source, drawn }) => ({
    source,
    works: drawn.reduce((sum, { works }) => sum + works, 0),
    month: drawn.findLast(({ works }) => works > 0)?.month,
    peak: drawn.reduce((a, b) => (b.works > a.works ? b : a), { month: from, works: 0 }),
  }));
  if (last.every(({ works }) => works === 0)) throw new RangeError(`no work is dated ${from} or later`);
  const peaks = [...new Set(last.filter(({ works }) => works > 0).map(({ peak }) => peak.month))];
  const title =
    peaks.length === 1
      ? `Every source lists most works for ${monthText(peaks[0]!)}`
      : `The sources list most works for ${and(peaks.toSorted().map(monthText))}`;
  const left = (count: "undated" | "earlier") =>
    panels.map((panel) => `${panel.source} ${String(panel[count])}`).join(", ");
  const subtitle = [
    `All works, ${months[0]!} to ${months.at(-1)!}; a work in several sources is drawn in each.`,
    `Not drawn, without a month: ${left("undated")}.`,
    `Not drawn, before ${from}: ${left("earlier")}.`,
  ];
  const gap = 0.04;
  const height = (1 - gap * (panels.length - 1)) / panels.length;
  const axes: PlotlyObject = {};
  const annotations: PlotlyObject[] = [];
  for (const [index, { source }] of panels.entries()) {
    const top = 1 - index * (height + gap);
    axes[index === 0 ? "yaxis" : `yaxis${String(index + 1)}`] = {
      domain: [Math.max(0, top - height), top],
      rangemode: "tozero",
      nticks: 4,
      ...(index === 2 && { title: { text: "works per month" } }),
      ...(index > 0 && { matches: "y" }),
    };
    annotations.push({
      text: `<b>${source}</b>`,
      ...{ x: 0.01, xref: "paper", xanchor: "left", y: top, yref: "paper", yanchor: "top" },
      ...{ showarrow: false, font: { size: 14, color: ink } },
    });
  }
  const posted = months.includes(surveyMonth);
  if (posted) {
    annotations.push({
      text: "dotted line: survey posted",
      ...{ x: 1, xref: "paper", xanchor: "right", y: 1, yref: "paper", yanchor: "bottom" },
      ...{ showarrow: false, font: { size: 12, color: ink } },
    });
  }
  return createFigure({
    title,
    subtitle,
    alt: [
      `Bars of works per month, one panel a source, ${monthText(months[0]!)} to ${monthText(months.at(-1)!)}.`,
      ...last.map(({ source, works, month, peak }) =>
        month === undefined
          ? `${source}: none.`
          : `${source}: ${plural(works, "work")}, most in ${monthText(peak.month)} (${String(peak.works)}), the last in ${monthText(month)}.`,
      ),
      ...subtitle,
    ].join(" "),
    data: panels.map(({ source, drawn }, index) => ({
      type: "bar",
      name: source,
      x: months,
      y: drawn.map(({ works }) => (works === 0 ? null : works)),
      xaxis: "x",
      yaxis: index === 0 ? "y" : `y${String(index + 1)}`,
      marker: { color: palette.blue, line: { color: ink, width: 0.5 } },
      hovertemplate: `%{x}, ${source}: %{y}<extra></extra>`,
    })),
    layout: {
      bargap: 0.15,
      height: 640,
      showlegend: false,
      xaxis: monthAxis(months, `y${String(panels.length)}`),
      ...axes,
      annotations,
      shapes: posted
        ? [
            {
              type: "line",
              ...{ x0: surveyMonth, x1: surveyMonth, xref: "x", y0: 0, y1: 1, yref: "paper" },
              line: { color: ink, width: 1, dash: "dot" },
              layer: "below",
            },
          ]
        : [],
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

/**
 * One bar a label, its strong part and its weak part side by side in one stack. Works without a month are
 * counted here: nothing is left out.
 *
 * @throws RangeError when an option is unknown.
 */
export async function labelsFigure(options: LabelsFigureOptions): Promise<Figure> {
  requireOptions("labelsFigure()", options, '{ by: "capability" }');
  const { by, inSurvey } = options;
  requireOneOf("labelsFigure()", "by", by, labelKinds);
  requireFlag("labelsFigure()", "inSurvey", inSurvey);
  const all = (await paperLabels(options)).filter(
    (row) => row.by === by && (inSurvey === undefined || row.in_survey === inSurvey),
  );
  if (all.length === 0) throw new RangeError("no work with such a label");
  const count = (label: Label, strength: Strength) =>
    all.filter((row) => row.label === label && row.strength === strength).length;
  const bars = labelsBy(by)
    .map((label) => ({ label, strong: count(label, "strong"), weak: count(label, "weak") }))
    .sort((a, b) => a.strong + a.weak - (b.strong + b.weak));
  const kind = kindText[by];
  const works = new Set(all.map((row) => row.key)).size;
  const weak = all.filter((row) => row.strength === "weak").length;
  const sizes = bars.map((bar) => bar.strong + bar.weak);
  const of = (size: number) =>
    bars.filter((bar) => bar.strong + bar.weak === size).map((bar) => labelText(bar.label));
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const leaders = of(most);
  const title = `${capital(and(leaders))} ${leaders.length === 1 ? "has" : "have"} most labels (${String(most)}), ${and(of(least))} fewest (${String(least)}); ${percent(weak, all.length)} of labels are weak`;
  const onlyWeak = bars.filter((bar) => bar.strong === 0 && bar.weak > 0).map((bar) => labelText(bar.label));
  const subtitle = [
    `${capital(scopeText(inSurvey ?? null))}: ${plural(works, "work")} with a ${kind} label, ${String(all.length)} labels in all.`,
    ...(onlyWeak.length > 0 ? [`Only weak labels: ${onlyWeak.join(", ")}.`] : []),
  ];
  const alt = `Horizontal bars, one a ${kind}. ${bars
    .toReversed()
    .map((bar) => `${capital(labelText(bar.label))}: ${String(bar.strong)} strong, ${String(bar.weak)} weak.`)
    .join(" ")} ${subtitle.join(" ")}`;
  const fills = { strong: palette.blue, weak: palette.orange };
  return createFigure({
    title,
    subtitle,
    alt,
    data: strengths.map((strength) => ({
      type: "bar",
      orientation: "h",
      name: strengthText[strength],
      x: bars.map((bar) => bar[strength]),
      y: bars.map((bar) => labelText(bar.label)),
      marker: {
        color: fills[strength],
        line: { color: ink, width: 0.5 },
        ...(strength === "weak" && {
          pattern: { shape: "/", size: 8, solidity: 0.2, fillmode: "overlay", fgcolor: "rgba(0,0,0,0.45)" },
        }),
      },
      text: bars.map((bar) => (bar[strength] === 0 ? "" : String(bar[strength]))),
      textposition: "auto",
      insidetextfont: { color: strength === "strong" ? "#ffffff" : "#111111" },
      textangle: 0,
      hovertemplate: `%{y}: %{x} ${strength}<extra></extra>`,
    })),
    layout: {
      barmode: "stack",
      height: 190 + 38 * bars.length,
      margin: { b: 100 },
      xaxis: { title: { text: "works with the label" }, rangemode: "tozero" },
      yaxis: { ticklabelstandoff: 6 },
      legend: {
        ...{ orientation: "h", traceorder: "normal", font: { size: 13 } },
        ...{ x: 0, y: 0.01, yref: "container", yanchor: "bottom" },
      },
    },
  });
}

/** The time axis: one place a month, also for months without a bar. `anchor` is the panel it stands under. */
function monthAxis(months: readonly string[], anchor: string): PlotlyObject {
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
