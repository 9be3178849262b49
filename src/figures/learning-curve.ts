/** How a metric moves while an agent learns. */
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
  type Curve,
  type Runs,
  type XAxis,
} from "./curves.js";
import { createFigure, escapeText, ink, wrap, type Figure, type PlotlyObject } from "./figure.js";
import { metricWords, valueText } from "./metrics.js";
import { requireOneOf } from "../survey/arguments.js";

/** A level to compare with: chance, the optimum, the warm start. */
export interface Reference {
  readonly name: string;
  readonly value: number;
}

export interface LearningCurveOptions {
  /** Which metric; default `rollout/success`. */
  metric?: string;
  /** Updates (default), or seconds since training began, averaged over the seeds at each update. */
  x?: XAxis;
  /** Points in a centred moving average of each seed; default 1, none. The unsmoothed mean stays as a faint line. */
  smoothing?: number;
  /** Drawn as dotted lines. */
  references?: readonly Reference[];
  /** States the finding; by default written from the data. */
  title?: string;
}

const [plotHeight, rightMargin] = [280, 105];

/**
 * Lines of one metric, one a name: the mean over seeds with the 95 % t-interval of the mean as a band (none for
 * a single seed). Only updates that all seeds of a name have are drawn. Success is drawn from 0 to 1 and its
 * bands are cut there.
 *
 * @param runs for each name (environment, algorithm, ablation …) one array of steps a seed.
 * @throws RangeError for no runs, an unknown metric (with the nearest name), one without finite values, or a
 * reference that is no number; TypeError for runs that are not arrays of arrays.
 */
export function learningCurve(runs: Runs, options: LearningCurveOptions = {}): Figure {
  const { metric = "rollout/success", x = "updates", smoothing = 1, references = [] } = options;
  requireRuns("learningCurve()", runs);
  requireOneOf("learningCurve()", "x", x, ["updates", "seconds"]);
  for (const { name, value } of references) {
    if (!Number.isFinite(value))
      throw new RangeError(
        `learningCurve(): reference "${name}" must be a finite number, not ${String(value)}`,
      );
  }
  const curves = curvesOf("learningCurve()", runs, metric, smoothing);
  const words = metricWords(metric);
  const title = options.title ?? finding(curves, metric, x);
  const subtitle = curveNotes(curves, smoothing);
  const range = yRange(
    curves,
    metric,
    smoothing > 1,
    references.map(({ value }) => value),
  );
  const bottom = heightBelow(Object.keys(runs));
  return createFigure({
    title,
    subtitle,
    alt: [
      `Learning curve: ${words.axis} against ${x === "updates" ? "updates" : "seconds of training"}.`,
      ...curves.map((curve) => describe(curve, metric)),
      ...references.map(({ name, value }) => `${name}: ${valueText(value, words.share)}.`),
      ...subtitle,
    ].join(" "),
    data: curves.flatMap((curve, index) =>
      curveTraces(curve, index, metric, { x, smoothed: smoothing > 1, legend: curves.length > 1 }),
    ),
    layout: {
      height: plotHeight + bottom + 63 + 19 * subtitle.length + 23 * (wrap(title, 60).length - 1),
      margin: { b: bottom, ...(references.length > 0 && { r: rightMargin }) },
      xaxis: { ...xAxis(curves, x), title: { text: xTitle(x) } },
      yaxis: { title: { text: words.axis }, range, zeroline: false, exponentformat: "power" },
      legend: legendBelow,
      hovermode: "closest",
      ...drawn(references, range, words.share),
    },
  });
}

/** Dotted lines with their names in the right margin, pushed apart where they would touch. */
function drawn(
  references: readonly Reference[],
  range: readonly [number, number],
  share: boolean,
): PlotlyObject {
  const perUnit = plotHeight / (range[1] - range[0]);
  const labels = references
    .map(({ name, value }) => ({
      value,
      // Lines of 12 px take 15.
      lines: wrap(`${name} ${valueText(value, share)}`, 14),
      at: (value - range[0]) * perUnit,
    }))
    .sort((a, b) => a.value - b.value);
  for (const [i, label] of labels.entries()) {
    const below = labels[i - 1];
    if (below !== undefined)
      label.at = Math.max(label.at, below.at + (15 * (below.lines.length + label.lines.length)) / 2);
  }
  return {
    shapes: references.map(({ value }) => ({
      type: "line",
      ...{ x0: 0, x1: 1, xref: "paper", y0: value, y1: value, yref: "y" },
      line: { color: ink, width: 1.5, dash: "dot" },
      layer: "below",
    })),
    annotations: labels.map(({ lines, at }) => ({
      text: lines.map(escapeText).join("<br>"),
      ...{ x: 1, xref: "paper", xanchor: "left", xshift: 6, align: "left" },
      ...{ y: at / plotHeight, yref: "paper", yanchor: "middle" },
      ...{ showarrow: false, font: { size: 12, color: ink } },
    })),
  };
}

/** The sentence over the curves. */
function finding(curves: readonly Curve[], metric: string, x: XAxis): string {
  const seeds = `(${seedsText(curves)})`;
  const { name, share } = metricWords(metric);
  const [first] = curves;
  if (curves.length === 1)
    return `${first!.name}: ${changeText(first!, metric)} ${spent(first!, x)} ${seeds}`;
  const ranked = curves
    .map((curve) => ({ name: curve.name, value: curve.points.at(-1)!.mean }))
    .sort((a, b) => b.value - a.value);
  const text = (part: typeof ranked) =>
    part.map((curve) => `${curve.name} ${valueText(curve.value, share)}`).join(", ");
  const values =
    ranked.length <= 4
      ? text(ranked)
      : `highest ${text(ranked.slice(0, 1))}, lowest ${text(ranked.slice(-1))}`;
  const spans = new Set(curves.map((curve) => spent(curve, x)));
  const when =
    spans.size === 1 && x === "updates" ? ` ${[...spans][0]!.replace(/^in/, "after")}` : " at the end";
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}${when}: ${values} ${seeds}`;
}

/** "in 80 updates", "in 41 s"; of a single point "at update 0". */
function spent({ points }: Curve, x: XAxis): string {
  const [first, last] = [points[0]!, points.at(-1)!];
  if (first === last) return `at update ${String(first.update)}`;
  return x === "updates"
    ? `in ${plural(last.update - first.update + 1, "update")}`
    : `in ${valueText(last.seconds - first.seconds, false)} s`;
}

/** A curve in words: its ends, its interval, its best. */
function describe(curve: Curve, metric: string): string {
  const { share } = metricWords(metric);
  const last = curve.points.at(-1)!;
  const best = curve.points.reduce((a, b) => (b.mean > a.mean ? b : a));
  const interval =
    curve.seeds > 1
      ? ` (95 % interval at the end ${valueText(last.low, share)} to ${valueText(last.high, share)})`
      : "";
  return `${curve.name}, ${plural(curve.seeds, "seed")}, updates ${String(curve.points[0]!.update)} to ${String(last.update)}: ${changeText(curve, metric)}${interval}, highest ${valueText(best.mean, share)} at update ${String(best.update)}.`;
}
