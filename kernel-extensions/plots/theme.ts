/** A figure's colours on a light page and on a dark one: for still pictures, and as a script for pages. */

export type Theme = "light" | "dark";

interface PlotlyFigure {
  readonly data: readonly unknown[];
  readonly layout?: Readonly<Record<string, unknown>> | undefined;
}

/** Text, grid and page of each theme, and the series of figures that choose no colours. */
export const themeColours = {
  light: {
    ...{ ink: "#1b1f24", grid: "#dfe3e8", line: "#6b7280", page: "#ffffff" },
    colorway: "#1f5fbf #c05a00 #1b7f4d #c62828 #6f42c1 #7a5230 #b03a86 #5a6472".split(" "),
  },
  dark: {
    ...{ ink: "#e6e9ed", grid: "#3b4048", line: "#8b949e", page: "#15181c" },
    colorway: "#6ea8fe #ffb86b #69d2a0 #ff8a80 #c4a7ff #d7ba9c #f5a3d0 #b8c0cc".split(" "),
  },
} as const;

/**
 * The layout as it is drawn on a page of that theme. Figures of the library name their neutral ink in
 * `layout.meta.ink`, which becomes the page's; a figure that sets no colours of its own takes the page's.
 *
 * It runs in pages too, from its own source ({@link themeScript}): it may use nothing but `themeColours`.
 */
export function themedLayout({ layout = {} }: PlotlyFigure, theme: Theme): Record<string, unknown> {
  const { ink, grid, line, colorway } = themeColours[theme];
  const meta = layout.meta as { ink?: unknown } | undefined;
  if (meta && typeof meta.ink === "string") {
    const text = JSON.stringify(layout).replaceAll(JSON.stringify(meta.ink), JSON.stringify(ink));
    return JSON.parse(text) as Record<string, unknown>;
  }
  const font = layout.font as { color?: unknown } | undefined;
  if (layout.template || layout.paper_bgcolor || layout.plot_bgcolor || font?.color) return { ...layout };
  const clear = "rgba(0,0,0,0)";
  const axis = {
    ...{ gridcolor: grid, zerolinecolor: line, linecolor: line, automargin: true },
    ...{ ticks: "outside", tickcolor: clear },
  };
  const template = {
    layout: {
      ...{ paper_bgcolor: clear, plot_bgcolor: clear, font: { color: ink, family: "system-ui, sans-serif" } },
      ...{ margin: { t: 56, r: 24, b: 48, l: 56 }, colorway, xaxis: axis, yaxis: axis },
    },
  };
  return { ...layout, template };
}

/**
 * The layout with the theme's page painted behind a figure that sets no background: for pictures, which are shown on
 * pages of any colour.
 */
export function onPage(layout: Readonly<Record<string, unknown>>, theme: Theme): Record<string, unknown> {
  const paper = layout["paper_bgcolor"];
  const isClear = paper === undefined || /^rgba\(.*,\s*0\)$/.test(String(paper));
  return isClear ? { ...layout, paper_bgcolor: themeColours[theme].page } : { ...layout };
}

/** JavaScript for a page: defines `themeColours` and `themedLayout(figure, theme)` there. */
export const themeScript = `const themeColours = ${JSON.stringify(themeColours)};
const themedLayout = ${themedLayout.toString()};
`;
