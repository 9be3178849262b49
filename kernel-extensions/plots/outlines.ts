/** The outlines of coasts and countries on maps, which Plotly would else fetch from its makers' server. */
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { packageRoot } from "../package-root.js";

interface Traces {
  readonly data: readonly unknown[];
  readonly layout?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * All of them, as JSON by name: `world_110m`, `europe_50m`, …, where 110m is a scale of 1 to 110 million. They come
 * with the built front end; where none is built, which takes Plotly's whole package, from that.
 * https://github.com/topojson/topojson-specification
 *
 * @returns none where neither is there
 */
export async function outlines(): Promise<Map<string, string>> {
  const built = join(packageRoot(), "dist", "lab", "static", "topojson");
  const files = await readdir(built).catch(() => []);
  if (files.length === 0) return outlinesOfPlotly();
  const texts = files.map(async (file): Promise<[string, string]> => {
    return [file.replace(/\.json$/, ""), await readFile(join(built, file), "utf8")];
  });
  return new Map(await Promise.all(texts));
}

async function outlinesOfPlotly(): Promise<Map<string, string>> {
  const module: { exports: { topojson?: Record<string, unknown> } } = { exports: {} };
  try {
    const file = createRequire(import.meta.url).resolve("plotly.js/dist/plotly-geo-assets.js");
    // It is made for browsers, and leaves things behind in their window.
    runInNewContext(await readFile(file, "utf8"), { module, window: {} });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
  }
  return new Map(
    Object.entries(module.exports.topojson ?? {}).map(([name, map]) => [name, JSON.stringify(map)]),
  );
}

/** JavaScript for a page that draws these figures: what their maps need, where Plotly looks for it before it fetches. */
export async function outlinesScript(figures: readonly Traces[]): Promise<string> {
  const names = new Set(figures.filter(({ data }) => data.some(isOnMap)).flatMap(namesOf));
  if (names.size === 0) return "";
  const all = await outlines();
  const topojson = [...names].flatMap((name) => {
    const map = all.get(name);
    return map === undefined ? [] : [`${JSON.stringify(name)}: ${map}`];
  });
  return `window.PlotlyGeoAssets = { topojson: { ${topojson.join(", ")} } };\n`;
}

function isOnMap(trace: unknown): boolean {
  const type = (trace as { type?: unknown } | null)?.type;
  return type === "choropleth" || type === "scattergeo";
}

/** Of each map in a layout: its scope and its resolution, or what Plotly takes for them. */
function namesOf({ layout = {} }: Traces): string[] {
  const maps = Object.entries(layout).filter(([key]) => /^geo\d*$/.test(key));
  return (maps.length === 0 ? [{}] : maps.map(([, map]) => map)).map((map) => {
    const { scope = "world", resolution = 110 } = (map ?? {}) as { scope?: unknown; resolution?: unknown };
    return `${String(scope).replaceAll(" ", "-")}_${String(resolution)}m`;
  });
}
