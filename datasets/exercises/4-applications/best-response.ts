import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

type BestResponse = (payoffs: readonly (readonly number[])[], strategy: readonly number[]) => number;

/** What rock, paper and scissors win against rock, paper and scissors. */
const game = [
  [0, -1, 1],
  [1, 0, -1],
  [-1, 1, 0],
] as const;

export const bestResponse = defineExercise<{ bestResponse: BestResponse }>({
  title: "Multi-agent: what an opponent who knows you wins",
  checks: [
    check(
      "rock, paper, scissors",
      5,
      ({ bestResponse }, t) => {
        t.close(bestResponse(game, [1, 0, 0]), 1);
        t.close(bestResponse(game, [0.5, 0.25, 0.25]), 0.25);
        t.close(bestResponse(game, [1 / 3, 1 / 3, 1 / 3]), 0);
      },
      "For each of the opponent's moves: what does it win on average against the strategy? The best of these.",
    ),
    check(
      "any game",
      5,
      ({ bestResponse }, t) =>
        t.forAll(
          (random, size) => {
            const moves = 1 + (size % 4);
            const weights = Array.from({ length: moves }, () => random.between(1, 9));
            const total = weights.reduce((sum, weight) => sum + weight, 0);
            return {
              payoffs: Array.from({ length: 3 }, () =>
                Array.from({ length: moves }, () => random.between(-5, 5)),
              ),
              strategy: weights.map((weight) => weight / total),
            };
          },
          async ({ payoffs, strategy }) => {
            const averages = payoffs.map((row) => row.reduce((sum, x, j) => sum + x * strategy[j]!, 0));
            await t.close(bestResponse(payoffs, strategy), Math.max(...averages));
          },
        ),
      "A row is one of the opponent's moves, a column one of yours. A row may lose whatever you do: the best can be negative.",
    ),
  ],
  wrong: {
    "the average opponent":
      "const rows = payoffs.map((row) => row.reduce((sum, x, j) => sum + x * strategy[j]!, 0));\nreturn rows.reduce((a, b) => a + b, 0) / rows.length;",
    "the best that can happen": "return Math.max(...payoffs.flat());",
    "rows and columns exchanged":
      "return Math.max(...strategy.map((_, j) => payoffs.reduce((sum, row, i) => sum + row[j]! * (strategy[i] ?? 0), 0)));",
  },
});
