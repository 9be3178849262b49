/** The gradient of a loss on a policy's scores, as the optimizer takes it. */
import type { Scalar, Tensor1D } from "@tensorflow/tfjs-core";
import { tensorGrads, variableGrads } from "../engine/gradients.js";
import type { ScoredRows, Scores, TrainablePolicy } from "../policy/policy.js";
import { flatten } from "./adam.js";

/**
 * @param loss a scalar made of the scores; what else of it is wanted it keeps (`tf.keep`)
 * @returns its gradient with respect to all parameters, one after the other
 */
export function lossGradient(
  policy: TrainablePolicy,
  rows: ScoredRows,
  loss: (scores: Scores) => Scalar,
): Tensor1D {
  const fused = policy.scoreGradient(rows, (scores) => {
    const { logProbs, entropy, values } = scores;
    const tensors = [logProbs, entropy, ...(values === undefined ? [] : [values])];
    const [byLogProbs, byEntropy, byValues] = tensorGrads(() => loss(scores), tensors).grads;
    return {
      logProbs: byLogProbs!,
      entropy: byEntropy!,
      ...(byValues === undefined ? {} : { values: byValues }),
    };
  });
  if (fused !== undefined) return fused;
  const { tokens, temperature, lengths, asked } = rows;
  const parameters = [...policy.parameters.values()];
  const byTape = variableGrads(() => loss(policy.score(tokens, temperature, lengths, asked)), parameters);
  byTape.value.dispose();
  return flatten(parameters, byTape.grads);
}
