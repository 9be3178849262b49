import type { Tensor } from "@tensorflow/tfjs-core";
import { check, defineExercise, learns } from "../../../kernel-extensions/grading/exercise.js";
import type { Tools } from "../../../kernel-extensions/grading/checks/tools.js";
import { trainedSuccess, withWarmStart } from "../../../kernel-extensions/grading/learning.js";
import type { Algorithm, LossInputs } from "../../../src/algorithms/algorithm.js";
import { grpo } from "../../../src/algorithms/grpo.js";
import { aggregate } from "../../../src/algorithms/objectives/aggregate.js";
import * as tf from "@tensorflow/tfjs-core";

/** From log-probabilities now and at sampling, and advantages (all of one shape), to the loss of each token. */
export type ClippedLoss = (logProbs: Tensor, oldLogProbs: Tensor, advantages: Tensor, clip: number) => Tensor;

/** Fails unless tokens with these ratios to the sampling policy and advantages have this loss. */
function lossIs(
  t: Tools,
  clippedLoss: ClippedLoss,
  ratios: readonly number[],
  advantages: readonly number[],
  expected: readonly number[],
): Promise<void> {
  const loss = clippedLoss(
    tf.tensor1d(ratios.map((ratio) => Math.log(0.2 * ratio))),
    tf.fill([ratios.length], Math.log(0.2)),
    tf.tensor1d([...advantages]),
    0.2,
  );
  const what = `the loss of tokens with ratios ${ratios.join(", ")} and advantages ${advantages.join(", ")}`;
  return t.close(loss, expected, { tolerance: 1e-4, what });
}

/** GRPO with four passes over each batch, and the learner's loss a token. */
function fourPasses(clippedLoss: ClippedLoss): Algorithm {
  const loss = ({ logProbs, oldLogProbs, advantages, mask, counts }: LossInputs) =>
    aggregate(
      tf.reshape(clippedLoss(logProbs, oldLogProbs, advantages, 0.2), logProbs.shape),
      mask,
      counts,
      "token",
    );
  return { ...grpo({ epochs: 4 }), name: "mine", objective: { name: "mine", kind: "policy", loss } };
}

export const clippedLoss = defineExercise<{ clippedLoss: ClippedLoss }>({
  title: "PPO's clipped loss",
  checks: [
    check(
      "fresh rollouts: the loss is minus the advantage",
      3,
      ({ clippedLoss }, t) => lossIs(t, clippedLoss, [1, 1, 1], [1, -1, 0.5], [-1, 1, -0.5]),
      "Where the policy is still the one that sampled, the ratio is e⁰ = 1. A loss is minimised, so a good token has a negative one.",
    ),
    check(
      "beyond the clip, on either side, for good tokens and bad ones",
      5,
      ({ clippedLoss }, t) =>
        lossIs(t, clippedLoss, [1.5, 0.5, 1.5, 0.5, 1.1], [1, 1, -1, -1, 2], [-1.2, -0.5, 1.5, 0.8, -2.2]),
      "Take the smaller of ratio × advantage and clipped ratio × advantage: a good token gains nothing beyond 1 + clip, a bad one nothing below 1 − clip. A token that moved the wrong way is pulled back.",
    ),
    check(
      "the gradient is that of the loss, and 0 where the clip holds",
      4,
      ({ clippedLoss }, t) =>
        t.gradient(
          (logProbs) =>
            tf.sum(clippedLoss(logProbs, tf.tensor1d([-1, -1, -1, -1]), tf.tensor1d([1, -1, 1, -1]), 0.2)),
          { values: [-0.5, -0.5, -1.1, -1.6], shape: [4] },
          { what: "the gradient with respect to the log-probabilities" },
        ),
      "Use tensor operations from the log-probabilities to the loss: tf.exp, tf.sub, tf.mul, tf.clipByValue, tf.minimum, tf.neg.",
    ),
    learns("an agent learns from it, with four passes over each batch", 8, {
      seeds: [1, 2],
      atLeast: 0.6,
      measure: "success on held-out episodes",
      outcome: ({ clippedLoss }, run) =>
        withWarmStart("weather", run.signal, (policy) =>
          trainedSuccess(
            { environment: "weather", policy, algorithm: fourPasses(clippedLoss), updates: 60, until: 0.8 },
            run,
          ),
        ),
      hint: "Is every token's loss right by the checks above? In training the log-probabilities are a table, rows by tokens: nothing in the loss should depend on the number of dimensions.",
    }),
  ],
  wrong: {
    "clips and leaves it at that": `const ratio = tf.exp(tf.sub(logProbs, oldLogProbs));
return tf.neg(tf.mul(tf.clipByValue(ratio, 1 - clip, 1 + clip), advantages));`,
    "does not clip": "return tf.neg(tf.mul(tf.exp(tf.sub(logProbs, oldLogProbs)), advantages));",
    "takes the larger one": `const ratio = tf.exp(tf.sub(logProbs, oldLogProbs));
const clipped = tf.clipByValue(ratio, 1 - clip, 1 + clip);
return tf.neg(tf.maximum(tf.mul(ratio, advantages), tf.mul(clipped, advantages)));`,
    "forgets the sign": `const ratio = tf.exp(tf.sub(logProbs, oldLogProbs));
const clipped = tf.clipByValue(ratio, 1 - clip, 1 + clip);
return tf.minimum(tf.mul(ratio, advantages), tf.mul(clipped, advantages));`,
    "subtracts logarithms and calls it a ratio": `const ratio = tf.sub(logProbs, oldLogProbs);
const clipped = tf.clipByValue(ratio, 1 - clip, 1 + clip);
return tf.neg(tf.minimum(tf.mul(ratio, advantages), tf.mul(clipped, advantages)));`,
  },
});
