/** The survey's numbered figures redrawn from its data, and figures beyond it. */
import { requireOptions, shown } from "../../survey/arguments.js";
import type { ReadOptions } from "../../survey/read.js";
import { algorithmFamilyTree } from "./algorithm-family-tree.js";
import { baseModelShare } from "./base-model-share.js";
import { capabilityTaskMap } from "./capability-task-map.js";
import type { SurveyFigure } from "./drawn.js";
import { figure1Outline } from "./figure-1-outline.js";
import { figure2PbrftAgenticRl } from "./figure-2-pbrft-agentic-rl.js";
import { figure3InteractionLoop } from "./figure-3-interaction-loop.js";
export type { RecordedEpisode } from "../episode-messages.js";
import { figure4CapabilityWheel } from "./figure-4-capability-wheel.js";
import { figure5ToolUseStages } from "./figure-5-tool-use-stages.js";
import { figure6EvolutionTree } from "./figure-6-evolution-tree.js";
import { growthByMonth } from "./growth-by-month.js";
import { labelStrengths } from "./label-strengths.js";
import { labelsByMonth } from "./labels-by-month.js";
import { rewardTypeShare } from "./reward-type-share.js";
import { sinceTheSurvey } from "./since-the-survey.js";
import { sourcesByMonth } from "./sources-by-month.js";

export type { LeftOut, RowsDrawn, SurveyFigure } from "./drawn.js";
export { shippedEpisode, type InteractionLoopOptions } from "./figure-3-interaction-loop.js";
export type { GrowthOptions } from "./growth-by-month.js";
export type { LabelStrengthsOptions } from "./label-strengths.js";
export type { LabelsByMonthOptions } from "./labels-by-month.js";
export type { SourcesByMonthOptions } from "./sources-by-month.js";

/**
 * Every figure by name: Figures 1–6 of the survey in their order, then those beyond it. All but the last three say
 * which rows they drew (`rows`) and give the numbers behind them (`csv`).
 *
 * @example await figures.capabilityWheel()
 * @example await figures.labelsByMonth({ by: "task", strength: "strong" })
 */
export const figures = {
  outline: figure1Outline,
  pbrftVersusAgenticRl: figure2PbrftAgenticRl,
  interactionLoop: figure3InteractionLoop,
  capabilityWheel: figure4CapabilityWheel,
  toolUseStages: figure5ToolUseStages,
  evolutionTree: figure6EvolutionTree,
  growthByMonth,
  capabilityTaskMap,
  algorithmFamilyTree,
  rewardTypeShare,
  baseModelShare,
  sinceTheSurvey,
  labelStrengths,
  labelsByMonth,
  sourcesByMonth,
};

export type FigureNumber = 1 | 2 | 3 | 4 | 5 | 6;
export const figureNumbers: readonly FigureNumber[] = [1, 2, 3, 4, 5, 6];

export interface CatalogueFigure {
  /** Of its files, and on command lines: "figure-1-outline", "growth". */
  readonly id: string;
  /** The survey's number; `null` for figures beyond the survey. */
  readonly number: FigureNumber | null;
  /** What it shows, in a few words. */
  readonly name: string;
  draw(options?: ReadOptions): Promise<SurveyFigure>;
}

/** The survey's figures and those beyond it, in the order of the gallery. */
export const figureCatalogue: readonly CatalogueFigure[] = [
  { id: "figure-1-outline", number: 1, name: "Outline of the survey", draw: figures.outline },
  {
    ...{ id: "figure-2-pbrft-agentic-rl", number: 2, name: "PBRFT and agentic RL" },
    draw: figures.pbrftVersusAgenticRl,
  },
  { id: "figure-3-interaction-loop", number: 3, name: "The interaction loop", draw: figures.interactionLoop },
  { id: "figure-4-capability-wheel", number: 4, name: "The six capabilities", draw: figures.capabilityWheel },
  { id: "figure-5-tool-use-stages", number: 5, name: "Stages of tool use", draw: figures.toolUseStages },
  { id: "figure-6-evolution-tree", number: 6, name: "Evolution tree by domain", draw: figures.evolutionTree },
  { id: "growth", number: null, name: "Growth by month", draw: figures.growthByMonth },
  { id: "gaps", number: null, name: "Capability by task", draw: figures.capabilityTaskMap },
  { id: "families", number: null, name: "Algorithm families", draw: figures.algorithmFamilyTree },
  { id: "rewards", number: null, name: "Reward types by year", draw: figures.rewardTypeShare },
  { id: "base-models", number: null, name: "Base models", draw: figures.baseModelShare },
  { id: "since", number: null, name: "Since the survey", draw: figures.sinceTheSurvey },
];

/**
 * A figure of the survey by its number, redrawn from the data.
 *
 * @example await figure(4)
 * @throws RangeError when the survey has no figure of that number.
 */
export async function figure(number: FigureNumber, options: ReadOptions = {}): Promise<SurveyFigure> {
  const entry = figureCatalogue.find((one) => one.number !== null && one.number === number);
  if (entry === undefined) {
    throw new RangeError(
      `figure(): the survey has Figures 1 to 6, got ${shown(number)}; figures.growthByMonth() and others draw what is beyond it`,
    );
  }
  requireOptions(`figure(${String(number)})`, options, '{ directory: "survey" }');
  return entry.draw(options);
}
