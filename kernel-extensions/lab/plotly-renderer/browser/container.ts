/**
 * Our side of module federation, which JupyterLab loads extensions with: it hands over the modules the page shares,
 * and asks for ours. https://webpack.js.org/concepts/module-federation/
 */
import type { NotebookActions, WidgetClass as ItemClass } from "../../lesson-progress/jupyter.js";
import { lessonProgress } from "../../lesson-progress/plugin.js";
import { plotlyExtension } from "./extension.js";
import type { WidgetClass } from "./jupyter.js";
import { stillsOnSave } from "./stills-on-save.js";

/** By package, by version. */
type ShareScope = Record<string, Record<string, { get: () => Promise<() => unknown>; loaded?: unknown }>>;

let shared: ShareScope = {};

export function init(scope: ShareScope): void {
  shared = scope;
}

/**
 * A factory of one of our modules.
 *
 * @throws Error when there is no such module, or the page does not share what it needs.
 */
export async function get(module: string): Promise<() => { __esModule: true; default: unknown }> {
  const extension = await make(module);
  return () => ({ __esModule: true, default: extension });
}

async function make(module: string): Promise<unknown> {
  switch (module) {
    case "./mimeExtension": {
      const { Widget } = (await take("@lumino/widgets")) as { Widget: WidgetClass };
      return plotlyExtension(Widget, {
        plotlyUrl: new URL("plotly.min.js", import.meta.url).href,
        // Plotly would fetch the outlines of countries from its makers' server.
        config: { topojsonURL: new URL("topojson/", import.meta.url).href },
      });
    }
    case "./extension": {
      const notebook = (await take("@jupyterlab/notebook")) as {
        INotebookTracker: unknown;
        NotebookActions: NotebookActions;
      };
      const { Widget } = (await take("@lumino/widgets")) as { Widget: ItemClass };
      const { INotebookTracker: tracker, NotebookActions: actions } = notebook;
      return [stillsOnSave(tracker), lessonProgress({ tracker, actions, Widget })];
    }
    default:
      throw new Error(`agentic-rl-lab-plotly has no module ${module}`);
  }
}

/** The page's own copy of a package: the one in use, where several extensions brought one. */
async function take(name: string): Promise<unknown> {
  const copies = Object.values(shared[name] ?? {});
  const copy = copies.find(({ loaded }) => loaded) ?? copies[0];
  if (!copy) throw new Error(`this JupyterLab does not share ${name}: version 4 does`);
  return (await copy.get())();
}
