/** Lines through measurements of any two quantities. */
import { heightBelow, legendBelow } from "./curves.js";
import { createFigure, escapeText, palette, type Figure, type PlotlyObject } from "./figure.js";
import { valueText } from "./metrics.js";

/** What is counted along an axis. */
export interface LineAxis {
  /** With the unit: "time (ms)". */
  title: string;
  /** Logarithmic; every value must be above 0. */
  log?: boolean;
  /** Where ticks stand; by default Plotly's choice, on a logarithmic axis at multiples of powers of ten. */
  ticks?: readonly number[];
}

export interface LinesOptions {
  /** States the finding. */
  title: string;
  x: LineAxis;
  y: LineAxis;
}

/** A measurement: where, and what was found there. */
export type LinePoint = readonly [x: number, y: number];

const plotHeight = 240;
const colours = [palette.blue, palette.orange, palette.green, palette.vermilion, palette.purple, palette.sky];

/**
 * A line with markers for each name, through its points in their order.
 *
 * ```ts
 * lines({ native: [[1, 12], [8, 30]] }, { title, x: { title: "batch" }, y: { title: "time (ms)" } });
 * ```
 *
 * @throws RangeError for no lines, one without points, and a value that is not finite or, on a logarithmic axis, not
 * above 0.
 */
export function lines(
  series: Readonly<Record<string, readonly LinePoint[]>>,
  { title, x, y }: LinesOptions,
): Figure {
  const names = Object.keys(series);
  if (names.length === 0) throw new RangeError("lines(): there are no lines; pass { name: [[x, y], …] }");
  for (const name of names) requirePoints(name, series[name]!, x, y);
  const all = Object.values(series).flat();
  const bottom = heightBelow(names);
  return createFigure({
    title,
    alt: `${y.title} against ${x.title}. ${names
      .map(
        (name) =>
          `${name}: ${series[name]!.map(([at, value]) => `${text(value)} at ${text(at)}`).join(", ")}.`,
      )
      .join(" ")}`,
    data: names.map((name, i) => ({
      ...{ type: "scatter", mode: "lines+markers", name: escapeText(name) },
      x: series[name]!.map(([at]) => at),
      y: series[name]!.map(([, value]) => value),
      line: { color: colours[i % colours.length] },
      hovertemplate: `${escapeText(name)}<br>%{x}: %{y:.4~g}<extra></extra>`,
    })),
    layout: {
      height: plotHeight + bottom + 82,
      margin: { b: bottom },
      xaxis: axis(
        x,
        all.map(([at]) => at),
      ),
      yaxis: axis(
        y,
        all.map(([, value]) => value),
      ),
      legend: legendBelow,
      showlegend: names.length > 1,
    },
  });
}

const text = (value: number) => valueText(value, false);

function axis({ title, log = false, ticks }: LineAxis, values: readonly number[]): PlotlyObject {
  const tickvals = ticks ?? (log ? decades(Math.min(...values), Math.max(...values)) : undefined);
  return {
    ...{ title: { text: escapeText(title) }, zeroline: false },
    ...(log && { type: "log" }),
    ...(tickvals && { tickvals, ticktext: tickvals.map((tick) => tick.toLocaleString("en-GB")) }),
  };
}

/**
 * Multiples of powers of ten from below `low` to above `high`: of 1, of 1, 2 and 5, or of all digits, whichever first
 * has three between them.
 */
function decades(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
  const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const ticks = [[1], [1, 2, 5], [1, 2, 3, 4, 5, 6, 7, 8, 9]].map((digits) =>
    powers.flatMap((power) => digits.map((digit) => Number(`${digit}e${power}`))),
  );
  return (
    ticks.find((some) => some.filter((tick) => tick >= low && tick <= high).length >= 3) ?? ticks.at(-1)!
  );
}

function requirePoints(name: string, points: readonly LinePoint[], x: LineAxis, y: LineAxis): void {
  if (points.length === 0) throw new RangeError(`lines(): "${name}" has no points`);
  for (const point of points)
    for (const [i, { title, log }] of [x, y].entries()) {
      const value = point[i]!;
      if (!Number.isFinite(value) || (log && value <= 0))
        throw new RangeError(
          `lines(): "${name}" has ${String(value)} for ${title}; ${log ? "a logarithmic axis needs numbers above 0" : "a number is needed"}`,
        );
    }
}
