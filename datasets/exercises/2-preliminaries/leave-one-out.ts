import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import type { Random } from "../../../src/random.js";

export const leaveOneOut = defineExercise<{ leaveOneOut: (returns: readonly number[]) => number[] }>({
  title: "A baseline made of the others",
  checks: [
    check(
      "four rollouts, one success",
      3,
      ({ leaveOneOut }, t) => t.close(leaveOneOut([1, 0, 0, 0]), [1, -1 / 3, -1 / 3, -1 / 3]),
      "The successful one is compared with three failures. Each failure is compared with two failures and a success.",
    ),
    check(
      "a rollout is not in its own baseline",
      4,
      ({ leaveOneOut }, t) =>
        t.forAll(
          (random, size) => group(random, size),
          (returns) => {
            const [first, ...others] = returns;
            const [before] = leaveOneOut(returns);
            const [after] = leaveOneOut([first! + 1, ...others]);
            return t.close(after! - before!, 1, {
              what: "the growth of an advantage when its return grows by 1",
            });
          },
        ),
      "If a return grows by 1, its baseline stays where it is, so that its advantage grows by 1 as well. A mean over all of them grows with it.",
    ),
    check(
      "groups of any size",
      3,
      ({ leaveOneOut }, t) =>
        t.forAll(
          (random, size) => group(random, size),
          (returns) => {
            const total = t.sum(returns);
            return t.close(
              leaveOneOut(returns),
              returns.map((r) => r - (total - r) / (returns.length - 1)),
            );
          },
        ),
      "The baseline is the mean of the n − 1 others: their sum is the sum of all less the rollout's own.",
    ),
  ],
  wrong: {
    "the mean of all":
      "const mean = returns.reduce((a, b) => a + b, 0) / returns.length;\nreturn returns.map((r) => r - mean);",
    "divides the others by n":
      "const total = returns.reduce((a, b) => a + b, 0);\nreturn returns.map((r) => r - (total - r) / returns.length);",
    "compares with the rollout before":
      "return returns.map((r, i) => r - returns[(i + returns.length - 1) % returns.length]!);",
  },
});

const group = (random: Random, size: number) => Array.from({ length: 2 + size }, () => random.between(0, 4));
