/** What policies find in one attempt, and in many. */
import type { Interval } from "../statistics.js";
import { heightBelow, legendBelow } from "./curves.js";
import { createFigure, escapeText, palette, wrap, type Figure } from "./figure.js";
import { valueText } from "./metrics.js";

/** pass@k for some k, as `evaluatePassAtK` returns it; without an interval where there is none. */
export type PassAtKCurve = readonly { readonly k: number; readonly pass: Interval }[];

export interface PassAtKFigureOptions {
  /** States the finding; by default written from the data. */
  title?: string;
  /** What the intervals are over; default "over the tasks". */
  intervals?: "over the tasks" | "over the seeds";
}

const [plotHeight, titleWidth] = [280, 60];
const colours = [palette.orange, palette.blue, palette.green, palette.vermilion, palette.purple, palette.sky];
const dashes = ["solid", "dash", "dot", "dashdot"] as const;

/**
 * pass@k against k, a line a name, k on a logarithmic axis; whiskers are the 95 % intervals, where they are bounded,
 * cut at 0 and 1.
 *
 * @param curves by name; k ascends.
 * @throws RangeError for no curves, an empty one, k that do not ascend from at least 1, or a pass that is no share.
 */
export function passAtKCurves(
  curves: Readonly<Record<string, PassAtKCurve>>,
  options: PassAtKFigureOptions = {},
): Figure {
  const names = Object.keys(curves);
  if (names.length === 0) throw new RangeError("passAtKCurves(): there are no curves; pass { name: curve }");
  for (const name of names) requireCurve(name, curves[name]!);
  const title = options.title ?? finding(curves);
  const ks = [...new Set(names.flatMap((name) => curves[name]!.map(({ k }) => k)))].sort((a, b) => a - b);
  const bottom = heightBelow(names);
  return createFigure({
    title,
    subtitle: [`Whiskers: 95 % intervals ${options.intervals ?? "over the tasks"}.`],
    alt: `Share of tasks solved in at least one of k attempts. ${names
      .map(
        (name) => `${name}: ${curves[name]!.map(({ k, pass }) => `${text(pass)} at k = ${k}`).join(", ")}.`,
      )
      .join(" ")}`,
    data: names.map((name, i) => {
      const points = curves[name]!;
      return {
        ...{ type: "scatter", mode: "lines+markers", name: escapeText(name) },
        x: points.map(({ k }) => k),
        y: points.map(({ pass }) => pass.mean),
        error_y: {
          ...{ type: "data", symmetric: false, thickness: 1, width: 3 },
          array: points.map(({ pass }) => reach(pass.high, Math.min(1, pass.high) - pass.mean)),
          arrayminus: points.map(({ pass }) => reach(pass.low, pass.mean - Math.max(0, pass.low))),
        },
        line: { color: colours[i % colours.length], dash: dashes[Math.floor(i / colours.length) % 4] },
        hovertemplate: `${escapeText(name)}<br>pass@%{x}: %{y:.3f}<extra></extra>`,
      };
    }),
    layout: {
      height: plotHeight + bottom + 82 + 23 * (wrap(title, titleWidth).length - 1),
      margin: { b: bottom },
      xaxis: {
        ...{ type: "log", title: { text: "k (attempts at a task)" }, zeroline: false },
        ...{ tickvals: ks, ticktext: ks.map(String) },
      },
      yaxis: { title: { text: "pass@k (share of tasks)" }, range: [-0.03, 1.03], zeroline: false },
      legend: legendBelow,
      showlegend: names.length > 1,
    },
  });
}

const text = ({ mean }: Interval) => valueText(mean, true);

/** No whisker where the interval is unbounded, as that of a single value is. */
const reach = (end: number, length: number) => (Number.isFinite(end) ? Math.max(0, length) : 0);

/** "pass@1 .15 (before), .93 (after); pass@64 .99 (before), .96 (after)" */
function finding(curves: Readonly<Record<string, PassAtKCurve>>): string {
  const at = (which: "first" | "last") =>
    Object.entries(curves).map(([name, curve]) => {
      const { k, pass } = which === "first" ? curve[0]! : curve.at(-1)!;
      return { k, words: `${text(pass)} ${name}` };
    });
  const line = (points: { k: number; words: string }[]) =>
    `pass@${[...new Set(points.map(({ k }) => k))].join(" or ")}: ${points.map(({ words }) => words).join(", ")}`;
  return `${line(at("first"))}; ${line(at("last"))}`;
}

function requireCurve(name: string, curve: PassAtKCurve): void {
  if (curve.length === 0) throw new RangeError(`passAtKCurves(): "${name}" has no points`);
  for (const [i, { k, pass }] of curve.entries()) {
    if (!Number.isSafeInteger(k) || k <= (curve[i - 1]?.k ?? 0))
      throw new RangeError(
        `passAtKCurves(): the k of "${name}" must ascend from at least 1, got ${String(k)}`,
      );
    if (!(pass.mean >= 0 && pass.mean <= 1))
      throw new RangeError(
        `passAtKCurves(): pass@${k} of "${name}" must be from 0 to 1, not ${String(pass.mean)}`,
      );
  }
}
