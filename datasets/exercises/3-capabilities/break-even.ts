import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export const breakEven = defineExercise<{ breakEven: (withCall: number, withoutCall: number) => number }>({
  title: "What is a call worth?",
  checks: [
    check(
      "a tool that helps",
      5,
      ({ breakEven }, t) => {
        t.close(breakEven(0.9, 0.25), 0.65);
        t.forAll(
          (random) => [random.next(), random.next()].sort((a, b) => a - b) as [number, number],
          ([less, more]) => t.close(breakEven(more, less), more - less),
        );
      },
      "The return is success minus the price that was paid. At the price you look for, calling and not calling have the same expected return.",
    ),
    check(
      "a tool that does not",
      5,
      ({ breakEven }, t) => {
        t.close(breakEven(0.2, 0.5), 0);
        t.close(breakEven(0.5, 0.5), 0);
      },
      "Calls cost something or nothing; nobody is paid for them. What is the highest price at which such a tool is worth it?",
    ),
  ],
  wrong: {
    "forgets what is right without a call": "return Math.max(0, withCall);",
    "pays for useless calls": "return withCall - withoutCall;",
    "takes the ratio": "return withoutCall === 0 ? 1 : Math.max(0, withCall / withoutCall - 1);",
  },
});
