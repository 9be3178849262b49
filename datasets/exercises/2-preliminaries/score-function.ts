import { numericalGradient } from "../../../kernel-extensions/grading/checks/numeric.js";
import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export const scoreFunction = defineExercise<{
  /** The gradient of log π(action) with respect to the logits. */
  scoreFunction: (logits: readonly number[], action: number) => number[];
}>({
  title: "Which way makes an action likelier",
  checks: [
    check(
      "four actions, each as likely",
      3,
      ({ scoreFunction }, t) => t.close(scoreFunction([0, 0, 0, 0], 2), [-0.25, -0.25, 0.75, -0.25]),
      "The logit of the action that was taken goes up. Those of the others go down, since they take probability away from it. By how much?",
    ),
    check(
      "the gradient of the log-probability, at any logits",
      5,
      ({ scoreFunction }, t) =>
        t.forAll(
          (random, size) => {
            const logits = Array.from({ length: 1 + size }, () => random.between(-20, 20) / 10);
            return [logits, random.integer(logits.length)] as const;
          },
          ([logits, action]) => {
            const logProbability = (at: readonly number[]) =>
              at[action]! - Math.log(at.reduce((sum, logit) => sum + Math.exp(logit), 0));
            return t.close(scoreFunction(logits, action), numericalGradient(logProbability, logits), {
              tolerance: 1e-4,
            });
          },
        ),
      "log π(a) = logit of a − log Σ exp(logits). The first part's gradient is 1 at a and 0 elsewhere; the second's is π itself.",
    ),
    check(
      "logits too large for exp",
      2,
      ({ scoreFunction }, t) => t.close(scoreFunction([1000, 1000], 0), [0.5, -0.5]),
      "Subtract the largest logit from all of them first: the probabilities stay what they are, and nothing overflows.",
    ),
  ],
  wrong: {
    "the probabilities alone":
      "const top = Math.max(...logits);\nconst weights = logits.map((l) => Math.exp(l - top));\nconst sum = weights.reduce((a, b) => a + b, 0);\nreturn weights.map((w) => w / sum);",
    "moves only the action that was taken":
      "const top = Math.max(...logits);\nconst weights = logits.map((l) => Math.exp(l - top));\nconst sum = weights.reduce((a, b) => a + b, 0);\nreturn weights.map((w, a) => (a === action ? 1 - w / sum : 0));",
    overflows:
      "const weights = logits.map((l) => Math.exp(l));\nconst sum = weights.reduce((a, b) => a + b, 0);\nreturn weights.map((w, a) => (a === action ? 1 : 0) - w / sum);",
  },
});
