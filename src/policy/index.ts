/** Policies: the tokenizer, the transformer, sampling, checkpoints. */
export type {
  Policy,
  SampledContext,
  SampleOptions,
  SampleRequest,
  Scores,
  TrainablePolicy,
  TurnResponse,
} from "./policy.js";
export { decodeSafeTensors, encodeSafeTensors, type SafeTensors } from "./safetensors.js";
export {
  createPolicy,
  createPolicyFor,
  loadPolicy,
  readCheckpoint,
  TransformerPolicy,
  type Checkpoint,
  type PolicyOptions,
} from "./transformer-policy.js";
export { forward, type ForwardResult, type TransformerConfig } from "./transformer.js";
export { Vocabulary } from "./vocabulary.js";
