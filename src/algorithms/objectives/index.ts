/** Objectives: losses an optimizer step lowers. */
export { aggregate, type Aggregation } from "./aggregate.js";
export { clippedRatio, type ClippedRatioOptions } from "./clipped-ratio.js";
export { policyGradient } from "./policy-gradient.js";
export { betaDpoLoss, dpoLoss, ipoLoss } from "./preferences/dpo.js";
export { ktoLoss, type KtoOptions } from "./preferences/kto.js";
export { orpoLoss, simpoLoss } from "./preferences/reference-free.js";
export { geometricMeanRatio, sequenceRatio } from "./sequence-ratio.js";
export { withValueLoss, type ValueLossOptions } from "./value-loss.js";
