/** Plotly in a page: the smallest bundle that draws what is there, and the script that draws it. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { Notebook, Output } from "../../client/notebook.js";
import { escapeScript } from "./escape.js";
import { plotlyType } from "./outputs.js";

/** Bundles that draw only some kinds of trace, the smallest first; the whole of Plotly draws all. */
const bundles: [file: string, traces: string[]][] = [
  ["plotly-basic.min.js", ["bar", "pie", "scatter"]],
  [
    "plotly-cartesian.min.js",
    "bar box contour heatmap histogram histogram2d histogram2dcontour image pie scatter scatterternary violin".split(
      " ",
    ),
  ],
];

/** The script elements of a page that shows these outputs; empty when there is no plot among them. */
export async function plotScripts(outputs: Output[]): Promise<string> {
  const traces = new Set<string>();
  let plots = 0;
  for (const output of outputs) {
    if (output.output_type !== "display_data" && output.output_type !== "execute_result") continue;
    const figure = output.data[plotlyType];
    if (figure === undefined) continue;
    plots++;
    const { data } = figure as { data?: unknown };
    for (const trace of Array.isArray(data) ? data : []) {
      traces.add(String((trace as { type?: unknown } | null)?.type ?? "scatter"));
    }
  }
  if (plots === 0) return "";
  const bundle = bundles.find(([, known]) => [...traces].every((trace) => known.includes(trace)));
  const path = createRequire(import.meta.url).resolve(`plotly.js/dist/${bundle?.[0] ?? "plotly.min.js"}`);
  const plotly = await readFile(path, "utf8");
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
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const template = (isDark) => {
    const clear = "rgba(0,0,0,0)";
    const grid = isDark ? "#3b4048" : "#dfe3e8";
    const line = isDark ? "#8b949e" : "#6b7280";
    const axis = { gridcolor: grid, zerolinecolor: line, linecolor: line, tickcolor: clear, ticks: "outside", automargin: true };
    return {
      layout: {
        margin: { t: 56, r: 24, b: 48, l: 56 },
        paper_bgcolor: clear,
        plot_bgcolor: clear,
        font: { color: ink(isDark), family: "system-ui, sans-serif" },
        colorway: isDark
          ? ["#6ea8fe", "#ffb86b", "#69d2a0", "#ff8a80", "#c4a7ff", "#d7ba9c", "#f5a3d0", "#b8c0cc"]
          : ["#1f5fbf", "#c05a00", "#1b7f4d", "#c62828", "#6f42c1", "#7a5230", "#b03a86", "#5a6472"],
        xaxis: axis,
        yaxis: axis,
      },
    };
  };
  const ink = (isDark) => (isDark ? "#e6e9ed" : "#1b1f24");
  const themed = (figure, isDark) => {
    const layout = { ...figure.layout };
    const neutral = layout.meta && layout.meta.ink;
    if (typeof neutral === "string") {
      const text = JSON.stringify(layout).replaceAll(JSON.stringify(neutral), JSON.stringify(ink(isDark)));
      return JSON.parse(text);
    }
    if (layout.template || layout.paper_bgcolor || layout.plot_bgcolor || (layout.font && layout.font.color)) return layout;
    layout.template = template(isDark);
    return layout;
  };
  const drawn = [];
  for (const plot of document.querySelectorAll(".plot")) {
    const figure = JSON.parse(plot.querySelector("script").textContent);
    const layout = themed(figure, dark.matches);
    const target = document.createElement("div");
    target.style.height = (layout.height || 420) + "px";
    plot.append(target);
    const still = plot.querySelector("img");
    const config = { displaylogo: false, ...figure.config, responsive: true };
    Plotly.newPlot(target, { data: figure.data, layout, config, frames: figure.frames }).then(
      () => {
        if (still) still.hidden = true;
        drawn.push({ target, figure, config });
      },
      (error) => {
        target.remove();
        if (!still) plot.append("This plot could not be drawn: " + error.message);
      },
    );
  }
  const restyle = (isDark) => {
    for (const { target, figure, config } of drawn) Plotly.react(target, figure.data, themed(figure, isDark), config);
  };
  dark.addEventListener("change", () => restyle(dark.matches));
  addEventListener("beforeprint", () => restyle(false));
  addEventListener("afterprint", () => restyle(dark.matches));
})();
`;
