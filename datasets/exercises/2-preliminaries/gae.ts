import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export const gae = defineExercise<{
  /** One reward and one estimate a step; the episode ends after the last. */
  gae: (rewards: readonly number[], values: readonly number[], gamma: number, lambda: number) => number[];
}>({
  title: "Generalized advantage estimation",
  checks: [
    check(
      "λ = 0: how far each step surprises the critic",
      4,
      ({ gae }, t) => t.close(gae([0, 0, 1], [0.2, 0.5, 0.9], 1, 0), [0.3, 0.4, 0.1]),
      "δ is the reward plus γ times the next estimate less the present one. After the last step the episode is over: what comes then is worth 0.",
    ),
    check(
      "λ = 1: the return-to-go less the estimate",
      3,
      ({ gae }, t) => t.close(gae([0, 0, 1], [0.2, 0.5, 0.9], 1, 1), [0.8, 0.5, 0.1]),
      "With λ = 1 the estimates in between cancel: the sum of all δ from a step on is what was received, less what was expected.",
    ),
    check(
      "the discount applies to what comes next, rewards and advantages alike",
      3,
      ({ gae }, t) => t.close(gae([1, 2], [0, 4], 0.5, 0.5), [1 + 0.5 * 4 + 0.25 * -2, -2]),
      "Aₜ = δₜ + γλ·Aₜ₊₁: both factors, in every step.",
    ),
    check(
      "any rewards, estimates, γ and λ",
      5,
      ({ gae }, t) =>
        t.forAll(
          (random, size) => {
            const numbers = () => Array.from({ length: size }, () => random.between(-10, 20) / 10);
            return [numbers(), numbers(), random.integer(11) / 10, random.integer(11) / 10] as const;
          },
          ([rewards, values, gamma, lambda]) => {
            const deltas = rewards.map((r, i) => r + gamma * (values[i + 1] ?? 0) - values[i]!);
            const sums = deltas.map((_, i) =>
              deltas.slice(i).reduce((sum, delta, l) => sum + (gamma * lambda) ** l * delta, 0),
            );
            return t.close(gae(rewards, values, gamma, lambda), sums);
          },
        ),
      "Go from the last step to the first, and keep the advantage of the step after.",
    ),
  ],
  wrong: {
    "goes on after the end": `const result: number[] = [];
let next = 0;
for (let t = rewards.length - 1; t >= 0; t--) {
  const delta = rewards[t]! + gamma * (values[t + 1] ?? values[t]!) - values[t]!;
  next = delta + gamma * lambda * next;
  result.unshift(next);
}
return result;`,
    "leaves γ out of the recursion": `const result: number[] = [];
let next = 0;
for (let t = rewards.length - 1; t >= 0; t--) {
  const delta = rewards[t]! + gamma * (values[t + 1] ?? 0) - values[t]!;
  next = delta + lambda * next;
  result.unshift(next);
}
return result;`,
    "sums forwards": `let before = 0;
return rewards.map((r, t) => (before = r + gamma * (values[t + 1] ?? 0) - values[t]! + gamma * lambda * before));`,
  },
});
