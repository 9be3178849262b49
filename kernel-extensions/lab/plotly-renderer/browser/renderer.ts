/** JupyterLab's renderer of one output: the drawing, its picture for paper, and what went wrong. */
import { Drawing } from "./drawing.js";
import { inWords, plotlyType, toFigure } from "./figure.js";
import type { MimeModel, MimeRenderer, WidgetClass } from "./jupyter.js";
import type { PlotlyOptions } from "./plotly.js";
import { keepStill, makeStill } from "./still.js";

/** A figure that has not changed for so long is at rest. */
const restMs = 1000;

/** In the output itself, so that it goes along where JupyterLab prints a copy of it. */
const css = `
.arl-figure { position: relative; overflow-x: auto; }
.arl-figure > img { display: none; max-width: 100%; }
@media print {
  .arl-figure.arl-has-still > div { display: none; }
  .arl-figure.arl-has-still > img { display: block; }
}`;

/** The class, made on the page's own Widget. */
export function rendererClass(Widget: WidgetClass, options: PlotlyOptions): new () => MimeRenderer {
  return class RenderedFigure extends Widget implements MimeRenderer {
    readonly #place = document.createElement("div");
    readonly #still = document.createElement("img");
    readonly #problem = document.createElement("pre");
    readonly #drawing = new Drawing(this.#place, {
      ...options,
      onDrawn: (error) => {
        this.#show(error);
      },
    });
    /** Counts the figures it was given. */
    #turn = 0;
    #rest: ReturnType<typeof setTimeout> | undefined;

    constructor() {
      super();
      const style = document.createElement("style");
      style.textContent = css;
      this.#still.alt = "";
      this.#problem.hidden = true;
      this.node.append(style, this.#place, this.#still, this.#problem);
      this.addClass("arl-figure");
    }

    async renderModel(model: MimeModel): Promise<void> {
      clearTimeout(this.#rest);
      const turn = ++this.#turn;
      const { [plotlyType]: json, "text/plain": text, "image/png": png } = model.data;
      keepStill(model, undefined);
      this.#setStill(png);
      try {
        const figure = toFigure(json);
        this.node.setAttribute("aria-label", inWords(figure, text));
        // What is hidden has no width to be drawn in.
        this.#place.hidden = false;
        const drawn = await this.#drawing.draw(figure);
        if (!drawn || png !== undefined || turn !== this.#turn || this.isDisposed) return;
        this.#rest = setTimeout(() => {
          void makeStill(figure, this.#place.clientWidth, options).then((made) => {
            if (turn !== this.#turn) return;
            keepStill(model, made);
            this.#setStill(made);
          });
        }, restMs);
      } catch (error) {
        this.#show(error);
      }
    }

    override dispose(): void {
      if (this.isDisposed) return;
      clearTimeout(this.#rest);
      this.#drawing.dispose();
      super.dispose();
    }

    #setStill(png: unknown): void {
      const has = typeof png === "string";
      this.node.classList.toggle("arl-has-still", has);
      if (has) this.#still.src = `data:image/png;base64,${png}`;
      else this.#still.removeAttribute("src");
    }

    #show(error: unknown): void {
      this.#problem.hidden = error === undefined;
      this.#place.hidden = error !== undefined;
      // To assistive technology an image has no content but its label: a message must be read.
      this.node.setAttribute("role", error === undefined ? "img" : "group");
      if (error === undefined) return;
      const message = error instanceof Error ? error.message : String(error);
      this.#problem.textContent = `This figure could not be drawn: ${message}`;
    }
  };
}
