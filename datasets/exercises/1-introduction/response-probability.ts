import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import type { Random } from "../../../src/random.js";

export const responseProbability = defineExercise<{
  /** One entry a token: its log-probability, and 1 where the policy wrote it. */
  probability: (logProbs: readonly number[], mask: readonly number[]) => number;
}>({
  title: "How likely is this response?",
  checks: [
    check(
      "two tokens of one half each",
      4,
      ({ probability }, t) => t.close(probability([Math.log(0.5), Math.log(0.5)], [1, 1]), 0.25),
      "A response is its first token and its second and so on: their probabilities multiply. Logarithms of what multiplies add.",
    ),
    check(
      "the prompt is given, whatever its tokens' probabilities",
      6,
      ({ probability }, t) =>
        t.forAll(
          (random, size) => tokens(random, size),
          ([logProbs, mask]) => t.close(probability(logProbs, mask), product(logProbs, mask)),
        ),
      "P(text | prompt) is about the text. Where mask is 0 the policy wrote nothing, so nothing there was chosen.",
    ),
  ],
  wrong: {
    "counts the prompt's tokens too": "return Math.exp(logProbs.reduce((sum, logProb) => sum + logProb, 0));",
    "adds probabilities":
      "return logProbs.reduce((sum, logProb, i) => sum + (mask[i] === 1 ? Math.exp(logProb) : 0), 0);",
    "stays in logarithms": "return logProbs.reduce((sum, logProb, i) => sum + mask[i]! * logProb, 0);",
  },
});

/** A prompt's tokens, some written ones, a tool's, written ones again. */
function tokens(random: Random, size: number): readonly [logProbs: number[], mask: number[]] {
  const mask = Array.from({ length: 1 + size }, (_, i) => (i === 0 ? 0 : Number(random.chance(0.6))));
  return [mask.map(() => Math.log(random.between(0.2, 1))), mask];
}

const product = (logProbs: readonly number[], mask: readonly number[]) =>
  logProbs.reduce((all, logProb, i) => (mask[i] === 1 ? all * Math.exp(logProb) : all), 1);
