/** Plotly from the package on disk: the smallest bundle that draws what is asked for. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { outlinesScript } from "./outlines.js";

interface Traces {
  readonly data: readonly unknown[];
  readonly layout?: Readonly<Record<string, unknown>> | undefined;
}

/** Bundles that draw only some kinds of trace, the smallest first; the whole of Plotly draws all. */
const bundles: readonly [file: string, traces: readonly string[]][] = [
  ["plotly.js-basic-dist-min/plotly-basic.min.js", ["bar", "pie", "scatter"]],
  [
    "plotly.js-cartesian-dist-min/plotly-cartesian.min.js",
    [
      ...["bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour", "image"],
      ...["pie", "scatter", "scatterternary", "violin"],
    ],
  ],
];

/** The source of a Plotly that draws these figures, with the outlines of their maps. */
export async function plotlyFor(figures: readonly Traces[]): Promise<string> {
  const kinds = new Set(
    figures.flatMap(({ data }) =>
      data.map((trace) => String((trace as { type?: unknown } | null)?.type ?? "scatter")),
    ),
  );
  const bundle = bundles.find(([, known]) => [...kinds].every((kind) => known.includes(kind)));
  const file = bundle?.[0] ?? "plotly.js-dist-min/plotly.min.js";
  const plotly = await readFile(createRequire(import.meta.url).resolve(file), "utf8");
  return (await outlinesScript(figures)) + plotly;
}
