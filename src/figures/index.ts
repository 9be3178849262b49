/** Figures of training and of what agents do: plain Plotly objects, drawn in a notebook or written to a file. */
export { actionProbabilities } from "./action-probabilities.js";
export type { ActionProbabilitiesOptions, ActionTable } from "./action-probabilities.js";
export { beforeAfter } from "./before-after.js";
export type { BeforeAfterOptions, BeforeAfterRow } from "./before-after.js";
export type { RecordedStep, Runs, XAxis } from "./curves.js";
export { createFigure, palette } from "./figure.js";
export type { Figure, FigureParts, PlotlyObject } from "./figure.js";
export { learningCurve } from "./learning-curve.js";
export type { LearningCurveOptions, Reference } from "./learning-curve.js";
export { mapFigure } from "./map.js";
export type { Cell, GraphMap, GridMap, MapOptions, Room } from "./map.js";
export { metricCurves } from "./metric-curves.js";
export type { MetricCurvesOptions } from "./metric-curves.js";
export { paradigms } from "./paradigms.js";
export type { ParadigmsEpisodes, ParadigmsOptions } from "./paradigms.js";
export type { RecordedEpisode } from "./episode-messages.js";
export { trajectoryView } from "./trajectory-view.js";
export type { TrajectorySnapshot, TrajectoryViewOptions } from "./trajectory-view.js";
