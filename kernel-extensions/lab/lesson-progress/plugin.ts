/** The Lab shows where a lesson stands: points in the notebook's toolbar, and each exercise on a click. */
import { ProgressItem } from "./item.js";
import type { CellModel, NotebookActions, NotebookPanel, Plugin, WidgetClass } from "./jupyter.js";
import { standings, type CellView, type Standing } from "./reading.js";

/** What the page's own packages give. */
export interface Page<Token> {
  /** `INotebookTracker`, the token */
  tracker: Token;
  actions: NotebookActions;
  Widget: WidgetClass;
}

export function lessonProgress<Token>({ tracker, actions, Widget }: Page<Token>): Plugin<Token> {
  return {
    id: "agentic-rl-lab-plotly:lesson-progress",
    description: "Shows the points of a lesson's exercises in its notebook's toolbar.",
    autoStart: true,
    optional: [tracker],
    activate: (_app, notebooks) => {
      notebooks?.widgetAdded.connect((_sender, panel) => {
        void panel.context.ready.then(() => {
          if (!panel.isDisposed) watch(panel, actions, Widget);
        });
      });
    },
  };
}

/** Shows a notebook's exercises from now on, if and when it has some. */
function watch(panel: NotebookPanel, actions: NotebookActions, Widget: WidgetClass): void {
  let shown: readonly Standing[] = [];
  let item: ProgressItem | undefined;
  const read = () => {
    const now = standings([...(panel.model?.cells ?? [])].map(viewOf), shown);
    if (!item && now.length > 0) {
      item = new ProgressItem((standing) => {
        goTo(panel, standing);
      });
      const widget = new Widget({ node: item.node });
      const name = "lessonProgress";
      if (!panel.toolbar.insertBefore("kernelName", name, widget)) panel.toolbar.addItem(name, widget);
    }
    item?.show(now);
    shown = now;
  };

  // A cell that prints changes the notebook hundreds of times a second.
  let asked = 0;
  const ask = () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      read();
    });
  };
  const askIfOurs = (_sender: unknown, { notebook }: { notebook: object }) => {
    if (notebook === panel.content) ask();
  };
  panel.model?.contentChanged.connect(ask);
  for (const signal of [actions.executionScheduled, actions.executed]) signal.connect(askIfOurs);
  panel.disposed.connect(() => {
    cancelAnimationFrame(asked);
    for (const signal of [actions.executionScheduled, actions.executed]) signal.disconnect(askIfOurs);
  });
  read();
}

function viewOf({ type, metadata, sharedModel, executionState, outputs }: CellModel): CellView {
  return {
    ...{ type, metadata, source: sharedModel.getSource(), running: executionState === "running" },
    // Only exercises' outputs are looked at, and others' can be long.
    get outputs() {
      return Array.from({ length: outputs?.length ?? 0 }, (_, index) => outputs!.get(index));
    },
  };
}

function goTo({ content }: NotebookPanel, { cell }: Standing): void {
  content.activeCellIndex = cell;
  content.node.focus({ preventScroll: true });
  content.scrollToItem(cell, "start").catch(() => {
    // The cell is gone, or another was scrolled to meanwhile.
  });
}
