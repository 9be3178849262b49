/** What training changed: success before and after, side by side, for each environment or ablation. */
import type { Interval } from "../statistics.js";
import { plural } from "./curves.js";
import { createFigure, escapeText, ink, palette, wrap, type Figure, type PlotlyObject } from "./figure.js";
import { valueText } from "./metrics.js";

export interface BeforeAfterRow {
  /** Environment or ablation. */
  readonly name: string;
  /** As `wilsonInterval` and `meanInterval` return them. */
  readonly before: Interval;
  readonly after: Interval;
  /** Success without the capability, and of the best policy, where known. */
  readonly chance?: number;
  readonly optimum?: number;
}

export interface BeforeAfterOptions {
  /** States the finding; by default written from the data. */
  title?: string;
  /** What the two bars of a row are called; default "before training" and "after training". */
  labels?: readonly [before: string, after: string];
}

/** Light enough for whiskers to be seen on them. */
const colours = { before: palette.orange, after: palette.sky };

/**
 * Two bars a row, before and after, with their 95 % intervals as whiskers (none where the interval is
 * unbounded, that of a single seed), marks for chance and optimum and the values in print. The row with the
 * highest success after training stands on top. Whiskers are cut at 0 and 1.
 *
 * @throws RangeError for no rows, a name used twice, or a success that is no number from 0 to 1.
 */
export function beforeAfter(rows: readonly BeforeAfterRow[], options: BeforeAfterOptions = {}): Figure {
  if (rows.length === 0) throw new RangeError("beforeAfter(): there are no rows");
  for (const [i, row] of rows.entries()) requireRow(row, rows.slice(0, i));
  // Plotly draws the first category lowest.
  const sorted = [...rows].sort((a, b) => a.after.mean - b.after.mean);
  const names = sorted.map(({ name }) => wrap(name, 24).map(escapeText).join("<br>"));
  const places = sorted.map((_, i) => i);
  const [before, after] = options.labels ?? ["before training", "after training"];
  const title = options.title ?? finding(sorted);
  const marked = (which: "chance" | "optimum") => sorted.some((row) => row[which] !== undefined);
  const trials = new Set(rows.flatMap(({ before, after }) => [before.n, after.n]));
  const each = trials.size === 1 ? ` of n = ${String(rows[0]!.after.n)} each` : "";
  const subtitle = [
    `Whiskers: 95 % intervals${each}.${options.title === undefined && rows.length > 1 ? " Clearly: the second lies above the first." : ""}`,
  ];
  const below = 105;
  const rowHeight = Math.max(44, ...names.map((name) => 17 * name.split("<br>").length + 8));
  return createFigure({
    title,
    subtitle,
    alt: [
      `Horizontal bars of success (share of episodes) ${before} and ${after}, the highest ${after} first.`,
      ...sorted.toReversed().map((row) => spoken(row, [before, after])),
    ].join(" "),
    data: [
      // In the legend and on the page from top to bottom.
      bars(before, sorted, places, "before"),
      bars(after, sorted, places, "after"),
      whiskers(sorted, "before"),
      whiskers(sorted, "after"),
      ...(marked("chance") ? [marks("chance", sorted, places)] : []),
      ...(marked("optimum") ? [marks("optimum", sorted, places)] : []),
    ],
    layout: {
      height: rowHeight * rows.length + below + 90 + 23 * (wrap(title, 60).length - 1),
      margin: { r: 100, b: below },
      barmode: "overlay",
      hovermode: "closest",
      xaxis: {
        title: { text: "success (share of episodes)" },
        range: [0, 1.02],
        zeroline: false,
      },
      yaxis: {
        tickvals: places,
        ticktext: names,
        range: [-0.55, rows.length - 0.45],
        ...{ showgrid: false, zeroline: false, ticklabelstandoff: 6, ticks: "" },
      },
      legend: {
        ...{ orientation: "h", traceorder: "normal", font: { size: 13, color: ink } },
        ...{ x: 0, y: 0.01, yref: "container", yanchor: "bottom" },
      },
      annotations: sorted.map(({ before, after }, i) => ({
        text: `${valueText(before.mean, true)} → <b>${valueText(after.mean, true)}</b>`,
        ...{ x: 1, xref: "paper", xanchor: "left", xshift: 10, y: i, yanchor: "middle" },
        ...{ showarrow: false, font: { size: 14, color: ink } },
      })),
    },
  });
}

function requireRow(row: BeforeAfterRow, earlier: readonly BeforeAfterRow[]): void {
  const { name, before, after, chance, optimum } = row;
  if (earlier.some((other) => other.name === name))
    throw new RangeError(`beforeAfter(): two rows are named "${name}"; give each its own name`);
  const values = { "before.mean": before.mean, "after.mean": after.mean, chance, optimum };
  for (const [field, value] of Object.entries(values)) {
    if (value !== undefined && !(value >= 0 && value <= 1))
      throw new RangeError(
        `beforeAfter(): ${field} of "${name}" must be a share from 0 to 1, not ${String(value)}`,
      );
  }
  for (const [field, { mean, low, high }] of Object.entries({ before, after })) {
    if (!(low <= mean && mean <= high))
      throw new RangeError(
        `beforeAfter(): the interval ${field} of "${name}" must hold its mean: ${String(low)} to ${String(high)} does not hold ${String(mean)}`,
      );
  }
}

/** Half a row's distance between its two bars. */
const offset = 0.2;

function bars(
  name: string,
  rows: readonly BeforeAfterRow[],
  places: readonly number[],
  which: "before" | "after",
): PlotlyObject {
  const values = rows.map((row) => row[which]);
  return {
    type: "bar",
    orientation: "h",
    name,
    x: values.map(({ mean }) => mean),
    y: places.map((place) => place + (which === "before" ? offset : -offset)),
    width: 2 * offset - 0.04,
    marker: { color: colours[which], line: { width: 0 } },
    hovertext: rows.map((row) => `${escapeText(row.name)}, ${name}: ${intervalText(row[which])}`),
    hovertemplate: "%{hovertext}<extra></extra>",
  };
}

const bounded = ({ low, high }: Interval) => Number.isFinite(low) && Number.isFinite(high);

/** Apart from the bars, since Plotly would draw a stub for a bar that has none. */
function whiskers(rows: readonly BeforeAfterRow[], which: "before" | "after"): PlotlyObject {
  const drawn = rows
    .map((row, place) => ({ ...row[which], y: place + (which === "before" ? offset : -offset) }))
    .filter(bounded);
  return {
    type: "scatter",
    mode: "markers",
    x: drawn.map(({ mean }) => mean),
    y: drawn.map(({ y }) => y),
    marker: { size: 1, color: ink },
    error_x: {
      type: "data",
      symmetric: false,
      array: drawn.map(({ mean, high }) => Math.min(1, high) - mean),
      arrayminus: drawn.map(({ mean, low }) => mean - Math.max(0, low)),
      ...{ color: ink, thickness: 1.8, width: 4 },
    },
    hoverinfo: "skip",
    showlegend: false,
  };
}

/** Marks across both bars of a row. */
function marks(
  which: "chance" | "optimum",
  rows: readonly BeforeAfterRow[],
  places: readonly number[],
): PlotlyObject {
  const known = places.filter((place) => rows[place]![which] !== undefined);
  return {
    type: "scatter",
    mode: "markers",
    name: which,
    x: known.map((place) => rows[place]![which]),
    y: known,
    marker:
      which === "chance"
        ? {
            symbol: "line-ns",
            size: 22,
            color: palette.vermilion,
            line: { width: 3, color: palette.vermilion },
          }
        : { symbol: "diamond", size: 11, color: palette.green, line: { width: 1, color: "#ffffff" } },
    cliponaxis: false,
    hovertext: known.map(
      (place) => `${escapeText(rows[place]!.name)}, ${which}: ${valueText(rows[place]![which]!, true)}`,
    ),
    hovertemplate: "%{hovertext}<extra></extra>",
  };
}

const intervalText = ({ mean, low, high, n }: Interval) =>
  [
    valueText(mean, true),
    bounded({ mean, low, high, n })
      ? ` (95 %: ${valueText(low, true)} to ${valueText(high, true)}, n = ${String(n)})`
      : ` (n = ${String(n)})`,
  ].join("");

function spoken(
  { name, before, after, chance, optimum }: BeforeAfterRow,
  [first, second]: readonly [string, string],
): string {
  const levels = [
    ...(chance === undefined ? [] : [`chance ${valueText(chance, true)}`]),
    ...(optimum === undefined ? [] : [`optimum ${valueText(optimum, true)}`]),
  ];
  return `${[`${name}: ${first} ${intervalText(before)}`, `${second} ${intervalText(after)}`, ...levels].join(", ")}.`;
}

/** The sentence over the bars. */
function finding(sorted: readonly BeforeAfterRow[]): string {
  const [first] = sorted;
  if (sorted.length === 1) {
    return `${first!.name}: success ${valueText(first!.before.mean, true)} → ${valueText(first!.after.mean, true)}`;
  }
  const risen = sorted.filter(({ before, after }) => after.low > before.high);
  const [least, most] = [first!, sorted.at(-1)!];
  return `Success rises clearly in ${String(risen.length)} of ${plural(sorted.length, "row")}; after training it is ${valueText(least.after.mean, true)} (${least.name}) to ${valueText(most.after.mean, true)} (${most.name})`;
}
