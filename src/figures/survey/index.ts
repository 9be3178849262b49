/** The survey's numbered figures redrawn from its data, and figures beyond it. */
import type { ReadOptions } from "../../survey/read.js";
import { algorithmFamilyTree } from "./algorithm-family-tree.js";
import { baseModelShare } from "./base-model-share.js";
import { capabilityTaskMap } from "./capability-task-map.js";
import type { SurveyFigure } from "./drawn.js";
import { figure1Outline } from "./figure-1-outline.js";
import { figure2PbrftAgenticRl } from "./figure-2-pbrft-agentic-rl.js";
import { figure3InteractionLoop } from "./figure-3-interaction-loop.js";
import { figure4CapabilityWheel } from "./figure-4-capability-wheel.js";
import { figure5ToolUseStages } from "./figure-5-tool-use-stages.js";
import { figure6EvolutionTree } from "./figure-6-evolution-tree.js";
import { growthByMonth } from "./growth-by-month.js";
import { rewardTypeShare } from "./reward-type-share.js";
import { sinceTheSurvey } from "./since-the-survey.js";

export type { LeftOut, RowsDrawn, SurveyFigure } from "./drawn.js";
export {
  shippedEpisode,
  type InteractionLoopOptions,
  type RecordedEpisode,
} from "./figure-3-interaction-loop.js";
export type { GrowthOptions } from "./growth-by-month.js";
export {
  algorithmFamilyTree,
  baseModelShare,
  capabilityTaskMap,
  figure1Outline,
  figure2PbrftAgenticRl,
  figure3InteractionLoop,
  figure4CapabilityWheel,
  figure5ToolUseStages,
  figure6EvolutionTree,
  growthByMonth,
  rewardTypeShare,
  sinceTheSurvey,
};

export interface SurveyFigureEntry {
  /** Of its files, and on command lines: "figure-1-outline", "growth". */
  readonly id: string;
  /** The survey's number; `null` for figures beyond the survey. */
  readonly number: number | null;
  /** What it shows, in a few words. */
  readonly name: string;
  draw(options?: ReadOptions): Promise<SurveyFigure>;
}

/** Every figure of the survey, the numbered ones first. */
export const surveyFigures: readonly SurveyFigureEntry[] = [
  { id: "figure-1-outline", number: 1, name: "Outline of the survey", draw: figure1Outline },
  { id: "figure-2-pbrft-agentic-rl", number: 2, name: "PBRFT and agentic RL", draw: figure2PbrftAgenticRl },
  { id: "figure-3-interaction-loop", number: 3, name: "The interaction loop", draw: figure3InteractionLoop },
  { id: "figure-4-capability-wheel", number: 4, name: "The six capabilities", draw: figure4CapabilityWheel },
  { id: "figure-5-tool-use-stages", number: 5, name: "Stages of tool use", draw: figure5ToolUseStages },
  { id: "figure-6-evolution-tree", number: 6, name: "Evolution tree by domain", draw: figure6EvolutionTree },
  { id: "growth", number: null, name: "Growth by month", draw: growthByMonth },
  { id: "gaps", number: null, name: "Capability by task", draw: capabilityTaskMap },
  { id: "families", number: null, name: "Algorithm families", draw: algorithmFamilyTree },
  { id: "rewards", number: null, name: "Reward types by year", draw: rewardTypeShare },
  { id: "base-models", number: null, name: "Base models", draw: baseModelShare },
  { id: "since", number: null, name: "Since the survey", draw: sinceTheSurvey },
];
