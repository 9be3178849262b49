/**
 * A drawing on a sheet measured in pixels: labels keep their distances, because the sheet has one size. A
 * front end that is narrower scrolls it or scales it as a whole.
 */
import { createFigure, escapeText, ink, palette, type Figure, type PlotlyObject } from "../figure.js";

const margin = 16;
/** Width of a sheet between the figure's margins, unless a figure says another: 960 pixels with them. */
export const sheetWidth = 960 - 2 * margin;

/** Text on a tint of the palette, on light and dark pages alike. */
export const darkText = "#16191d";

/** A colour mixed with white, opaque: `share` 1 is the colour itself. */
export function tint(hex: string, share: number): string {
  const channels = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
  return `#${channels
    .map((channel) =>
      Math.round(255 + share * (channel - 255))
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

export interface TextStyle {
  size?: number;
  bold?: boolean;
  color?: string;
  anchor?: "left" | "center" | "right";
  vertical?: "top" | "middle" | "bottom";
  angle?: number;
}

export interface ChipStyle extends TextStyle {
  fill: string;
  line: string;
  hover?: string;
  /** Of the card without its border, where not the text decides. */
  width?: number;
  /** Which mark it is; for those who look at the figure's data. */
  name?: string;
}

/** Plotly puts this much around a chip's text on each side. */
export const chipPad = 4;

export class Canvas {
  readonly #shapes: PlotlyObject[] = [];
  readonly #annotations: PlotlyObject[] = [];
  readonly #traces: PlotlyObject[] = [];

  constructor(readonly width = sheetWidth) {}

  /** Plain text; `<br>` and other markup of Plotly's stand in `html`. */
  text(x: number, y: number, html: string, style: TextStyle = {}): void {
    const { size = 13, bold = false, color = ink, anchor = "left", vertical = "middle", angle } = style;
    this.#annotations.push({
      ...{ x, y, xref: "x", yref: "y", xanchor: anchor, yanchor: vertical, showarrow: false },
      ...{ text: bold ? `<b>${html}</b>` : html, align: anchor, font: { size, color }, borderpad: 0 },
      ...(angle !== undefined && { textangle: angle }),
    });
  }

  /** A label on a tinted card that fits its text. */
  chip(x: number, y: number, html: string, style: ChipStyle): void {
    const { size = 12, bold = false, color = darkText, anchor = "left", vertical = "middle" } = style;
    this.#annotations.push({
      ...{ x, y, xref: "x", yref: "y", xanchor: anchor, yanchor: vertical, showarrow: false },
      ...{ text: bold ? `<b>${html}</b>` : html, align: "center", font: { size, color } },
      ...{ bgcolor: style.fill, bordercolor: style.line, borderwidth: 1, borderpad: chipPad - 1 },
      ...(style.width !== undefined && { width: style.width }),
      ...(style.angle !== undefined && { textangle: style.angle }),
      ...(style.hover !== undefined && { hovertext: style.hover, captureevents: true }),
      ...(style.name !== undefined && { name: style.name }),
    });
  }

  rect(x0: number, y0: number, x1: number, y1: number, style: { fill?: string; line?: string } = {}): void {
    this.#shapes.push({
      ...{ type: "rect", x0, x1, y0, y1, xref: "x", yref: "y", layer: "below" },
      fillcolor: style.fill ?? "rgba(0,0,0,0)",
      line: style.line === undefined ? { width: 0 } : { width: 1, color: style.line },
    });
  }

  /** An SVG path in pixels of the sheet (absolute commands). */
  path(path: string, style: { fill?: string; line?: string; width?: number; dash?: string } = {}): void {
    this.#shapes.push({
      ...{ type: "path", path, xref: "x", yref: "y", layer: "below" },
      fillcolor: style.fill ?? "rgba(0,0,0,0)",
      line: {
        width: style.line === undefined ? 0 : (style.width ?? 1),
        color: style.line ?? ink,
        dash: style.dash ?? "solid",
      },
    });
  }

  line(
    x0: number,
    y0: number,
    x1: number,
    y1: number,
    style: { color?: string; width?: number; dash?: string } = {},
  ): void {
    this.#shapes.push({
      ...{ type: "line", x0, x1, y0, y1, xref: "x", yref: "y", layer: "below" },
      line: { color: style.color ?? ink, width: style.width ?? 1, dash: style.dash ?? "solid" },
    });
  }

  arrow(x0: number, y0: number, x1: number, y1: number, color: string): void {
    this.#annotations.push({
      ...{ x: x1, y: y1, ax: x0, ay: y0, xref: "x", yref: "y", axref: "x", ayref: "y" },
      ...{ text: "", showarrow: true, arrowhead: 2, arrowwidth: 2, arrowcolor: color, standoff: 2 },
    });
  }

  /** A trace in pixels of the sheet, such as marks with hover texts. */
  trace(trace: PlotlyObject): void {
    this.#traces.push({ type: "scatter", showlegend: false, ...trace });
  }

  /** Marks of one symbol. */
  marks(
    points: readonly { x: number; y: number; hover: string }[],
    marker: { symbol: string; color: string; size?: number },
  ): void {
    if (points.length === 0) return;
    this.trace({
      mode: "markers",
      x: points.map(({ x }) => x),
      y: points.map(({ y }) => y),
      marker: { size: 9, line: { color: "#ffffff", width: 1 }, ...marker },
      hovertext: points.map(({ hover }) => hover),
      hovertemplate: "%{hovertext}<extra></extra>",
    });
  }

  /** The figure, as high as the sheet needs. */
  figure(parts: { title: string; subtitle: string[]; alt: string; height: number }): Figure {
    const { title, subtitle, alt, height } = parts;
    const axis = { visible: false, fixedrange: true };
    const layout: PlotlyObject = {
      width: this.width + 2 * margin,
      margin: { l: margin, r: margin, b: margin },
      xaxis: { ...axis, range: [0, this.width] },
      yaxis: { ...axis, range: [height, 0] },
      ...{ shapes: this.#shapes, annotations: this.#annotations },
      ...{ hovermode: "closest", dragmode: false, showlegend: false },
    };
    // Plotly draws no shapes where there is no trace on the axes.
    const data = this.#traces.length > 0 ? this.#traces : [emptyTrace];
    const make = (more: PlotlyObject) =>
      createFigure({ title, subtitle, alt, data, layout: { ...layout, ...more } });
    // The house's figures leave more room for what stands above an axis.
    const t = (make({}).layout["margin"] as { t: number }).t - 16;
    return make({ height: height + t + margin, margin: { l: margin, r: margin, b: margin, t } });
  }
}

const emptyTrace: PlotlyObject = {
  type: "scatter",
  x: [null],
  y: [null],
  hoverinfo: "skip",
  showlegend: false,
};

/** What hovering a work's label shows. */
export function workHover(row: {
  entry: string;
  key: string | null;
  date?: string | null;
  year?: number | null;
  arxiv_id?: string | null;
}): string {
  const when = row.date ?? (row.year === null || row.year === undefined ? "no date known" : String(row.year));
  return [
    `<b>${escapeText(row.entry)}</b>`,
    escapeText(when),
    row.key === null ? "no work in the data" : escapeText(row.key),
    ...(row.arxiv_id ? [`arXiv ${escapeText(row.arxiv_id)}`] : []),
  ].join("<br>");
}

/** The colours of the kinds of things drawn, in the order they come. */
export const series = [
  palette.blue,
  palette.orange,
  palette.green,
  palette.purple,
  palette.sky,
  palette.vermilion,
  palette.yellow,
  palette.grey,
] as const;
