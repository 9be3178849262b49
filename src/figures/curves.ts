/** From the records of training runs to curves: mean and interval over seeds, ready for drawing. */
import { meanInterval, type Interval } from "../statistics.js";
import { escapeText, ink, palette, wrap, type PlotlyObject } from "./figure.js";
import { metricWords, requireMetric, valueText } from "./metrics.js";

/** What a training step leaves for a figure. */
export interface RecordedStep {
  /** Number of the update, from 0. */
  readonly update: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Seconds since training began. */
  readonly seconds: number;
}

/**
 * Runs by the name of what they show (environment, algorithm, ablation …): for each name one array of steps a
 * seed, e.g. `{ grpo: [stepsOfSeed1, stepsOfSeed2] }`.
 */
export type Runs = Readonly<Record<string, readonly (readonly RecordedStep[])[]>>;

/** What is counted from left to right. */
export type XAxis = "updates" | "seconds";

/** One metric of one name. */
export interface Curve {
  readonly name: string;
  readonly seeds: number;
  /** One point for each update at which every seed has a finite value. */
  readonly points: readonly CurvePoint[];
  /** Updates at which a seed recorded the metric, but not as a finite number. */
  readonly missing: number;
  /** The last update of the shortest and of the longest seed. */
  readonly ends: readonly [number, number];
}

export interface CurvePoint extends Interval {
  readonly update: number;
  /** Mean over the seeds of the seconds at which they finished the update. */
  readonly seconds: number;
  /** Mean without smoothing. */
  readonly raw: number;
  /** An update between this point and the one before holds a value that is not finite. */
  readonly gap: boolean;
}

/**
 * Refuses runs that cannot be drawn.
 *
 * @throws TypeError when a name holds no array of arrays, RangeError for no names, no seeds, no steps, updates
 * that do not ascend or seconds that fall.
 */
export function requireRuns(call: string, runs: Runs): void {
  const names = Object.keys(runs);
  if (names.length === 0) throw new RangeError(`${call}: there are no runs; pass { name: [steps] }`);
  for (const name of names) {
    const seeds: unknown = runs[name];
    if (!Array.isArray(seeds)) throw new TypeError(`${call}: "${name}" must be an array of runs, one a seed`);
    if (seeds.length === 0) throw new RangeError(`${call}: "${name}" has no runs`);
    for (const [index, steps] of seeds.entries()) {
      const which = `${call}: run ${String(index)} of "${name}"`;
      if (!Array.isArray(steps))
        throw new TypeError(`${which} must be an array of steps; write { "${name}": [steps] } for one seed`);
      if (steps.length === 0) throw new RangeError(`${which} has no steps`);
      let before: RecordedStep | undefined;
      for (const step of steps as RecordedStep[]) {
        if (!Number.isFinite(step.update) || !Number.isFinite(step.seconds))
          throw new RangeError(`${which}: update and seconds of every step must be finite numbers`);
        if (before !== undefined && step.update <= before.update)
          throw new RangeError(
            `${which}: updates must ascend, got ${String(step.update)} after ${String(before.update)}`,
          );
        if (before !== undefined && step.seconds < before.seconds)
          throw new RangeError(
            `${which}: seconds count from the start of training and must not fall, got ${String(step.seconds)} after ${String(before.seconds)}`,
          );
        before = step;
      }
    }
  }
}

/**
 * One curve a name: at each update the mean over its seeds and the 95 % t-interval of that mean.
 * Only updates at which all seeds have a finite value count, so that a curve never changes whom it averages.
 *
 * @param smoothing points in the centred moving average taken of each seed; 1 for none.
 * @throws RangeError when a name lacks the metric or holds no finite value of it at any shared update.
 */
export function curvesOf(call: string, runs: Runs, metric: string, smoothing: number): Curve[] {
  if (!Number.isSafeInteger(smoothing) || smoothing < 1)
    throw new RangeError(
      `${call}: smoothing must be a whole number of points, at least 1, not ${String(smoothing)}`,
    );
  return Object.entries(runs).map(([name, seeds]) => {
    const recorded = new Set(seeds.flat().flatMap((step) => Object.keys(step.metrics)));
    requireMetric(Object.keys(runs).length > 1 ? `${call}, "${name}"` : call, metric, [...recorded].sort());
    const byUpdate = seeds.map(
      (steps) =>
        new Map(steps.filter((step) => metric in step.metrics).map((step) => [step.update, step] as const)),
    );
    const shared = [...byUpdate[0]!.keys()].filter((update) => byUpdate.every((steps) => steps.has(update)));
    const values = (update: number) => byUpdate.map((steps) => steps.get(update)!.metrics[metric]!);
    const finite = shared.filter((update) => values(update).every(Number.isFinite));
    if (finite.length === 0)
      throw new RangeError(
        `${call}: "${metric}" of "${name}" has no finite value` +
          (seeds.length > 1 ? " at an update that all its seeds have" : ""),
      );
    const smooth = byUpdate.map((steps) =>
      movingAverage(
        finite.map((update) => steps.get(update)!.metrics[metric]!),
        smoothing,
      ),
    );
    const lasts = seeds.map((steps) => steps.at(-1)!.update);
    return {
      name,
      seeds: seeds.length,
      missing: shared.length - finite.length,
      ends: [Math.min(...lasts), Math.max(...lasts)],
      points: finite.map((update, i) => ({
        update,
        seconds: meanInterval(byUpdate.map((steps) => steps.get(update)!.seconds)).mean,
        raw: meanInterval(values(update)).mean,
        gap: i > 0 && shared.indexOf(update) - shared.indexOf(finite[i - 1]!) > 1,
        ...meanInterval(smooth.map((series) => series[i]!)),
      })),
    };
  });
}

/** Centred moving average; at the ends, of as many values as there are on the shorter side. */
function movingAverage(values: readonly number[], window: number): number[] {
  const half = Math.floor(window / 2);
  return values.map((_, i) => {
    const reach = Math.min(half, i, values.length - 1 - i);
    const around = values.slice(i - reach, i + reach + 1);
    return around.reduce((sum, value) => sum + value, 0) / around.length;
  });
}

/** Yellow is left out: as a line it cannot be seen on a white page. Dashes tell apart what colours may not. */
const lines = [
  { color: palette.blue, dash: "solid" },
  { color: palette.orange, dash: "solid" },
  { color: palette.green, dash: "dash" },
  { color: palette.vermilion, dash: "dashdot" },
  { color: palette.purple, dash: "solid" },
  { color: palette.sky, dash: "dash" },
  { color: palette.grey, dash: "dashdot" },
] as const;

/** The traces of the i-th curve: band, faint raw line (when smoothed), mean line. Empty axis names: the first axes. */
export function curveTraces(
  curve: Curve,
  index: number,
  metric: string,
  options: { x: XAxis; smoothed: boolean; axes?: PlotlyObject; legend: boolean },
): PlotlyObject[] {
  const { points, name } = curve;
  const { share, name: word } = metricWords(metric);
  const { color, dash } = lines[index % lines.length]!;
  const pieces: CurvePoint[][] = [];
  for (const point of points) {
    if (point.gap || pieces.length === 0) pieces.push([]);
    pieces.at(-1)!.push(point);
  }
  const at = (point: CurvePoint) => (options.x === "updates" ? point.update : point.seconds);
  const joined = (y: (point: CurvePoint) => number | string) => ({
    // A null breaks the line where a value is missing.
    x: pieces.flatMap((piece, i) => [...(i > 0 ? [null] : []), ...piece.map(at)]),
    y: pieces.flatMap((piece, i) => [...(i > 0 ? [null] : []), ...piece.map(y)]),
  });
  const banded = curve.seeds > 1;
  const common = { type: "scatter", name: escapeText(name), legendgroup: name, ...options.axes };
  const unit = options.x === "updates" ? "update %{x}" : "%{x:.1f} s";
  const traces: PlotlyObject[] = [];
  if (banded) {
    traces.push({
      ...common,
      // One closed outline for each piece.
      x: pieces.flatMap((piece, i) => [
        ...(i > 0 ? [null] : []),
        ...piece.map(at),
        ...piece.map(at).reverse(),
      ]),
      y: pieces.flatMap((piece, i) => [
        ...(i > 0 ? [null] : []),
        ...piece.map((point) => point.high),
        ...piece.map((point) => point.low).reverse(),
      ]),
      mode: "lines",
      fill: "toself",
      fillcolor: translucent(color, 0.22),
      line: { width: 0 },
      hoverinfo: "skip",
      showlegend: false,
    });
  }
  if (options.smoothed) {
    traces.push({
      ...common,
      ...joined((point) => point.raw),
      mode: "lines",
      line: { color: translucent(color, 0.4), width: 1 },
      hoverinfo: "skip",
      showlegend: false,
    });
  }
  const lonely = pieces.some((piece) => piece.length === 1);
  traces.push({
    ...common,
    ...joined((point) => point.mean),
    mode: lonely || points.length <= 12 ? "lines+markers" : "lines",
    line: { color, dash, width: 2.5 },
    marker: { color, size: 6 },
    customdata: joined((point) =>
      [
        valueText(point.mean, share),
        ...(banded ? [` (95 %: ${valueText(point.low, share)} to ${valueText(point.high, share)})`] : []),
      ].join(""),
    ).y,
    hovertemplate: `${escapeText(name)}, ${unit}: ${escapeText(word)} %{customdata}<extra></extra>`,
    showlegend: options.legend,
  });
  return traces;
}

/** A palette colour as rgba. */
export function translucent(hex: string, opacity: number): string {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return `rgba(${channels.join(",")},${String(opacity)})`;
}

/**
 * What the y axis shows. Success: all of 0 to 1. Others: every line and reference; of bands at most as far again
 * as the lines reach, since that of two seeds can be so wide that nothing else would be seen.
 */
export function yRange(
  curves: readonly Curve[],
  metric: string,
  smoothed: boolean,
  references: readonly number[] = [],
): [number, number] {
  const words = metricWords(metric);
  if (words.full) return [-0.03, 1.03];
  const points = curves.flatMap((curve) => curve.points);
  const lined = [...points.flatMap(({ mean, raw }) => (smoothed ? [mean, raw] : [mean])), ...references];
  let [low, high] = extent(lined);
  const reach = high > low ? high - low : Math.abs(high) / 2 || 1;
  const [bandLow, bandHigh] = extent(
    curves.filter(({ seeds }) => seeds > 1).flatMap((curve) => curve.points.flatMap((p) => [p.low, p.high])),
  );
  low = Math.max(Math.min(low, bandLow), low - reach, words.share ? 0 : -Infinity);
  high = Math.min(Math.max(high, bandHigh), high + reach);
  const room = high > low ? 0.06 * (high - low) : reach;
  return [low - room, high + room];
}

const extent = (values: readonly number[]): [number, number] =>
  values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );

/** The x axis under all curves. */
export function xAxis(curves: readonly Curve[], x: XAxis): PlotlyObject {
  const [low, high] = extent(
    curves.flatMap(({ points }) => points.map((p) => (x === "updates" ? p.update : p.seconds))),
  );
  const room = high > low ? 0.02 * (high - low) : 1;
  return {
    range: [low - room, high + room],
    zeroline: false,
    // A single update has no scale; and there is no half an update.
    ...(high === low ? { tickvals: [low] } : x === "updates" && high - low < 8 && { dtick: 1 }),
  };
}

export const xTitle = (x: XAxis) => (x === "updates" ? "update" : "time in training (s)");

/** "80 updates", "1 seed". */
export const plural = (count: number, noun: string) => `${String(count)} ${noun}${count === 1 ? "" : "s"}`;

/** How many seeds the curves have: "3 seeds", "2 to 3 seeds". */
export function seedsText(curves: readonly Curve[]): string {
  const seeds = curves.map((curve) => curve.seeds);
  const [least, most] = [Math.min(...seeds), Math.max(...seeds)];
  return least === most ? plural(least, "seed") : `${String(least)} to ${plural(most, "seed")}`;
}

/** First and last value of a curve and the way between: "success .08 → .97". */
export function changeText(curve: Curve, metric: string): string {
  const { name, share } = metricWords(metric);
  const [first, last] = [curve.points[0]!, curve.points.at(-1)!];
  const start = valueText(first.mean, share);
  return first === last ? `${name} ${start}` : `${name} ${start} → ${valueText(last.mean, share)}`;
}

/** What a reader must know to trust the lines: intervals, smoothing, what is left out. Lines of a subtitle. */
export function curveNotes(curves: readonly Curve[], smoothing: number): string[] {
  const notes: string[] = [];
  if (curves.some((curve) => curve.seeds > 1)) notes.push("Line: mean over seeds; band: 95 % t-interval.");
  if (smoothing > 1) notes.push(`Moving average of ${String(smoothing)} points; faint: without it.`);
  const short = curves.filter(({ ends }) => ends[0] < ends[1]);
  if (short.length > 0) {
    const ends = short.map(({ name, ends }) => `${name} at update ${String(ends[0])} of ${String(ends[1])}`);
    notes.push(`Ends where the first seed does: ${ends.join(", ")}.`);
  }
  const missing = curves.reduce((sum, curve) => sum + curve.missing, 0);
  if (missing > 0) notes.push(`Not drawn: ${plural(missing, "update")} without a finite value.`);
  return wrap(notes.join(" "), subtitleWidth);
}

/** This many characters of a subtitle fit 700 pixels. */
export const subtitleWidth = 95;

/** Height in pixels of what stands under the plot at 700 px: the axis's labels, and the legend if there is one. */
export function heightBelow(names: readonly string[]): number {
  if (names.length < 2) return 55;
  // 13 px letters take about 7, a legend's line and gaps 50; Plotly aligns what does not fit one row in columns.
  const widths = names.map((name) => 50 + 7 * name.length);
  const oneRow = widths.reduce((sum, width) => sum + width, 0) <= 600;
  const columns = oneRow ? names.length : Math.max(1, Math.floor(600 / Math.max(...widths)));
  return 68 + 20 * Math.ceil(names.length / columns);
}

/** A legend under the plot, where it covers no data. */
export const legendBelow: PlotlyObject = {
  ...{ orientation: "h", traceorder: "normal", font: { size: 13, color: ink } },
  ...{ x: 0, y: 0.01, yref: "container", yanchor: "bottom" },
};
