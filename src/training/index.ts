/** Training: warm start, reinforcement learning, evaluation. */
export { checkpointPath, warmStartPolicy } from "./checkpoints.js";
export { evaluate, type EvaluateOptions, type Evaluation } from "./evaluate.js";
export { kuhnStrategy } from "./kuhn-strategy.js";
export { appendMetrics, beginMetrics, readMetrics, type MetricsRecord } from "./metrics-file.js";
export { trainOverSeeds, type OverSeedsOptions, type SeedRun } from "./over-seeds.js";
export {
  recordedNote,
  recordedRuns,
  type RecordedQuery,
  type RecordedRun,
  type RecordedSuccess,
} from "./recorded.js";
export { evaluatePassAtK, passAtK, type PassAtKEvaluation, type PassAtKOptions } from "./pass-at-k.js";
export { rolloutMetrics } from "./rollout-metrics.js";
export { evaluationSeeds } from "./seeds.js";
export { train, Training, type TrainOptions, type TrainStep } from "./train.js";
export { warmStart, type WarmStartOptions, type WarmStartStep } from "./warm-start.js";
