/** Advantage estimators: rewards in, one advantage per written token out. */
export { batchBaseline, whitened } from "./batch.js";
export {
  episodesOf,
  fillEpisode,
  fillTurn,
  groupsOf,
  returnsToGo,
  turnRewards,
  zeros,
  type Episode,
  type EpisodeTurn,
} from "./episodes.js";
export { gae, type GaeOptions } from "./gae.js";
export { groupRelative, type GroupRelativeOptions } from "./group-relative.js";
export { leaveOneOut } from "./leave-one-out.js";
export { monteCarlo } from "./monte-carlo.js";
export { movingAverageBaseline } from "./moving-average.js";
export { processSupervision, turnLevel, type TurnLevelOptions } from "./turn-level.js";
export { vineAdvantage } from "./vine.js";
