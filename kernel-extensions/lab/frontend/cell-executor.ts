/**
 * Runs cells as JupyterLab does, but lets those wait that are run in the first second of a notebook, when its kernel
 * is about to be connected: JupyterLab empties them and says nothing.
 */
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { ISessionContext } from "@jupyterlab/apputils";
import type { ICodeCellModel } from "@jupyterlab/cells";
import { INotebookCellExecutor, runCell, type INotebookModel } from "@jupyterlab/notebook";

/** It takes the place of JupyterLab's own plugin, hence the name. */
export const cellExecutor: JupyterFrontEndPlugin<INotebookCellExecutor> = {
  id: "@jupyterlab/notebook-extension:cell-executor",
  description: "Provides the notebook cell executor, which waits for the kernel.",
  autoStart: true,
  provides: INotebookCellExecutor,
  activate: () => ({
    runCell: async (options) => {
      const { cell, notebook, sessionContext } = options;
      if (cell.model.type === "code" && sessionContext && isComing(sessionContext, notebook)) {
        (cell.model as ICodeCellModel).executionState = "running"; // Its prompt says [*]: it will run.
        // Cells go on in the order in which they came here.
        await arrival(sessionContext, notebook);
        if (cell.isDisposed) return false;
      }
      return runCell(options);
    },
  }),
};

/** A notebook that names no kernel has its reader asked for one: that can take long, or come to nothing. */
function isComing({ session, kernelDisplayStatus }: ISessionContext, notebook: INotebookModel): boolean {
  return !session?.kernel && kernelDisplayStatus === "initializing" && notebook.defaultKernelName !== "";
}

async function arrival(context: ISessionContext, { defaultKernelName }: INotebookModel): Promise<void> {
  // The kernel's name is handed over right before the start. A start without it would be one of another kernel.
  if (context.kernelPreference.name !== defaultKernelName) {
    await new Promise<void>((done) => {
      context.kernelPreferenceChanged.connect(function handedOver() {
        context.kernelPreferenceChanged.disconnect(handedOver);
        done();
      });
    });
  }
  await context.initialize(); // This is the start that is under way, not another one.
}
