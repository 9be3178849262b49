/**
 * The tables of *The Landscape of Agentic Reinforcement Learning for LLMs: A Survey* (arXiv 2509.02547) as
 * frames, as typed records and as figures.
 */
export { checkSurvey } from "./check.js";
export type { CheckOptions, FileReport } from "./check.js";
export { countBy, papersByMonth, worksBySource } from "./counts.js";
export type { MonthCount, MonthlyCounts, MonthlyOptions, SourceCount, ValueCount } from "./counts.js";
export {
  algorithmFamilies,
  algorithmFamily,
  baseModelFamilies,
  baseModelFamiliesOf,
  organisationsOf,
} from "./families.js";
export type { AlgorithmFamily } from "./families.js";
export { figure, figureCatalogue, figureNumbers, figures, shippedEpisode } from "../figures/survey/index.js";
export type {
  CatalogueFigure,
  FigureNumber,
  GrowthOptions,
  InteractionLoopOptions,
  LabelsByMonthOptions,
  LabelStrengthsOptions,
  LeftOut,
  RecordedEpisode,
  RowsDrawn,
  SourcesByMonthOptions,
  SurveyFigure,
} from "../figures/survey/index.js";
export { toFrame } from "./frame.js";
export type { Cell, Frame, FrameColumn, FrameGroups } from "./frame.js";
export { appearances, citationsBySection, keyedTableNames, withPapers } from "./joins.js";
export type { Appearance, KeyedTableName, SectionCitations } from "./joins.js";
export { labelsBy, labelStrength, labelText, paperLabels } from "./labels.js";
export type { PaperLabel, Strength } from "./labels.js";
export { frame, papers } from "./load.js";
export { dimensions, findPapers, papersBy } from "./queries.js";
export type { Dimension, Dimensions, PaperCount, PaperCounts, PaperFilter } from "./queries.js";
export { rows, SurveyDataError } from "./read.js";
export type { ReadOptions } from "./read.js";
export { capabilities, sources, tableNames, tasks } from "./rows.js";
export type * from "./rows.js";
export { SurveyTable } from "./survey-table.js";
export type { Content, TableColumn } from "./survey-table.js";
export { table, tableNumbers, tables } from "./tables.js";
export type { NumberedTables, TableNumber, WithErrata } from "./tables.js";
