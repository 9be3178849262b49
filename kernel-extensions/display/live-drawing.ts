/** The figure of a training that is under way. */
import type { Runs } from "../../src/figures/curves.js";
import { learningCurve } from "../../src/figures/learning-curve.js";
import { metricCurves } from "../../src/figures/metric-curves.js";
import { isDisplayable, isObject } from "./displayable.js";
import { figure, type PlotlyFigure } from "./figure.js";
import type { LiveOptions } from "./live.js";

/** The figure the options ask for. Errors as those of `learningCurve` and `metricCurves`. */
export function drawing(runs: Runs, options: LiveOptions): PlotlyFigure {
  const { draw, metric = "rollout/success", references, x, smoothing, title } = options;
  if (draw !== undefined) {
    const own = draw(runs);
    return isDisplayable(own) ? own : figure(own);
  }
  const shared = {
    ...(x !== undefined && { x }),
    ...(smoothing !== undefined && { smoothing }),
    ...(title !== undefined && { title }),
  };
  return typeof metric === "string"
    ? learningCurve(runs, { ...shared, metric, ...(references !== undefined && { references }) })
    : metricCurves(runs, { ...shared, metrics: metric });
}

/** The same with room for all the updates, so that a curve grows into its frame. */
export function stillGrowing(
  drawn: PlotlyFigure,
  { draw, x = "updates" }: LiveOptions,
  updates: number,
): PlotlyFigure {
  if (draw !== undefined || x !== "updates" || updates < 2) return drawn;
  const { data, layout = {} } = drawn;
  const room = 0.02 * (updates - 1);
  const wide = Object.fromEntries(
    Object.entries(layout).map(([name, value]: [string, unknown]) => {
      if (!/^xaxis/.test(name) || !isObject(value)) return [name, value];
      // What suits the few updates there are would not suit all of them.
      const axis = Object.entries(value).filter(([key]) => key !== "tickvals" && key !== "dtick");
      return [name, { ...Object.fromEntries(axis), range: [1 - room, updates + room] }];
    }),
  );
  return figure({ data, layout: wide });
}
