import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export const returnsToGo = defineExercise<{
  returnsToGo: (rewards: readonly number[], discount: number) => number[];
}>({
  title: "What came after a turn",
  checks: [
    check(
      "a call that costs, then a right answer",
      4,
      ({ returnsToGo }, t) => t.close(returnsToGo([-0.2, 1], 1), [0.8, 1]),
      "The answer has no part in the call's price: the last turn is credited with 1, the first with all that followed and its own reward.",
    ),
    check(
      "a reward two turns away",
      3,
      ({ returnsToGo }, t) => t.close(returnsToGo([0, 0, 1], 0.9), [0.81, 0.9, 1]),
      "Seen from a turn, its own reward is worth γ⁰ and the next one γ¹, whatever the turn's number in the episode.",
    ),
    check(
      "any rewards, any discount",
      3,
      ({ returnsToGo }, t) =>
        t.forAll(
          (random, size) =>
            [Array.from({ length: size }, () => random.between(-2, 3)), random.integer(11) / 10] as const,
          ([rewards, discount]) =>
            t.close(
              returnsToGo(rewards, discount),
              rewards.map((_, k) =>
                rewards.slice(k).reduce((sum, reward, j) => sum + discount ** j * reward, 0),
              ),
            ),
        ),
      "From behind it is one line a turn: G at turn k is its reward plus γ times G at turn k + 1.",
    ),
  ],
  wrong: {
    "gives every turn the whole return":
      "const all = rewards.reduce((sum, r, k) => sum + discount ** k * r, 0);\nreturn rewards.map(() => all);",
    "sums what came before": "let sum = 0;\nreturn rewards.map((r) => (sum = r + discount * sum));",
    "discounts from the start of the episode":
      "return rewards.map((_, k) => rewards.slice(k).reduce((sum, r, j) => sum + discount ** (k + j) * r, 0));",
  },
});
