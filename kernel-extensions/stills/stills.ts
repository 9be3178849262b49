import { Browser } from "./browser.js";
import { findBrowser } from "./find-browser.js";
import { plotlyFor } from "../plots/bundle.js";
import { onPage, themedLayout, type Theme } from "../plots/theme.js";

/** What Plotly draws; the library's figures are such objects. */
export interface StillFigure {
  readonly data: readonly unknown[];
  readonly layout?: Readonly<Record<string, unknown>> | undefined;
}

export interface StillOptions {
  /** Which files are wanted. Default: both. */
  formats?: readonly ("png" | "svg")[];
  /** Pixels of a figure whose layout names no width (default 960) or no height (default 540). */
  width?: number;
  height?: number;
  /** Pixels of the PNG for each of the figure's. Default 2. */
  scale?: number;
  /** The page the figure is drawn for. Default "light". */
  theme?: Theme;
  /** `page` paints the theme's page behind figures that set no background; `none` leaves it clear. Default `page`. */
  background?: "page" | "none";
  /** For each figure. Default 30 000. */
  timeoutMs?: number;
  /** The browser's file. Default: {@link findBrowser}'s. */
  browser?: string;
  /** Ends the browser and rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called after each figure with how many are done. */
  onStill?: (done: number) => void;
}

export interface Still {
  /** Pixels of the figure; the PNG has `scale` times as many. */
  readonly width: number;
  readonly height: number;
  /** The file's bytes, where PNG was asked for. */
  readonly png?: Uint8Array;
  /** The file's text, where SVG was asked for. */
  readonly svg?: string;
}

/** The stills in the figures' order, or why there are none. */
export type Stills =
  | { readonly stills: Still[]; readonly reason?: undefined }
  | { readonly stills: undefined; readonly reason: string };

/** Draws one figure in the page and gives its pictures as text; runs there. */
const drawInPage = `
(figure, formats, scale) => {
  const place = document.createElement("div");
  document.body.append(place);
  const { width, height } = figure.layout;
  return Plotly.newPlot(place, figure.data, figure.layout, { staticPlot: true })
    .then(async () => {
      const pictures = {};
      for (const format of formats) {
        pictures[format] = await Plotly.toImage(place, { format, width, height, scale: format === "png" ? scale : 1 });
      }
      return pictures;
    })
    .finally(() => { Plotly.purge(place); place.remove(); });
}`;

/**
 * PNG and SVG of each figure, by one headless browser for all. Plotly comes from the package on disk, and the
 * browser can look up no name. Where no browser is found, `stills` is `undefined` and `reason` says so.
 *
 * @throws Error naming the figure that Plotly does not draw, or that takes longer than `timeoutMs`; the signal's
 * reason when it was aborted. The browser is closed in each case.
 * @throws RangeError for a size or scale that is not positive.
 * @example
 * const { stills, reason } = await makeStills([figure], { theme: "dark" });
 * if (stills) writeFileSync("figure.png", stills[0].png);
 */
export async function makeStills(
  figures: readonly StillFigure[],
  options: StillOptions = {},
): Promise<Stills> {
  const { formats = ["png", "svg"], scale = 2, theme = "light", background = "page" } = options;
  const { width = 960, height = 540, timeoutMs = 30_000, signal, onStill } = options;
  for (const [name, value] of Object.entries({ width, height, scale, timeoutMs })) {
    if (!(value > 0 && Number.isFinite(value)))
      throw new RangeError(`makeStills(): ${name} must be a positive number, got ${String(value)}`);
  }
  signal?.throwIfAborted();
  const found = options.browser === undefined ? findBrowser() : { path: options.browser };
  if (found.path === undefined) return { stills: undefined, reason: found.reason };
  if (figures.length === 0) return { stills: [] };

  const browser = await Browser.start(found.path);
  signal?.addEventListener("abort", browser.kill);
  try {
    signal?.throwIfAborted();
    const { session } = await browser.openPage();
    const evaluate = async (expression: string) => {
      const { result, exceptionDetails } = (await browser.send(
        "Runtime.evaluate",
        { expression, awaitPromise: true, returnByValue: true },
        { session, timeoutMs },
      )) as {
        result: { value?: unknown };
        exceptionDetails?: { text: string; exception?: { description?: string; value?: unknown } };
      };
      if (exceptionDetails === undefined) return result.value;
      const { text, exception } = exceptionDetails;
      throw new Error((exception?.description ?? String(exception?.value ?? text)).split("\n", 1)[0]!);
    };
    const offline = { offline: true, latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    await browser.send("Network.enable", {}, { session });
    await browser.send("Network.emulateNetworkConditions", offline, { session });
    // A page without a document type measures in another way.
    await evaluate(`document.open(); document.write("<!doctype html><body></body>"); document.close()`);
    await evaluate(`${await plotlyFor(figures)};0`);
    const stills: Still[] = [];
    for (const [index, figure] of figures.entries()) {
      const themed = themedLayout(figure, theme);
      const layout = background === "page" ? onPage(themed, theme) : themed;
      layout["width"] ??= width;
      layout["height"] ??= height;
      const drawn = { data: figure.data, layout };
      try {
        const pictures = (await evaluate(
          `(${drawInPage})(${JSON.stringify(drawn)}, ${JSON.stringify(formats)}, ${String(scale)})`,
        )) as { png?: string; svg?: string };
        stills.push({
          ...{ width: Number(layout["width"]), height: Number(layout["height"]) },
          ...(pictures.png !== undefined && { png: Buffer.from(afterComma(pictures.png), "base64") }),
          ...(pictures.svg !== undefined && { svg: `${decodeURIComponent(afterComma(pictures.svg))}\n` }),
        });
      } catch (error) {
        throw new Error(`${nameOf(figure, index)} could not be drawn: ${(error as Error).message}`, {
          cause: error,
        });
      }
      onStill?.(stills.length);
    }
    return { stills };
  } catch (error) {
    // The browser's end is what the abort looks like from here.
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", browser.kill);
    await browser.close();
  }
}

const afterComma = (address: string) => address.slice(address.indexOf(",") + 1);

/** `figure 3 ("Reward by update")` */
function nameOf({ layout }: StillFigure, index: number): string {
  const title = layout?.["title"] as { text?: unknown } | string | undefined;
  const text = typeof title === "string" ? title : title?.text;
  const words = typeof text === "string" ? text.replace(/<[^>]*>/g, " ") : undefined;
  return `figure ${String(index + 1)}${words === undefined ? "" : ` ("${words}")`}`;
}
