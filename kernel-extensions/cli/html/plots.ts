/** Plotly in a page, and the script that draws there. */
import type { Notebook, Output } from "../../client/notebook.js";
import { plotlyFor } from "../../plots/bundle.js";
import { themeScript } from "../../plots/theme.js";
import { titleScript } from "../../plots/title.js";
import { escapeScript } from "./escape.js";
import { plotlyType } from "./outputs.js";

/** The script elements of a page that shows these outputs; empty when there is no plot among them. */
export async function plotScripts(outputs: Output[]): Promise<string> {
  const figures = outputs.flatMap((output) => {
    if (output.output_type !== "display_data" && output.output_type !== "execute_result") return [];
    const figure = output.data[plotlyType] as { data?: unknown; layout?: object } | null | undefined;
    if (!figure) return [];
    const { data, layout } = figure;
    return [{ data: Array.isArray(data) ? data : [], layout: { ...layout } }];
  });
  if (figures.length === 0) return "";
  const plotly = await plotlyFor(figures);
  return `<script>${escapeScript(plotly)}</script>\n<script>${escapeScript(drawPlots)}</script>\n`;
}

/** All outputs of a notebook. */
export function outputsOf(notebook: Notebook): Output[] {
  return notebook.cells.flatMap((cell) => cell.outputs ?? []);
}

/**
 * Runs in the page. A figure that chooses no colours of its own takes the page's, light or dark; so does the
 * neutral ink of the library's figures, which they name in `layout.meta.ink`. Paper is light.
 */
const drawPlots = `
(() => {
${themeScript}${titleScript}  const dark = matchMedia("(prefers-color-scheme: dark)");
  const themed = (figure, isDark) => themedLayout(figure, isDark ? "dark" : "light");
  const pen = document.createElement("canvas").getContext("2d");
  const textWidth = (text, font) => {
    pen.font = font;
    return pen.measureText(text).width;
  };
  /* A figure of fixed width is scaled down to three quarters at most; what is wider then scrolls. */
  const scaled = (target, { width, height }) => {
    if (!width) return;
    const scale = Math.min(1, Math.max(0.72, target.parentElement.clientWidth / width));
    target.style.width = width + "px";
    target.style.transformOrigin = "0 0";
    target.style.transform = scale < 1 ? "scale(" + scale + ")" : "";
    target.style.marginBottom = Math.round((scale - 1) * height) + "px";
  };
  const layoutFor = (figure, target, isDark) => {
    const themedOne = themed(figure, isDark);
    const layout = fitTitle(themedOne, themedOne.width || target.clientWidth, textWidth);
    target.style.height = (layout.height || 420) + "px";
    scaled(target, layout);
    return layout;
  };
  const titleOf = ({ title }) => JSON.stringify(title && [title.text, title.subtitle && title.subtitle.text]);
  const drawn = [];
  for (const plot of document.querySelectorAll(".plot")) {
    const figure = JSON.parse(plot.querySelector("script").textContent);
    const target = document.createElement("div");
    plot.append(target);
    const layout = layoutFor(figure, target, dark.matches);
    const still = plot.querySelector("img");
    const config = { displaylogo: false, ...figure.config, responsive: true };
    Plotly.newPlot(target, { data: figure.data, layout, config, frames: figure.frames }).then(
      () => {
        if (still) still.hidden = true;
        const one = { target, figure, config, title: titleOf(layout) };
        drawn.push(one);
        new ResizeObserver(() => {
          scaled(target, layout);
          if (!layout.width && titleOf(fitTitle(themed(figure, dark.matches), target.clientWidth, textWidth)) !== one.title) draw(one, dark.matches);
        }).observe(plot);
      },
      (error) => {
        target.remove();
        if (!still) plot.append("This plot could not be drawn: " + error.message);
      },
    );
  }
  const draw = (one, isDark) => {
    const layout = layoutFor(one.figure, one.target, isDark);
    one.title = titleOf(layout);
    Plotly.react(one.target, one.figure.data, layout, one.config);
  };
  const restyle = (isDark) => {
    for (const one of drawn) draw(one, isDark);
  };
  dark.addEventListener("change", () => restyle(dark.matches));
  addEventListener("beforeprint", () => restyle(false));
  addEventListener("afterprint", () => restyle(dark.matches));
})();
`;
