/** Saved notebooks carry a picture of each figure, for code hosts and exports, which run no Plotly. */
import type { NotebookPanel, Plugin } from "./jupyter.js";
import { stillOf } from "./still.js";

/** @param tracker `INotebookTracker`, the token */
export function stillsOnSave<Token>(tracker: Token): Plugin<Token> {
  return {
    id: "agentic-rl-lab-plotly:stills",
    description: "Adds a still picture to each Plotly figure that is saved without one.",
    autoStart: true,
    optional: [tracker],
    activate: (_app, notebooks) => {
      notebooks?.widgetAdded.connect((_sender, panel) => {
        panel.context.saveState.connect((_context, state) => {
          // Told before the notebook is put in words.
          if (state === "started") addStills(panel);
        });
      });
    },
  };
}

function addStills(panel: NotebookPanel): void {
  for (const { outputs } of panel.model?.cells ?? []) {
    if (!outputs) continue;
    for (let i = 0; i < outputs.length; i++) {
      const output = outputs.get(i);
      const png = stillOf(output);
      if (png === undefined) continue;
      const { data, metadata } = output;
      output.setData({ data: { ...data, "image/png": png }, metadata: { ...metadata } });
    }
  }
}
