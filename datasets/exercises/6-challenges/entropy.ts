import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

const log2 = Math.log(2);

export const entropy = defineExercise<{ entropy: (logits: Tensor2D) => Scalar }>({
  title: "How undecided is it?",
  checks: [
    check(
      "a fair coin, four equal words, the mean of rows",
      5,
      async ({ entropy }, t) => {
        await t.close(entropy(tf.tensor2d([[0, 0]])), log2, { tolerance: 1e-4 });
        await t.close(entropy(tf.tensor2d([[3, 3, 3, 3]])), 2 * log2, { tolerance: 1e-4 });
        await t.close(
          entropy(
            tf.tensor2d([
              [0, 0, -1000],
              [50, 0, 0],
            ]),
          ),
          log2 / 2,
          { tolerance: 1e-4 },
        );
      },
      "−Σ p log p over the words of a row, in nats; then the mean of the rows. Equal logits are equal probabilities, however large.",
    ),
    check(
      "large logits are no trouble",
      5,
      async ({ entropy }, t) => {
        await t.close(entropy(tf.tensor2d([[1000, 0, -1000]])), 0, { tolerance: 1e-4 });
        await t.close(entropy(tf.tensor2d([[-500, -500, -900]])), log2, { tolerance: 1e-4 });
      },
      "e¹⁰⁰⁰ is infinite and the logarithm of 0 too. tf.logSoftmax takes care of both: p = e to the log-softmax.",
    ),
    check(
      "a gradient that pushes towards undecided",
      5,
      ({ entropy }, t) =>
        t.gradient((logits) => entropy(tf.reshape(logits, [2, 3]) as Tensor2D), {
          values: [0.5, -0.2, 1.1, 0.3, 0.9, -1.4],
          shape: [2, 3],
        }),
      "Stay with tensors from the logits to the result: a number read out of one and put into another has no gradient.",
    ),
  ],
  wrong: {
    "the sum of the rows, not their mean":
      "const logProbs = tf.logSoftmax(logits);\nreturn tf.neg(tf.sum(tf.mul(tf.exp(logProbs), logProbs))) as tf.Scalar;",
    "the softmax and its logarithm":
      "const p = tf.softmax(logits);\nreturn tf.neg(tf.mean(tf.sum(tf.mul(p, tf.log(p)), 1))) as tf.Scalar;",
    "the sign":
      "const logProbs = tf.logSoftmax(logits);\nreturn tf.mean(tf.sum(tf.mul(tf.exp(logProbs), logProbs), 1)) as tf.Scalar;",
  },
});
