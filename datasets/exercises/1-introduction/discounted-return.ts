import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export const discountedReturn = defineExercise<{
  discountedReturn: (rewards: readonly number[], discount: number) => number;
}>({
  title: "What an episode is worth",
  checks: [
    check(
      "one response: its reward, whatever the discount",
      3,
      ({ discountedReturn }, t) => t.close(discountedReturn([1], 0.5), 1),
      "A traditional episode has T = 1, and γ⁰ is 1: nothing is discounted there.",
    ),
    check(
      "a reward after two turns of looking things up",
      3,
      ({ discountedReturn }, t) => t.close(discountedReturn([0, 0, 1], 0.9), 0.81),
      "The first reward is worth γ⁰, the second γ¹, the third γ².",
    ),
    check(
      "any rewards, any discount",
      4,
      ({ discountedReturn }, t) =>
        t.forAll(
          (random, size) =>
            [Array.from({ length: size }, () => random.between(-1, 2)), random.between(0, 1)] as const,
          ([rewards, discount]) =>
            t.close(
              discountedReturn(rewards, discount),
              rewards.reduce((sum, reward, i) => sum + discount ** i * reward, 0),
            ),
        ),
      "Every reward counts, also negative ones: a call may have a price.",
    ),
  ],
  wrong: {
    "discounts the first reward too":
      "return rewards.reduce((sum, reward, t) => sum + discount ** (t + 1) * reward, 0);",
    "does not discount": "return rewards.reduce((sum, reward) => sum + reward, 0);",
    "counts from the end":
      "return rewards.reduce((sum, reward, t) => sum + discount ** (rewards.length - 1 - t) * reward, 0);",
  },
});
