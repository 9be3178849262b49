/** A MIME model's figure, checked, and in words. */
import { themedLayout, type Theme } from "../../../plots/theme.js";
import type { PlotlyFigure } from "./plotly.js";
import { titleFitted } from "./title.js";

export const plotlyType = "application/vnd.plotly.v1+json";

/** Pixels of a figure that names no height. */
const usualHeight = 420;

/** @throws Error saying what is not a figure about it. */
export function toFigure(json: unknown): PlotlyFigure {
  const figure = json as PlotlyFigure | null;
  if (typeof figure !== "object" || figure === null || !Array.isArray(figure.data)) {
    throw new Error("its JSON has no list of traces, data");
  }
  return figure;
}

export function heightOf({ layout }: PlotlyFigure): number {
  return typeof layout?.["height"] === "number" ? layout["height"] : usualHeight;
}

/** A figure of a width of its own is shown smaller where it does not fit, down to this; then its place scrolls. */
const smallestScale = 0.65;

/** How much smaller a figure is shown in a place of that width (pixels): 1 when it fits, or has no width of its own. */
export function scaleFor({ layout }: PlotlyFigure, width: number): number {
  const own = layout?.["width"];
  return typeof own === "number" && width > 0 ? Math.min(1, Math.max(smallestScale, width / own)) : 1;
}

/**
 * The layout on a page of that theme. What the reader zoomed to outlives new data and another theme, unless the figure
 * itself says when it does not.
 *
 * @param width of the place, pixels: the title is broken to fit it
 */
export function layoutFor({ data, layout = {} }: PlotlyFigure, theme: Theme, width: number) {
  return titleFitted({ uirevision: "kept", ...themedLayout({ data, layout }, theme) }, width);
}

/**
 * The figure as Plotly is given it, with the layout of {@link layoutFor}. Plotly writes into what it draws (ranges,
 * what a click in the legend hides), and the model is the notebook's: hence a copy.
 */
export function drawable(
  figure: PlotlyFigure,
  theme: Theme,
  width: number,
  config: Record<string, unknown>,
): PlotlyFigure {
  // A notebook from elsewhere must not make the page call at another host.
  const hosts = ["plotlyServerURL", "topojsonURL"];
  const ownConfig = Object.fromEntries(
    Object.entries(figure.config ?? {}).filter(([key]) => !hosts.includes(key)),
  );
  return structuredClone({
    data: figure.data,
    layout: layoutFor(figure, theme, width),
    config: { displaylogo: false, ...config, ...ownConfig, responsive: false },
    ...(figure.frames && { frames: figure.frames }),
  });
}

/** For those who cannot see it: title and alternative text; of a figure with neither, its text form. */
export function inWords({ layout }: PlotlyFigure, text: unknown): string {
  const title = layout?.["title"] as { text?: unknown } | string | undefined;
  const meta = layout?.["meta"] as { alt?: unknown } | undefined;
  const words = [typeof title === "string" ? title : title?.text, meta?.alt]
    .filter((part) => typeof part === "string")
    .map(plain)
    .filter((part) => part !== "");
  if (words.length > 0) return words.join(": ");
  return typeof text === "string" && text !== "" ? text : "Figure";
}

/** Plotly's titles are a little HTML. */
function plain(html: string): string {
  const parsed = new DOMParser().parseFromString(html.replace(/<br\s*\/?>/gi, " "), "text/html");
  return parsed.body.textContent.replace(/\s+/g, " ").trim();
}
