/**
 * What every figure of the library is: a plain Plotly object that a notebook draws and a program can write to
 * a file. Knows nothing of Jupyter but the symbol under which a front end asks for a value's MIME types.
 */

/** One Plotly trace or layout, as https://plotly.com/javascript/reference/ names its attributes. */
export type PlotlyObject = Record<string, unknown>;

export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display");

export interface Figure {
  /** The finding, in plain text. */
  readonly title: string;
  /** What the drawing shows, for readers who cannot see it. */
  readonly alt: string;
  readonly data: readonly PlotlyObject[];
  readonly layout: PlotlyObject;
  /** MIME type → content. */
  [jupyterDisplay](): Record<string, unknown>;
}

/** A {@link Figure} with its MIME bundle: `application/vnd.plotly.v1+json`, and title and alternative text as `text/plain`. */
class DisplayedFigure implements Figure {
  constructor(
    readonly title: string,
    readonly alt: string,
    readonly data: readonly PlotlyObject[],
    readonly layout: PlotlyObject,
  ) {}

  [jupyterDisplay](): Record<string, unknown> {
    const { data, layout, title, alt } = this;
    return {
      "application/vnd.plotly.v1+json": { data, layout, config: { responsive: true } },
      "text/plain": `${title}\n${alt}`,
    };
  }
}

/** Okabe and Ito's palette, safe for colour-blind readers (https://jfly.uni-koeln.de/color/), with grey for its black. */
export const palette = {
  orange: "#E69F00",
  sky: "#56B4E9",
  green: "#009E73",
  yellow: "#F0E442",
  blue: "#0072B2",
  vermilion: "#D55E00",
  purple: "#CC79A7",
  grey: "#999999",
} as const;

/** Text and axis lines: contrast at least 4.1 on white and on JupyterLab's dark #111. */
export const ink = "#767676";
export const grid = "rgba(128,128,128,0.25)";

export interface FigureParts {
  /** States the finding. */
  title: string;
  /** One or two short lines under the title: what was counted, what is left out. Plain text. */
  subtitle?: string[];
  alt: string;
  data: PlotlyObject[];
  /** Laid over the base layout; margins and axes are merged with the base's. */
  layout: PlotlyObject;
}

/** Pixels of a line of the title (17 px) and of the subtitle (13 px). */
const [titleHeight, lineHeight] = [23, 19];

/** Plotly breaks no lines: this many characters of the title fit 700 pixels. */
const titleWidth = 60;

/** A figure in the house style: legible sizes, transparent background, inks for light and dark pages. */
export function createFigure({ title, subtitle = [], alt, data, layout }: FigureParts): Figure {
  const lines = wrap(title, titleWidth);
  const axis = {
    gridcolor: grid,
    linecolor: ink,
    tickcolor: ink,
    zerolinecolor: grid,
    automargin: true,
    title: { standoff: 10 },
  };
  const base: PlotlyObject = {
    font: { family: "system-ui, sans-serif", size: 14, color: ink },
    title: {
      text: lines.map(escapeText).join("<br>"),
      subtitle: { text: subtitle.map(escapeText).join("<br>"), font: { size: 13, color: ink } },
      font: { size: 17, color: ink },
      x: 0,
      xref: "container",
      xanchor: "left",
      y: 1,
      yref: "container",
      yanchor: "top",
      // Plotly lifts the first line by half a line for every further one.
      pad: { t: 14 + (lines.length - 1) * (titleHeight / 2), l: 14 },
    },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: {
      ...{ l: 70, r: 20, t: 40 + titleHeight * lines.length + lineHeight * subtitle.length, b: 55 },
      ...(layout["margin"] as PlotlyObject | undefined),
    },
    legend: { font: { size: 13 } },
    hoverlabel: { font: { size: 13 } },
    // For renderers, Plotly itself leaves `meta` alone: `alt` is for assistive technology; in the place of `ink`
    // one that knows its page's colours can put a stronger one.
    meta: { alt, ink },
  };
  const merged: PlotlyObject = { ...base, ...layout, margin: base["margin"] };
  for (const [name, value] of Object.entries(layout)) {
    if (!/^[xy]axis/.test(name)) continue;
    const own = value as { title?: PlotlyObject };
    merged[name] = { ...axis, ...own, title: { ...axis.title, ...own.title } };
  }
  return new DisplayedFigure(title, alt, data, merged);
}

/** Plotly reads text as a little HTML: names from data must not become markup. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Lines of at most `width` characters, broken at spaces; a longer word stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
