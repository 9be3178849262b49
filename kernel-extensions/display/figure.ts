/** Plotly figures as outputs. */
import type { MimeBundle } from "../kernel/bridge.js";
import { displaySymbol, inspectAs, isObject, isPlainObject, type SyncDisplayable } from "./displayable.js";
import { imageEntry, loadImage, type ImageSource } from "./image.js";
import { toJson } from "./json.js";
import { count, htmlToText, oneLine } from "./text.js";

export const plotlyType = "application/vnd.plotly.v1+json";

/** A Plotly figure: traces, and how they are laid out. See https://plotly.com/javascript/reference/. */
export interface PlotlyFigure {
  data: readonly object[];
  layout?: object;
  config?: object;
  frames?: readonly object[];
}

export interface FigureOptions {
  /** What the figure shows, in a sentence, for those who cannot see it. */
  alt?: string;
  /** A picture of the figure for viewers that run no Plotly: bytes, a path, a `data:` URI or SVG text. */
  still?: ImageSource;
}

/** A {@link PlotlyFigure} that a cell shows. */
export interface Figure extends PlotlyFigure, SyncDisplayable {
  readonly layout: object;
}

/**
 * A figure to show. Typed arrays and danfo Series may stand wherever Plotly wants an array; NaN and
 * infinite values are gaps. The data is read when the figure is shown, so a figure that is never shown
 * costs nothing.
 *
 * ```ts
 * const live = display(figure({ data: [{ y: rewards }], layout: { title: { text: "Reward" } } }));
 * live.update(figure({ data: [{ y: moreRewards }], layout }));
 * ```
 *
 * @throws TypeError naming the field that is not what Plotly takes.
 */
export function figure(spec: PlotlyFigure, options: FigureOptions = {}): Figure {
  validate(spec);
  const still = options.still === undefined ? undefined : loadImage(options.still);
  const shown: Figure = {
    data: spec.data,
    layout: spec.layout ?? {},
    ...(spec.config && { config: spec.config }),
    ...(spec.frames && { frames: spec.frames }),
    [displaySymbol]: () => ({ ...figureBundle(spec, options.alt), ...(still && imageEntry(still)) }),
  };
  return inspectAs(shown, () => describe(spec, options.alt));
}

/**
 * The MIME bundle of a figure: Plotly's JSON, and text (title, alternative text, traces).
 *
 * @throws TypeError as {@link figure}, and for values that JSON cannot hold.
 */
export function figureBundle(spec: PlotlyFigure, alt?: string): MimeBundle {
  return { [plotlyType]: plotlyJson(spec), "text/plain": describe(spec, alt) };
}

/** A figure as Plotly's JSON. Errors as in {@link figureBundle}. */
export function plotlyJson(spec: PlotlyFigure): Record<string, unknown> {
  validate(spec);
  return {
    data: toJson(spec.data, "figure.data"),
    layout: toJson(spec.layout ?? {}, "figure.layout"),
    config: toJson(spec.config ?? {}, "figure.config"),
    ...(spec.frames && { frames: toJson(spec.frames, "figure.frames") }),
  };
}

/** Whether `value` has a figure's shape: a list of traces and a layout. */
export function isFigure(value: unknown): value is PlotlyFigure {
  return (
    isObject(value) &&
    Array.isArray(value["data"]) &&
    value["data"].every(isObject) &&
    isPlainObject(value["layout"])
  );
}

function validate(spec: unknown): asserts spec is PlotlyFigure {
  if (!isObject(spec)) throw new TypeError(`a figure is an object { data, layout }, got ${kindOf(spec)}`);
  requireObjects(spec["data"], "data", "traces");
  for (const field of ["layout", "config"]) {
    const value = spec[field];
    if (value !== undefined && (!isObject(value) || Array.isArray(value))) {
      throw new TypeError(`figure.${field} must be an object, got ${kindOf(value)}`);
    }
  }
  if (spec["frames"] !== undefined) requireObjects(spec["frames"], "frames", "frames");
}

function requireObjects(value: unknown, field: string, noun: string): void {
  if (!Array.isArray(value))
    throw new TypeError(`figure.${field} must be an array of ${noun}, got ${kindOf(value)}`);
  value.forEach((item: unknown, i) => {
    if (!isObject(item) || Array.isArray(item)) {
      throw new TypeError(`figure.${field}[${i}] must be an object, got ${kindOf(item)}`);
    }
  });
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== "object") return `a ${typeof value}`;
  return Array.isArray(value) ? "an array" : "an object";
}

/** Title and alternative text on one line, the traces on the next. */
function describe(spec: PlotlyFigure, alt: string | undefined): string {
  const heading = [words(spec.layout, "title"), alt].filter(Boolean).join(": ") || "Figure";
  const traces = spec.data.slice(0, 8).map(describeTrace);
  if (spec.data.length > traces.length) traces.push("…");
  return `${oneLine(heading)}\n${oneLine([count(spec.data.length, "trace"), ...traces].join("; "))}`;
}

/** `GRPO (scatter, 200 points, last 0.83)` */
function describeTrace(trace: object): string {
  const { name, type, y, x, z, values } = trace as Record<string, unknown>;
  const points = [y, x, z, values].map(listOf).find((list) => list !== undefined);
  const facts = [typeof type === "string" ? type : "scatter"];
  if (points) facts.push(count(points.length, "point"));
  const last: unknown = listOf(y)?.at(-1);
  if (typeof last === "number" && Number.isFinite(last)) facts.push(`last ${Number(last.toPrecision(4))}`);
  return typeof name === "string" && name !== ""
    ? `${htmlToText(name)} (${facts.join(", ")})`
    : facts.join(", ");
}

function listOf(value: unknown): (ArrayLike<unknown> & { at(i: number): unknown }) | undefined {
  if (Array.isArray(value)) return value;
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return value as NodeJS.TypedArray;
  return undefined;
}

/** Plotly takes a title as `{ text }` or as a string, with a little HTML in it. */
function words(layout: unknown, field: string): string | undefined {
  const value = isObject(layout) ? layout[field] : undefined;
  const text = isObject(value) ? value["text"] : value;
  return typeof text === "string" ? htmlToText(text) : undefined;
}
