/** Plotly in a page, and the script that draws there. */
import type { Notebook, Output } from "../../client/notebook.js";
import { plotlyFor } from "../../plots/bundle.js";
import { themeScript } from "../../plots/theme.js";
import { escapeScript } from "./escape.js";
import { plotlyType } from "./outputs.js";

/** The script elements of a page that shows these outputs; empty when there is no plot among them. */
export async function plotScripts(outputs: Output[]): Promise<string> {
  const figures = outputs.flatMap((output) => {
    if (output.output_type !== "display_data" && output.output_type !== "execute_result") return [];
    const figure = output.data[plotlyType] as { data?: unknown } | undefined;
    return figure === undefined ? [] : [{ data: Array.isArray(figure.data) ? figure.data : [] }];
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
${themeScript}  const dark = matchMedia("(prefers-color-scheme: dark)");
  const themed = (figure, isDark) => themedLayout(figure, isDark ? "dark" : "light");
  const pen = document.createElement("canvas").getContext("2d");
  /* The text in lines no wider than that. A line that ends a sentence stays one; the others were broken for
     a wider page. Tags, which may hold spaces, are not broken and have no width. */
  const wrapped = (text, font, width) => {
    const widthOf = (words) => {
      pen.font = font;
      return pen.measureText(words.replace(/<[^>]*>/g, "").replace(/&[^;\\s]+;/g, "x")).width;
    };
    const lines = text.split(/<br\\s*\\/?>/i);
    if (lines.every((line) => widthOf(line) <= width)) return text;
    const joined = lines.reduce((done, line) => done + (/[.!?:;]\\s*$/.test(done) ? "<br>" : " ") + line);
    return joined
      .split("<br>")
      .map((line) =>
        line
          .split(/\\s+(?![^<]*>)/)
          .reduce((done, word) => {
            const last = done.at(-1);
            if (last !== undefined && widthOf(last + " " + word) <= width) done[done.length - 1] = last + " " + word;
            else done.push(word);
            return done;
          }, [])
          .join("<br>"),
      )
      .join("<br>");
  };
  /* Wraps a title that is wider than the figure, and makes room for its new lines. */
  const fitted = (layout, width) => {
    const title = typeof layout.title === "string" ? { text: layout.title } : layout.title;
    if (!title || typeof title.text !== "string" || !(width > 0)) return layout;
    const pad = title.pad || {};
    const available = width - (pad.l || 0) - (pad.r || 0) - 20;
    let more = 0;
    const fit = (part, usual) => {
      if (!part || typeof part.text !== "string") return part;
      const own = part.font || {};
      const size = own.size || usual;
      const family = own.family || (layout.font && layout.font.family) || "system-ui, sans-serif";
      const text = wrapped(part.text, (own.weight || "") + " " + size + "px " + family, available);
      const added = (text.split("<br>").length - part.text.split(/<br\\s*\\/?>/i).length) * size * 1.3;
      more += added;
      // Plotly centres the lines of a title around where its only line would be.
      if (part.yanchor !== "top") return { ...part, text };
      return { ...part, text, pad: { ...pad, t: (pad.t || 0) + added / 2 } };
    };
    const size = (title.font && title.font.size) || Math.round(1.4 * ((layout.font && layout.font.size) || 12));
    const fittedTitle = fit({ ...title, subtitle: fit(title.subtitle, Math.max(12, Math.round(0.7 * size))) }, size);
    if (fittedTitle.subtitle === undefined) delete fittedTitle.subtitle;
    const margin = { ...layout.margin };
    if (more > 0) margin.t = (margin.t ?? (layout.template ? 56 : 100)) + more;
    return { ...layout, title: fittedTitle, margin, height: (layout.height || 420) + Math.max(0, more) };
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
    const layout = fitted(themedOne, themedOne.width || target.clientWidth);
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
          if (!layout.width && titleOf(fitted(themed(figure, dark.matches), target.clientWidth)) !== one.title) draw(one, dark.matches);
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
