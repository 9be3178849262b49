/** The renderer of Plotly figures as JupyterLab takes it. */
import { plotlyType } from "./figure.js";
import type { MimeExtension, WidgetClass } from "./jupyter.js";
import type { PlotlyOptions } from "./plotly.js";
import { rendererClass } from "./renderer.js";

/** @param Widget `@lumino/widgets`' class, the one the page uses */
export function plotlyExtension(Widget: WidgetClass, options: PlotlyOptions): MimeExtension {
  const Renderer = rendererClass(Widget, options);
  return {
    id: "agentic-rl-lab-plotly:renderer",
    description: "Draws Plotly figures.",
    // Before text/html, which other libraries send along for viewers that have no renderer.
    rank: 0,
    dataType: "json",
    rendererFactory: { safe: true, mimeTypes: [plotlyType], createRenderer: () => new Renderer() },
  };
}
