/** What each source lists, month by month: where a list ends and where a field does. */
import type { Month } from "../../survey/columns.js";
import { requireMonth, requireOptions } from "../../survey/arguments.js";
import { worksBySource } from "../../survey/counts.js";
import type { ReadOptions } from "../../survey/read.js";
import { plural } from "../curves.js";
import { createFigure, ink, palette, type Figure, type PlotlyObject } from "../figure.js";
import { firstMonth, monthAxis, surveyMonth } from "./months.js";
import { and, monthName } from "./words.js";

export interface SourcesByMonthOptions extends ReadOptions {
  /** The first month drawn; what is earlier is counted in the subtitle. Default 2024-01. */
  from?: Month;
}

/**
 * Works per month by source, one panel a source on one scale, labelled or not. A work in several sources is
 * drawn in each panel. The numbers are those of {@link worksBySource}.
 *
 * @throws RangeError when no dated work is left to draw.
 */
export async function sourcesByMonth(options: SourcesByMonthOptions = {}): Promise<Figure> {
  requireOptions("figures.sourcesByMonth()", options, '{ from: "2025-01" }');
  requireMonth("figures.sourcesByMonth()", "from", options.from);
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
      ? `Every source lists most works for ${monthName(peaks[0]!)}`
      : `The sources list most works for ${and(peaks.toSorted().map(monthName))}`;
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
      `Bars of works per month, one panel a source, ${monthName(months[0]!)} to ${monthName(months.at(-1)!)}.`,
      ...last.map(({ source, works, month, peak }) =>
        month === undefined
          ? `${source}: none.`
          : `${source}: ${plural(works, "work")}, most in ${monthName(peak.month)} (${String(peak.works)}), the last in ${monthName(month)}.`,
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
