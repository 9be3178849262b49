/** Several metrics of the same runs, one small panel each. */
import { requireOneOf } from "../survey/arguments.js";
import {
  changeText,
  curveNotes,
  curvesOf,
  curveTraces,
  heightBelow,
  legendBelow,
  plural,
  requireRuns,
  seedsText,
  xAxis,
  xTitle,
  yRange,
  type Runs,
  type XAxis,
} from "./curves.js";
import { createFigure, ink, wrap, type Figure, type PlotlyObject } from "./figure.js";
import { metricWords, valueText } from "./metrics.js";

export interface MetricCurvesOptions {
  /** One panel each, row by row: e.g. `policy/entropy`, `rollout/tokens`, `policy/clip_fraction`. */
  metrics: readonly string[];
  /** Updates (default), or seconds since training began, averaged over the seeds at each update. */
  x?: XAxis;
  /** Points in a centred moving average of each seed; default 1, none. */
  smoothing?: number;
  /** States the finding; by default written from the data. */
  title?: string;
}

const [panelHeight, gapHeight] = [150, 52];

/**
 * Small multiples: lines and bands as in {@link learningCurve}, a panel a metric, on one x axis.
 *
 * @param runs for each name one array of steps a seed.
 * @throws RangeError for no runs, no metrics, a metric named twice or unknown (with the nearest name), or one
 * without finite values; TypeError for runs that are not arrays of arrays.
 */
export function metricCurves(runs: Runs, options: MetricCurvesOptions): Figure {
  const { metrics, x = "updates", smoothing = 1 } = options;
  requireRuns("metricCurves()", runs);
  requireOneOf("metricCurves()", "x", x, ["updates", "seconds"]);
  if (metrics.length === 0)
    throw new RangeError('metricCurves(): metrics is empty; name some, e.g. "policy/entropy"');
  const twice = metrics.find((metric, i) => metrics.indexOf(metric) < i);
  if (twice !== undefined) throw new RangeError(`metricCurves(): metrics names "${twice}" twice`);
  const panels = metrics.map((metric) => ({
    metric,
    words: metricWords(metric),
    curves: curvesOf("metricCurves()", runs, metric, smoothing),
  }));
  const names = Object.keys(runs);
  const bottom = heightBelow(names);
  const columns = panels.length === 1 ? 1 : 2;
  const rows = Math.ceil(panels.length / columns);
  const all = panels.flatMap(({ curves }) => curves);
  const title = options.title ?? finding(panels, names);
  // Which seed ends early is the same in every panel; what is missing differs.
  const notes = panels.map(({ curves }) => curveNotes(curves, smoothing));
  const subtitle = notes.reduce((a, b) => (b.join(" ").length > a.join(" ").length ? b : a));

  const top = 90 + 19 * subtitle.length + 23 * (wrap(title, 60).length - 1);
  const height = rows * panelHeight + (rows - 1) * gapHeight;
  const axes: PlotlyObject = {};
  const annotations: PlotlyObject[] = [];
  const shared = xAxis(all, x);
  for (const [i, { metric, words, curves }] of panels.entries()) {
    const suffix = i === 0 ? "" : String(i + 1);
    const [row, column] = [Math.floor(i / columns), i % columns];
    const left = column === 0 ? 0 : 0.55;
    const right = columns === 1 ? 1 : column === 0 ? 0.45 : 1;
    const ceiling = 1 - (row * (panelHeight + gapHeight)) / height;
    // The lowest panel of each column carries the ticks' unit.
    const lowest = i + columns >= panels.length;
    axes[`xaxis${suffix}`] = {
      domain: [left, right],
      anchor: `y${suffix}`,
      ...shared,
      nticks: 6,
      ...(i > 0 && { matches: "x" }),
      ...(lowest && { title: { text: xTitle(x) } }),
    };
    axes[`yaxis${suffix}`] = {
      domain: [Math.max(0, ceiling - panelHeight / height), ceiling],
      anchor: `x${suffix}`,
      range: yRange(curves, metric, smoothing > 1),
      nticks: 5,
      zeroline: false,
      exponentformat: "power",
    };
    annotations.push({
      text: words.axis,
      ...{ x: left, xref: "paper", xanchor: "left", y: ceiling, yref: "paper", yanchor: "bottom", yshift: 3 },
      ...{ showarrow: false, font: { size: 13, color: ink } },
    });
  }
  return createFigure({
    title,
    subtitle,
    alt: [
      `${plural(panels.length, "panel")} against ${x === "updates" ? "updates" : "seconds of training"}, ${seedsText(all)}.`,
      ...panels.map(
        ({ metric, words, curves }) =>
          `${words.axis}: ${curves.map((curve) => `${curve.name}, ${changeText(curve, metric)}`).join("; ")}.`,
      ),
      ...subtitle,
    ].join(" "),
    data: panels.flatMap(({ metric, curves }, i) => {
      const suffix = i === 0 ? "" : String(i + 1);
      return curves.flatMap((curve, index) =>
        curveTraces(curve, index, metric, {
          x,
          smoothed: smoothing > 1,
          axes: { xaxis: `x${suffix}`, yaxis: `y${suffix}` },
          legend: i === 0 && names.length > 1,
        }),
      );
    }),
    layout: {
      height: height + bottom + top,
      margin: { b: bottom, t: top },
      ...axes,
      annotations,
      legend: legendBelow,
    },
  });
}

/** The sentence over the panels: what one name's metrics did, or whose metrics these are. */
function finding(
  panels: readonly { metric: string; curves: ReturnType<typeof curvesOf> }[],
  names: readonly string[],
): string {
  if (names.length === 1) {
    return `${names[0]!}: ${panels.map(({ metric, curves }) => changeText(curves[0]!, metric)).join(", ")}`;
  }
  const said = panels.map(({ metric, curves }, i) => {
    const { name, share } = metricWords(metric);
    const ends = curves.map((curve) => valueText(curve.points.at(-1)!.mean, share));
    // The names once: the other metrics follow in the same order.
    return `${name} ${(i === 0 ? ends.map((end, at) => `${end} (${names[at]!})`) : ends).join(", ")}`;
  });
  return `At the end: ${said.join("; ")}`;
}
