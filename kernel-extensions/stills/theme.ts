/** A figure's colours on a light page and on a dark one. */

export type Theme = "light" | "dark";

interface PlotlyFigure {
  readonly data: readonly unknown[];
  readonly layout?: Readonly<Record<string, unknown>> | undefined;
}

/** Text, grid and page of each theme; the page's are those of the exported notebooks. */
export const themeColours = {
  light: { ink: "#1b1f24", grid: "#dfe3e8", line: "#6b7280", page: "#ffffff" },
  dark: { ink: "#e6e9ed", grid: "#3b4048", line: "#8b949e", page: "#15181c" },
} as const;

/**
 * The layout as it is drawn on a page of that theme. Figures of the library name their neutral ink in
 * `layout.meta.ink`, which becomes the page's; a figure that sets no colours of its own takes the page's.
 */
export function themedLayout({ layout = {} }: PlotlyFigure, theme: Theme): Record<string, unknown> {
  const { ink, grid, line } = themeColours[theme];
  const neutral = (layout.meta as { ink?: unknown } | undefined)?.ink;
  if (typeof neutral === "string") {
    const text = JSON.stringify(layout).replaceAll(JSON.stringify(neutral), JSON.stringify(ink));
    return JSON.parse(text) as Record<string, unknown>;
  }
  const font = layout.font as { color?: unknown } | undefined;
  if (layout.template ?? layout.paper_bgcolor ?? layout.plot_bgcolor ?? font?.color) return { ...layout };
  const clear = "rgba(0,0,0,0)";
  const axis = { gridcolor: grid, zerolinecolor: line, linecolor: line, automargin: true };
  const template = {
    layout: {
      ...{ paper_bgcolor: clear, plot_bgcolor: clear, font: { color: ink, family: "system-ui, sans-serif" } },
      ...{ xaxis: axis, yaxis: axis },
    },
  };
  return { ...layout, template };
}
