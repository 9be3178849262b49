import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import type { Random } from "../../../src/random.js";

/** The rules of `weather`: ten temperatures, each as likely, and four skies. */
const temperatures = Array.from({ length: 10 }, () => 0.1);
const skies = [0.4, 0.3, 0.2, 0.1];

export const blindGuess = defineExercise<{
  /** From the probability of each temperature and of each sky to the success of the best answer without a look. */
  blindGuess: (temperatures: readonly number[], skies: readonly number[]) => number;
}>({
  title: "The best guess without a tool",
  checks: [
    check(
      "the weather of this lesson",
      3,
      ({ blindGuess }, t) => t.close(blindGuess(temperatures, skies), 0.04),
      "Whoever cannot look says the same answer every time. Which one is right most often, and how often?",
    ),
    check(
      "a report that is always the same",
      2,
      ({ blindGuess }, t) => t.close(blindGuess([1], [0, 1]), 1),
      "Where only one report can come, the guess is always right.",
    ),
    check(
      "any odds",
      5,
      ({ blindGuess }, t) =>
        t.forAll(
          (random, size) => [odds(random, size), odds(random, 4)] as const,
          ([warmth, sky]) => t.close(blindGuess(warmth, sky), Math.max(...warmth) * Math.max(...sky)),
        ),
      "Temperature and sky are drawn apart, so that their probabilities multiply. The best guess names the likeliest of each, wherever it stands in the list.",
    ),
  ],
  wrong: {
    "one of forty reports, as if all were as likely": "return 1 / (temperatures.length * skies.length);",
    "guesses as often as it happens, instead of always the likeliest":
      "const match = (odds: readonly number[]) => odds.reduce((sum, p) => sum + p * p, 0);\nreturn match(temperatures) * match(skies);",
    "takes the first sky for the likeliest": "return Math.max(...temperatures) * skies[0]!;",
    "adds what multiplies": "return Math.max(...temperatures) + Math.max(...skies);",
  },
});

/** Probabilities that sum to one. */
function odds(random: Random, count: number): number[] {
  const weights = Array.from({ length: count }, () => random.between(1, 9));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
