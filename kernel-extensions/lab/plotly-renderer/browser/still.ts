/** A picture of a figure, made once it has come to rest: for paper, and for viewers that run no Plotly. */
import { drawable, heightOf } from "./figure.js";
import { loadPlotly, type PlotlyFigure, type PlotlyOptions } from "./plotly.js";

/** Base64 of a PNG by the figure's JSON, which outputs of a notebook share with their models. */
const pictures = new WeakMap<object, string>();
/** One at a time: each takes the page a tenth of a second or so. */
let queue: Promise<unknown> = Promise.resolve();

/** A longer PNG is made again with fewer pixels: notebooks hold one for each figure. */
const mostBytes = 200_000;

/** The picture of a figure, when it was made. */
export function stillOf(json: unknown): string | undefined {
  return typeof json === "object" && json !== null ? pictures.get(json) : undefined;
}

/**
 * Makes the picture of a figure, on light paper, as wide as it is shown.
 *
 * @returns base64 of a PNG; `undefined` when Plotly cannot draw it
 */
export function makeStill(
  figure: PlotlyFigure,
  width: number,
  { plotlyUrl, config }: PlotlyOptions,
): Promise<string | undefined> {
  const made = queue.then(async () => {
    const known = pictures.get(figure);
    if (known !== undefined) return known;
    try {
      const plotly = await loadPlotly(plotlyUrl);
      const own = figure.layout?.["width"];
      const size = { width: typeof own === "number" ? own : Math.max(400, width), height: heightOf(figure) };
      for (const scale of [2, 1]) {
        const light = drawable(figure, "light", config);
        const url = await plotly.toImage(light, { format: "png", ...size, scale });
        const base64 = url.slice(url.indexOf(",") + 1);
        if (base64.length * 0.75 > mostBytes && scale > 1) continue;
        pictures.set(figure, base64);
        return base64;
      }
    } catch {
      // What is on the screen says why: the same figure was drawn there.
    }
    return undefined;
  });
  queue = made;
  return made;
}
