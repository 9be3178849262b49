import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export const breakEven = defineExercise<{ breakEven: (withCall: number, without: number) => number }>({
  title: "What a call is worth",
  checks: [
    check(
      "what a call adds",
      5,
      ({ breakEven }, t) => {
        t.close(breakEven(1, 0), 1);
        t.close(breakEven(0.75, 0.5), 0.25);
        t.close(breakEven(0.5, 0.5), 0);
      },
      "With the call the agent earns its success minus the price, without it its success. At which price are they equal?",
    ),
    check(
      "at that price both earn the same; a call that harms is worth nothing",
      5,
      ({ breakEven }, t) =>
        t.forAll(
          (random) => [random.between(0, 1), random.between(0, 1)] as const,
          ([withCall, without]) => {
            const price = breakEven(withCall, without);
            if (withCall >= without) t.close(withCall - price, without, { what: "what a call earns" });
            else t.equal(price, 0);
          },
        ),
      "Prices are not negative: nobody pays the agent for calling.",
    ),
  ],
  wrong: {
    "the success with the call": "return withCall;",
    "may be negative": "return withCall - without;",
    "how many times better": "return without === 0 ? withCall : Math.max(0, withCall / without - 1);",
  },
});
