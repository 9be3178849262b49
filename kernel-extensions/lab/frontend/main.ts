/** JupyterLab with the extensions of package.json, our renderer of figures and our display of a lesson's progress. */
import { JupyterLab } from "@jupyterlab/application";
import { PageConfig } from "@jupyterlab/coreutils";
import { INotebookTracker, NotebookActions } from "@jupyterlab/notebook";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { IConnectionStatus, IServiceManager } from "@jupyterlab/services";
import { PluginRegistry } from "@lumino/coreutils";
import { Widget } from "@lumino/widgets";
import { extensions, mimeExtensions } from "jupyterlab-extensions";
import plotlyUrl from "plotly.min.js?file";
import { lessonProgress } from "../lesson-progress/plugin.js";
import { plotlyExtension } from "../plotly-renderer/browser/extension.js";
import { stillsOnSave } from "../plotly-renderer/browser/stills-on-save.js";
import { cellExecutor } from "./cell-executor.js";
import { themeChoice } from "./theme-choice.js";

/** What asks the server for things that this server has not: language servers, news, licence reports. */
const leftOut = /:language-server|:announcements$|:licenses/;

const wanted = extensions
  .map((plugin) => (plugin.id === cellExecutor.id ? cellExecutor : plugin))
  .filter(({ id }) => !leftOut.test(id) && !PageConfig.Extension.isDisabled(id));
const pluginRegistry = new PluginRegistry();
pluginRegistry.registerPlugins([
  ...wanted,
  themeChoice,
  stillsOnSave(INotebookTracker),
  lessonProgress({ tracker: INotebookTracker, actions: NotebookActions, Widget }),
]);

// Plotly would fetch the outlines of countries from its makers' server.
const config = { topojsonURL: new URL("topojson/", new URL(plotlyUrl, location.href)).href };

// It extends the Widget it is given and knows only what it uses of it.
const figures = plotlyExtension(Widget, { plotlyUrl, config }) as unknown as IRenderMime.IExtension;
const renderers = { __esModule: true, default: [...mimeExtensions, figures] };

const lab = new JupyterLab({
  pluginRegistry,
  serviceManager: await pluginRegistry.resolveRequiredService(IServiceManager),
  connectionStatus: await pluginRegistry.resolveRequiredService(IConnectionStatus),
  mimeExtensions: [renderers],
});
if (PageConfig.getOption("exposeAppInBrowser") === "true") Object.assign(window, { jupyterapp: lab });
await lab.start({ bubblingKeydown: true });
