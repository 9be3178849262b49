/** Plotly, loaded when the first figure is drawn. */

/** `application/vnd.plotly.v1+json` */
export interface PlotlyFigure {
  readonly data: readonly object[];
  readonly layout?: Readonly<Record<string, unknown>> | undefined;
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly frames?: readonly object[] | undefined;
}

export interface PlotlyOptions {
  /** Where `plotly.min.js` is. */
  plotlyUrl: string;
  /** Plotly's configuration where a figure has none of its own. */
  config: Record<string, unknown>;
}

/** The functions we use; see https://plotly.com/javascript/plotlyjs-function-reference/. */
export interface Plotly {
  react(node: HTMLElement, figure: PlotlyFigure): Promise<unknown>;
  purge(node: HTMLElement): void;
  toImage(
    figure: PlotlyFigure,
    options: { format: "png"; width: number; height: number; scale: number },
  ): Promise<string>;
  Plots: { resize(node: HTMLElement): Promise<unknown> };
}

let loaded: Promise<Plotly> | undefined;

/**
 * Plotly from that address. Another Plotly that the page may have stays its global one.
 *
 * @throws Error when the file cannot be loaded; the next call tries again.
 */
export function loadPlotly(url: string): Promise<Plotly> {
  loaded ??= load(url).catch((error: unknown) => {
    loaded = undefined;
    throw error;
  });
  return loaded;
}

async function load(url: string): Promise<Plotly> {
  const page = window as { Plotly?: Plotly | undefined };
  const other = page.Plotly;
  const script = document.createElement("script");
  script.src = url;
  try {
    await new Promise<void>((resolve, reject) => {
      script.onload = () => {
        resolve();
      };
      script.onerror = () => {
        reject(new Error("Plotly could not be loaded: reload the page, or restart the server"));
      };
      document.head.append(script);
    });
    return page.Plotly!;
  } finally {
    script.remove();
    page.Plotly = other;
  }
}
