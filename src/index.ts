/** The library a lesson imports as "agentic-rl-lab". What is slow to load (danfo, tfjs's backends) loads on first use. */
export { assertSeed, Random } from "./random.js";
export { meanInterval, wilsonInterval, type Interval } from "./statistics.js";

// Task → environment.
export {
  answerOf,
  callOf,
  checkEnvironment,
  environmentDefinition,
  environments,
  inPlay,
  makeEnvironment,
  registerEnvironment,
  requireBetween,
  requireWhole,
  specialTokens,
  toolOutput,
  withReward,
  type Environment,
  type EnvironmentDefinition,
  type EnvironmentSpec,
  type Info,
  type Observed,
  type Recipe,
  type OptionValue,
  type ResetOptions,
  type RewardedStep,
  type StepResult,
} from "./environments/index.js";
export * as kuhnPoker from "./environments/kuhn-poker-tree.js";

// Environment ⇄ rollout (policy samples) → trajectories.
export { currentEngine, useEngine, type Engine, type EngineName } from "./engine/index.js";
export {
  createPolicy,
  createPolicyFor,
  decodeSafeTensors,
  encodeSafeTensors,
  loadPolicy,
  TransformerPolicy,
  Vocabulary,
  type Policy,
  type PolicyOptions,
  type SampledContext,
  type SampleOptions,
  type SafeTensors,
  type SampleRequest,
  type Scores,
  type TrainablePolicy,
  type TurnResponse,
} from "./policy/index.js";
export {
  readTrajectories,
  rollout,
  writeTrajectories,
  type RolloutOptions,
  type RolloutRequest,
  type Trajectory,
  type Turn,
} from "./rollout/index.js";

// Trajectories → advantages → objective.
export * as algorithms from "./algorithms/index.js";
export type { Algorithm, AlgorithmOptions, LossInputs } from "./algorithms/algorithm.js";

// → optimizer steps → metrics.
export {
  appendMetrics,
  beginMetrics,
  checkpointPath,
  evaluate,
  evaluatePassAtK,
  evaluationSeeds,
  kuhnStrategy,
  passAtK,
  readMetrics,
  recordedNote,
  recordedRuns,
  rolloutMetrics,
  train,
  Training,
  trainOverSeeds,
  warmStart,
  warmStartPolicy,
  type EvaluateOptions,
  type Evaluation,
  type MetricsRecord,
  type OverSeedsOptions,
  type PassAtKEvaluation,
  type PassAtKOptions,
  type RecordedQuery,
  type RecordedRun,
  type RecordedSuccess,
  type SeedRun,
  type TrainOptions,
  type TrainStep,
} from "./training/index.js";

// → figures.
export type { Figure } from "./figures/figure.js";
export * as figures from "./figures/index.js";

export * as survey from "./survey/index.js";
