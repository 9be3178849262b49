/** A picture of a figure, made once it has come to rest: for paper, and for viewers that run no Plotly. */
import { onPage } from "../../../plots/theme.js";
import { drawable, heightOf } from "./figure.js";
import type { MimeModel } from "./jupyter.js";
import { loadPlotly, type PlotlyFigure, type PlotlyOptions } from "./plotly.js";

/** Base64 of a PNG by the output that has none of its own. */
const pictures = new WeakMap<MimeModel, string>();
/** One at a time: each takes the page a tenth of a second or so. */
let queue: Promise<unknown> = Promise.resolve();

/** A longer PNG is made again with fewer pixels: notebooks hold one for each figure. */
const mostBytes = 200_000;

/** The picture that was made for an output as it is now. */
export function stillOf(output: MimeModel): string | undefined {
  return pictures.get(output);
}

/** @param png base64; `undefined` when the output has become another figure */
export function keepStill(output: MimeModel, png: string | undefined): void {
  if (png === undefined) pictures.delete(output);
  else pictures.set(output, png);
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
    try {
      const plotly = await loadPlotly(plotlyUrl);
      const own = figure.layout?.["width"];
      const wide = typeof own === "number" ? own : Math.max(400, width);
      for (const scale of [2, 1]) {
        const light = drawable(figure, "light", wide, config);
        const size = { width: wide, height: heightOf(light) };
        const paper = { ...light, layout: onPage(light.layout ?? {}, "light") };
        const url = await plotly.toImage(paper, { format: "png", ...size, scale });
        const base64 = url.slice(url.indexOf(",") + 1);
        if (base64.length * 0.75 > mostBytes && scale > 1) continue;
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
