import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

/** The log-probability of a whole response, under the policy and under the reference. */
export interface Scored {
  policy: number;
  reference: number;
}

export const dpoLoss = defineExercise<{
  dpoLoss: (chosen: Scored, rejected: Scored, beta: number) => number;
}>({
  title: "DPO: the loss of a pair",
  checks: [
    check(
      "the policy is still the reference",
      2,
      ({ dpoLoss }, t) =>
        t.close(dpoLoss({ policy: -4, reference: -4 }, { policy: -9, reference: -9 }, 0.5), Math.log(2)),
      "Nothing has moved, so both implied rewards are 0, and σ(0) is one half, however likely the responses are by themselves.",
    ),
    check(
      "any pair, any β",
      5,
      ({ dpoLoss }, t) =>
        t.forAll(
          (random) => {
            const scored = () => ({
              policy: -random.between(0, 60) / 10,
              reference: -random.between(0, 60) / 10,
            });
            return [scored(), scored(), random.between(1, 20) / 10] as const;
          },
          ([chosen, rejected, beta]) => {
            const margin = chosen.policy - chosen.reference - (rejected.policy - rejected.reference);
            return t.close(dpoLoss(chosen, rejected, beta), -Math.log(1 / (1 + Math.exp(-beta * margin))));
          },
        ),
      "Each response's implied reward is β times its log-probability less the reference's. The loss is −log σ of the chosen one's less the rejected one's.",
    ),
    check(
      "a pair that is ranked wrong, by far",
      3,
      ({ dpoLoss }, t) =>
        t.close(dpoLoss({ policy: -900, reference: 0 }, { policy: 0, reference: 0 }, 1), 900, {
          tolerance: 1e-3,
        }),
      "σ(−900) is 0 in floating point, and its logarithm −∞. −log σ(x) = log(1 + exp(−x)); for x far below 0 that is −x.",
    ),
  ],
  wrong: {
    "forgets the reference":
      "const x = beta * (chosen.policy - rejected.policy);\nreturn Math.max(0, -x) + Math.log1p(Math.exp(-Math.abs(x)));",
    "prefers the rejected one":
      "const x = beta * (rejected.policy - rejected.reference - (chosen.policy - chosen.reference));\nreturn Math.max(0, -x) + Math.log1p(Math.exp(-Math.abs(x)));",
    "forgets the logarithm":
      "const x = beta * (chosen.policy - chosen.reference - (rejected.policy - rejected.reference));\nreturn 1 / (1 + Math.exp(x));",
    overflows:
      "const x = beta * (chosen.policy - chosen.reference - (rejected.policy - rejected.reference));\nreturn -Math.log(1 / (1 + Math.exp(-x)));",
  },
});
