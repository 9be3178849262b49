/**
 * `agentic-rl-lab/notebook`: rich output for lessons. Inside the kernel it draws below the running cell.
 *
 * `table`, `figure`, `image`, `html`, `markdown` and `latex` make values to show, and show nothing
 * themselves. A cell shows its last expression; in a plain program wrap them in {@link display}, which
 * prints their text: `display(table(rows))`. `console.log(table(rows))` prints the same text.
 */
export { display, toBundle, type DisplayHandle } from "./display.js";
export {
  displaySymbol,
  type AsyncDisplayable,
  type Displayable,
  type SyncDisplayable,
} from "./displayable.js";
export { figure, figureBundle, type Figure, type FigureOptions, type PlotlyFigure } from "./figure.js";
export { image, type ImageOptions, type ImageSource } from "./image.js";
export { cellSignal, clearOutput, comms, inKernel, input } from "./interaction.js";
export {
  live,
  type Live,
  type LiveOptions,
  type LiveOrigin,
  type LiveSources,
  type LiveStep,
  type LiveTraining,
} from "./live.js";
export { blank, notYet } from "../grading/blank.js";
export { scaffold, type Scaffold } from "../cli/new-environment/scaffold.js";
export { exercise, points } from "../grading/notebook.js";
export type { Score } from "../grading/score.js";
export type { ExerciseId } from "../grading/lessons.js";
export { html, latex, markdown, Html } from "./markup.js";
export { flushDisplays } from "./pace.js";
export {
  progress,
  type LoopProgressOptions,
  type ProgressAsyncIterable,
  type ProgressBar,
  type ProgressIterable,
  type ProgressOptions,
} from "./progress.js";
export type { Frame, TableRows } from "./rows.js";
export { checkSetup, type SetupOptions } from "./setup.js";
export { table, type TableOptions } from "./table.js";
export type { Comm, Comms, DisplayOptions, InputOptions, MimeBundle } from "../kernel/bridge.js";
