/** The environments: their contract, the registry and the checker. */
export * from "./environment.js";
export * from "./action.js";
export { checkEnvironment, type CheckReport } from "./check.js";
export { environmentDefinition, environments, makeEnvironment, registerEnvironment } from "./registry.js";
export { withReward, type RewardedStep } from "./with-reward.js";
