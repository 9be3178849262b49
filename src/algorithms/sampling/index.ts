/** Sampling strategies: what is rolled out for an update, and which of it is learned from. */
export {
  entropyBranching,
  treeSampling,
  type BranchingOptions,
  type EntropyBranchingOptions,
} from "./branching.js";
export { divergingTurns } from "./diverging-turns.js";
export { dynamicSampling } from "./dynamic.js";
export { filtration, type FiltrationOptions } from "./filtration.js";
export { fixedTasks } from "./fixed-tasks.js";
export { groupSampling } from "./groups.js";
export { historyResampling } from "./history-resampling.js";
export { monteCarloValues, type MonteCarloValueOptions } from "./monte-carlo-values.js";
export { preRolloutFilter, type PreRolloutFilterOptions } from "./pre-rollout-filter.js";
export { replayBuffer } from "./replay-buffer.js";
export { isInformative } from "./tasks.js";
