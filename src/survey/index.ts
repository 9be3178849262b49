/**
 * The tables of *The Landscape of Agentic Reinforcement Learning for LLMs: A Survey* (arXiv 2509.02547) as
 * frames, as typed records and as figures.
 */
export { countBy, papersByMonth, worksBySource } from "./counts.js";
export type { MonthCount, MonthlyCounts, MonthlyOptions, SourceCount, ValueCount } from "./counts.js";
export { labelsFigure, papersByMonthFigure, sourcesFigure } from "./figures.js";
export type { LabelsFigureOptions, MonthFigureOptions, SourcesFigureOptions } from "./figures.js";
export { toFrame } from "./frame.js";
export type { Cell, Frame, FrameColumn, FrameGroups } from "./frame.js";
export { labelsBy, labelStrength, labelText, paperLabels } from "./labels.js";
export type { PaperLabel, Strength } from "./labels.js";
export { papers, table } from "./load.js";
export { rows, SurveyDataError } from "./read.js";
export type { ReadOptions } from "./read.js";
export { capabilities, sources, tableNames, tasks } from "./rows.js";
export type * from "./rows.js";
