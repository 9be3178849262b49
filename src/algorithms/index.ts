/** The parts algorithms are made of, and the five written out in files of their own. */
export * from "./advantages/index.js";
export type {
  AdvantageEstimator,
  Algorithm,
  AlgorithmOptions,
  AlgorithmState,
  BatchCounts,
  LossInputs,
  Objective,
  PairSelector,
  Regularizer,
  SamplingContext,
  SamplingStrategy,
} from "./algorithm.js";
export { algorithm, algorithmEntries, type AlgorithmEntry } from "./catalogue.js";
export { dpo } from "./dpo.js";
export { grpo } from "./grpo.js";
export * from "./objectives/index.js";
export { bestVersusWorst, shortestVersusLongest } from "./pairs.js";
export { ppo } from "./ppo.js";
export * from "./regularizers/index.js";
export { reinforce } from "./reinforce.js";
export { rloo } from "./rloo.js";
export * from "./sampling/index.js";
