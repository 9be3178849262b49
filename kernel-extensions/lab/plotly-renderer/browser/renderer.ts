/** JupyterLab's renderer of one output: the drawing, its picture for paper, and what went wrong. */
import { Drawing } from "./drawing.js";
import { inWords, plotlyType, toFigure } from "./figure.js";
import type { MimeModel, MimeRenderer, WidgetClass } from "./jupyter.js";
import type { PlotlyFigure, PlotlyOptions } from "./plotly.js";
import { makeStill } from "./still.js";

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
    #json: unknown;
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
      const json = model.data[plotlyType];
      // A picture was added to the output, or its trust changed: the same figure.
      if (json === this.#json) return;
      this.#json = json;
      try {
        const figure = toFigure(json);
        this.node.setAttribute("aria-label", inWords(figure, model.data["text/plain"]));
        clearTimeout(this.#rest);
        const png = model.data["image/png"];
        this.#setStill(typeof png === "string" ? png : undefined);
        const drawn = await this.#drawing.draw(figure);
        if (drawn && typeof png !== "string" && json === this.#json) this.#makeStillAtRest(figure);
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

    #makeStillAtRest(figure: PlotlyFigure): void {
      if (this.isDisposed) return;
      clearTimeout(this.#rest);
      this.#rest = setTimeout(() => {
        void makeStill(figure, this.#place.clientWidth, options).then((png) => {
          if (this.#json === figure && !this.isDisposed) this.#setStill(png);
        });
      }, restMs);
    }

    #setStill(png: string | undefined): void {
      this.node.classList.toggle("arl-has-still", png !== undefined);
      if (png === undefined) this.#still.removeAttribute("src");
      else this.#still.src = `data:image/png;base64,${png}`;
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
