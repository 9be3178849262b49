/** What a whole is made of, for several wholes. */
import { heightBelow, legendBelow } from "./curves.js";
import { createFigure, escapeText, palette, type Figure } from "./figure.js";
import { valueText } from "./metrics.js";

export interface StackedBarsOptions {
  /** States the finding. */
  title: string;
  /** What the bars measure, with its unit: "time of an update (ms)". */
  axis: string;
}

const barHeight = 52;
const colours = [palette.blue, palette.orange, palette.green, palette.purple, palette.sky, palette.vermilion];

/**
 * A horizontal bar for each name, made of its parts, which are stacked in the order of the first bar's.
 *
 * @param bars by name: the size of each part; every bar has the same parts.
 * @throws RangeError for no bars, a bar with other parts, and a part that is negative or not finite.
 */
export function stackedBars(
  bars: Readonly<Record<string, Readonly<Record<string, number>>>>,
  { title, axis }: StackedBarsOptions,
): Figure {
  const names = Object.keys(bars);
  if (names.length === 0)
    throw new RangeError("stackedBars(): there are no bars; pass { name: { part: size } }");
  const parts = Object.keys(bars[names[0]!]!);
  for (const name of names) requireParts(name, bars[name]!, parts);
  const bottom = heightBelow(parts);
  return createFigure({
    title,
    alt: `Bars of ${axis}. ${names
      .map(
        (name) =>
          `${name}: ${parts.map((part) => `${part} ${valueText(bars[name]![part]!, false)}`).join(", ")}.`,
      )
      .join(" ")}`,
    data: parts.map((part, i) => ({
      ...{ type: "bar", orientation: "h", name: escapeText(part) },
      x: names.map((name) => bars[name]![part]!),
      y: names.map(escapeText),
      marker: { color: colours[i % colours.length] },
      hovertemplate: `%{y}, ${escapeText(part)}: %{x:.4~g}<extra></extra>`,
    })),
    layout: {
      height: names.length * barHeight + bottom + 82,
      margin: { b: bottom },
      barmode: "stack",
      bargap: 0.3,
      xaxis: { title: { text: escapeText(axis) } },
      // The first name on top.
      yaxis: { autorange: "reversed", ticks: "", showgrid: false },
      legend: legendBelow,
      showlegend: true,
    },
  });
}

function requireParts(name: string, bar: Readonly<Record<string, number>>, parts: readonly string[]): void {
  const own = Object.keys(bar);
  if (own.length === 0 || own.length !== parts.length || own.some((part) => !parts.includes(part)))
    throw new RangeError(
      `stackedBars(): "${name}" has the parts ${own.join(", ") || "none"}; the first bar has ${parts.join(", ") || "none"}`,
    );
  for (const [part, size] of Object.entries(bar))
    if (!(Number.isFinite(size) && size >= 0))
      throw new RangeError(
        `stackedBars(): ${part} of "${name}" must be a size from 0 on, not ${String(size)}`,
      );
}
