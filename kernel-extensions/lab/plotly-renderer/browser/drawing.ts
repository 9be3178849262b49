/** One figure in a page, which may become another: new data while something trains, another theme, another width. */
import { drawable, heightOf } from "./figure.js";
import { loadPlotly, type Plotly, type PlotlyFigure, type PlotlyOptions } from "./plotly.js";
import { onThemeChange, pageTheme } from "./theme.js";

export interface DrawingOptions extends PlotlyOptions {
  /** Called after each drawing, with what went wrong if anything did. */
  onDrawn: (error?: unknown) => void;
}

export class Drawing {
  readonly #place: HTMLElement;
  readonly #options: DrawingOptions;
  readonly #resized: ResizeObserver;
  readonly #stopTheme: () => void;
  #plotly: Plotly | undefined;
  #figure: PlotlyFigure | undefined;
  #running: Promise<boolean> | undefined;
  #outdated = false;
  #disposed = false;

  constructor(place: HTMLElement, options: DrawingOptions) {
    this.#place = place;
    this.#options = options;
    this.#resized = new ResizeObserver(() => {
      // Not on a page, or in a tab behind another one: it is called again when that changes.
      if (place.clientWidth > 0) void this.#plotly?.Plots.resize(place).catch(() => undefined);
    });
    this.#stopTheme = onThemeChange(() => {
      if (this.#figure) void this.#redraw();
    });
  }

  /**
   * Draws the figure in the place of the one before. Of several that come within a frame only the last is drawn.
   *
   * @returns whether it was drawn; never rejects, see {@link DrawingOptions.onDrawn}
   */
  draw(figure: PlotlyFigure): Promise<boolean> {
    this.#figure = figure;
    return this.#redraw();
  }

  dispose(): void {
    this.#disposed = true;
    this.#stopTheme();
    this.#resized.disconnect();
    this.#plotly?.purge(this.#place);
  }

  #redraw(): Promise<boolean> {
    this.#outdated = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(): Promise<boolean> {
    let drawn = false;
    while (this.#outdated && !this.#disposed) {
      await nextFrame();
      this.#outdated = false;
      try {
        await this.#drawNow(this.#figure!);
        drawn = true;
        this.#options.onDrawn();
      } catch (error) {
        drawn = false;
        this.#options.onDrawn(error);
      }
    }
    return drawn;
  }

  async #drawNow(figure: PlotlyFigure): Promise<void> {
    // Set before Plotly is there: what lies below does not jump.
    this.#place.style.height = `${String(heightOf(figure))}px`;
    this.#plotly ??= await loadPlotly(this.#options.plotlyUrl);
    if (this.#disposed) return;
    await this.#plotly.react(this.#place, drawable(figure, pageTheme(), this.#options.config));
    if (this.#disposed) this.#plotly.purge(this.#place);
    else this.#resized.observe(this.#place);
  }
}

/** The browser's next frame; a second at most, because pages in the background have no frames. */
function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 1000);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
