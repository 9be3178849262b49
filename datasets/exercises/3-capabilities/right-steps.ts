import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

/** How many of the running totals follow from the one before. */
type RightSteps = (digits: readonly number[], totals: readonly number[], modulus: number) => number;

function reference(digits: readonly number[], totals: readonly number[], modulus: number): number {
  return totals.filter((total, i) => total === ((totals[i - 1] ?? digits[0]!) + digits[i + 1]!) % modulus)
    .length;
}

export const rightSteps = defineExercise<{ rightSteps: RightSteps }>({
  title: "Check the reasoning",
  checks: [
    check(
      "a scratchpad without mistakes",
      4,
      ({ rightSteps }, t) => {
        t.equal(rightSteps([3, 1, 4, 0, 2], [4, 3, 3, 0], 5), 4);
        t.equal(rightSteps([1, 1, 1], [2, 3], 10), 2);
        t.equal(rightSteps([9, 9, 9], [8, 7], 10), 2);
      },
      "The first total is that of the first two digits; each further one adds a digit to the total before. All are taken modulo `modulus`.",
    ),
    check(
      "a step is judged by the step before it",
      6,
      ({ rightSteps }, t) => {
        t.equal(rightSteps([3, 1, 4, 0, 2], [4, 2, 2, 4], 5), 3);
        t.forAll(
          (random, size) => ({
            digits: Array.from({ length: size + 1 }, () => random.integer(5)),
            totals: Array.from({ length: size }, () => random.integer(5)),
          }),
          ({ digits, totals }) => t.equal(rightSteps(digits, totals, 5), reference(digits, totals, 5)),
        );
      },
      "One wrong total makes all sums after it wrong, and is still a single mistake. What should the next total be, given the one that was written?",
    ),
  ],
  wrong: {
    "compares with the true sums":
      "let sum = digits[0]!;\nreturn totals.filter((total, i) => total === (sum = (sum + digits[i + 1]!) % modulus)).length;",
    "looks at the answer only":
      "const sum = digits.reduce((a, b) => a + b, 0) % modulus;\nreturn totals.at(-1) === sum ? totals.length : 0;",
    "forgets the modulus":
      "return totals.filter((total, i) => total === (totals[i - 1] ?? digits[0]!) + digits[i + 1]!).length;",
  },
});
