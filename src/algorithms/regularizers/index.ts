/** Regularizers: terms added to an objective. */
export { entropyBonus } from "./entropy.js";
export { klToReference, type AdaptiveKl, type KlEstimator, type KlOptions } from "./kl.js";
export { supervisedMix } from "./supervised.js";
