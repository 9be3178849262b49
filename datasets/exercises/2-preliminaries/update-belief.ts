import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import type { Random } from "../../../src/random.js";

export const updateBelief = defineExercise<{
  /** From the probability of each state, and that of what was observed in each state, to the new belief. */
  updateBelief: (belief: readonly number[], likelihood: readonly number[]) => number[];
}>({
  title: "What an observation tells",
  checks: [
    check(
      "higher-lower with four numbers: the guess was 2, the reply is higher",
      3,
      ({ updateBelief }, t) =>
        t.close(updateBelief([0.25, 0.25, 0.25, 0.25], [0, 0, 1, 1]), [0, 0, 0.5, 0.5]),
      "What cannot have led to the reply has probability 0 from now on. What is left has to sum to 1 again.",
    ),
    check(
      "what was believed before counts",
      3,
      ({ updateBelief }, t) => t.close(updateBelief([0.9, 0.1], [0.5, 1]), [0.45 / 0.55, 0.1 / 0.55]),
      "Bayes: P(state | observation) is proportional to P(state) times P(observation | state).",
    ),
    check(
      "any belief, any observation",
      4,
      ({ updateBelief }, t) =>
        t.forAll(
          (random, size) => [odds(random, 1 + size), likelihoods(random, 1 + size)] as const,
          ([belief, likelihood]) => {
            const joint = belief.map((p, s) => p * likelihood[s]!);
            const total = joint.reduce((a, b) => a + b, 0);
            return t.close(
              updateBelief(belief, likelihood),
              joint.map((p) => p / total),
            );
          },
        ),
      "Divide by the probability of the observation itself: the sum over all states of how likely it is to be there and to see this.",
    ),
  ],
  wrong: {
    "does not divide by the sum": "return belief.map((p, s) => p * likelihood[s]!);",
    "forgets what was believed before":
      "const total = likelihood.reduce((a, b) => a + b, 0);\nreturn likelihood.map((p) => p / total);",
    "spreads evenly what is still possible":
      "const left = likelihood.filter((p) => p > 0).length;\nreturn belief.map((_, s) => (likelihood[s]! > 0 ? 1 / left : 0));",
  },
});

const likelihoods = (random: Random, count: number) =>
  Array.from({ length: count }, (_, s) => (s > 0 && random.chance(0.3) ? 0 : random.between(1, 10) / 10));

/** Probabilities that sum to one. */
function odds(random: Random, count: number): number[] {
  const weights = Array.from({ length: count }, () => random.between(1, 9));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
