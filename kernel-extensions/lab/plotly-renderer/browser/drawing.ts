/** One figure in a page, which may become another: new data while something trains, another theme, another width. */
import { drawable, heightOf, layoutFor, scaleFor } from "./figure.js";
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
  /** As it is drawn. */
  #title: string | undefined;
  #width: number | undefined;
  #running: Promise<boolean> | undefined;
  #outdated = false;
  #disposed = false;

  constructor(place: HTMLElement, options: DrawingOptions) {
    this.#place = place;
    this.#options = options;
    this.#resized = new ResizeObserver(() => {
      // Not on a page, or in a tab behind another one: it is called again when that changes.
      if (place.clientWidth > 0) this.#fit();
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

  /** Another width: the same drawing, unless the title's lines are other ones. */
  #fit(): void {
    const width = this.#place.clientWidth;
    if (!this.#plotly || !this.#figure || width === this.#width) return;
    // Of what it drew without a width, Plotly keeps texts that it measured as nothing, one upon the other.
    if (this.#width === 0 || titleOf(layoutFor(this.#figure, pageTheme(), width)) !== this.#title) {
      void this.#redraw();
      return;
    }
    this.#width = width;
    this.#scale(this.#figure);
    void this.#plotly.Plots.resize(this.#place).catch(() => undefined);
  }

  /** Shows a figure that is wider than its place smaller. Plotly finds the pointer on it all the same. */
  #scale(figure: PlotlyFigure): void {
    const { style, clientWidth } = this.#place;
    const scale = scaleFor(figure, clientWidth);
    style.transform = scale < 1 ? `scale(${String(scale)})` : "";
    style.transformOrigin = "0 0";
    // What follows it moves up as if it were as high as it looks.
    style.marginBottom = scale < 1 ? `${String(-(1 - scale) * Number.parseFloat(style.height))}px` : "";
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
    const before = this.#width;
    const width = this.#place.clientWidth;
    this.#width = width;
    const drawn = drawable(figure, pageTheme(), width, this.#options.config);
    // Set before Plotly is there: what lies below does not jump.
    this.#place.style.height = `${String(heightOf(drawn))}px`;
    this.#scale(drawn);
    this.#plotly ??= await loadPlotly(this.#options.plotlyUrl);
    if (this.#disposed) return;
    this.#title = titleOf(drawn.layout);
    if (before === 0 && width > 0) this.#plotly.purge(this.#place);
    await this.#plotly.react(this.#place, drawn);
    // Of a drawing that it has drawn before, Plotly keeps the width.
    const isOther = before !== undefined && before !== width && width > 0;
    if (isOther && !this.#disposed) await this.#plotly.Plots.resize(this.#place);
    if (this.#disposed) this.#plotly.purge(this.#place);
    else this.#resized.observe(this.#place);
  }
}

function titleOf(layout: PlotlyFigure["layout"]): string | undefined {
  return JSON.stringify(layout?.["title"]);
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
