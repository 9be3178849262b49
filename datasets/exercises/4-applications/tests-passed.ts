import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export interface Test {
  input: number;
  output: number;
}

type TestsPassed = (program: (x: number) => number, tests: readonly Test[]) => number;

const doubled: readonly Test[] = [1, 2, 0, 3].map((input) => ({ input, output: 2 * input }));

export const testsPassed = defineExercise<{ testsPassed: TestsPassed }>({
  title: "Code: the share of tests passed",
  checks: [
    check(
      "all, some and none",
      4,
      ({ testsPassed }, t) => {
        t.close(
          testsPassed((x) => x * 2, doubled),
          1,
        );
        t.close(
          testsPassed((x) => x * x, doubled),
          0.5,
        );
        t.close(
          testsPassed(() => -1, doubled),
          0,
        );
      },
      "How many of the outputs are right, divided by how many tests there are.",
    ),
    check(
      "a program that throws fails the test, and only that one",
      4,
      ({ testsPassed }, t) => {
        const fragile = (x: number): number => {
          if (x === 0) throw new RangeError("division by zero");
          return x * 2;
        };
        t.close(testsPassed(fragile, doubled), 0.75);
      },
      "What an agent writes may throw. Catch it for each test; the reward is a number whatever was written.",
    ),
    check(
      "returning NaN is not a pass",
      2,
      ({ testsPassed }, t) =>
        t.close(
          testsPassed((x) => (x > 1 ? NaN : x * 2), doubled),
          0.5,
        ),
      "Pass what equals the expected output; do not fail what differs from it by more than something.",
    ),
  ],
  wrong: {
    "all or nothing":
      "try {\n  return tests.every(({ input, output }) => program(input) === output) ? 1 : 0;\n} catch {\n  return 0;\n}",
    "one exception fails all":
      "try {\n  return tests.filter(({ input, output }) => program(input) === output).length / tests.length;\n} catch {\n  return 0;\n}",
    "how many, not which share":
      "return tests.filter(({ input, output }) => {\n  try {\n    return program(input) === output;\n  } catch {\n    return false;\n  }\n}).length;",
  },
});
