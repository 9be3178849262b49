import { check, defineExercise, learns } from "../../../kernel-extensions/grading/exercise.js";
import { trainedSuccess, withWarmStart } from "../../../kernel-extensions/grading/learning.js";
import { episodesOf, fillEpisode, groupsOf, zeros } from "../../../src/algorithms/advantages/episodes.js";
import type { AdvantageEstimator, Algorithm } from "../../../src/algorithms/algorithm.js";
import { grpo } from "../../../src/algorithms/grpo.js";
import type { Random } from "../../../src/random.js";

type GroupAdvantages = (returns: readonly number[]) => number[];

/** GRPO with the learner's advantages. */
function withAdvantages(groupAdvantages: GroupAdvantages): Algorithm {
  const advantage: AdvantageEstimator = {
    name: "mine",
    estimate(trajectories) {
      const into = zeros(trajectories);
      for (const group of groupsOf(episodesOf(trajectories))) {
        const values = groupAdvantages(group.map((episode) => episode.return));
        for (const [i, episode] of group.entries()) fillEpisode(into, episode, values[i]!);
      }
      return into;
    },
  };
  return { ...grpo(), name: "mine", advantage };
}

export const groupAdvantages = defineExercise<{ groupAdvantages: GroupAdvantages }>({
  title: "GRPO: advantages within a group",
  checks: [
    check(
      "two rollouts, one success",
      3,
      ({ groupAdvantages }, t) =>
        t.close(groupAdvantages([1, 0]), [Math.SQRT1_2, -Math.SQRT1_2], { tolerance: 1e-3 }),
      "The mean is ½. The squares of the two differences sum to ½, and there are n − 1 = 1 to divide by.",
    ),
    check(
      "a group that is all alike teaches nothing",
      3,
      ({ groupAdvantages }, t) => {
        t.close(groupAdvantages([0, 0, 0, 0]), [0, 0, 0, 0]);
        t.close(groupAdvantages([1, 1, 1]), [0, 0, 0]);
      },
      "Its standard deviation is 0, and 0 / 0 is not a number: add a little to what you divide by.",
    ),
    check(
      "the unit of the reward does not matter",
      3,
      ({ groupAdvantages }, t) =>
        t.forAll(
          (random, size) => unlike(random, size),
          (returns) =>
            t.close(groupAdvantages(returns.map((r) => 100 * r + 7)), groupAdvantages(returns), {
              tolerance: 1e-3,
            }),
        ),
      "What is subtracted moves with the returns, and what is divided by grows with them.",
    ),
    learns("an agent learns by it", 6, {
      seeds: [1, 2],
      atLeast: 0.6,
      measure: "success on held-out episodes",
      outcome: ({ groupAdvantages }, run) =>
        withWarmStart("weather", run.signal, (policy) =>
          trainedSuccess(
            {
              environment: "weather",
              policy,
              algorithm: withAdvantages(groupAdvantages),
              updates: 60,
              until: 0.8,
            },
            run,
          ),
        ),
      hint: "Better than the group's mean has to be positive, worse negative, for every group on its own.",
    }),
  ],
  wrong: {
    "forgets the standard deviation":
      "const mean = returns.reduce((a, b) => a + b, 0) / returns.length;\nreturn returns.map((r) => r - mean);",
    "0 / 0": `const mean = returns.reduce((a, b) => a + b, 0) / returns.length;
const std = Math.sqrt(returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (returns.length - 1));
return returns.map((r) => (r - mean) / std);`,
    "divides by the variance": `const mean = returns.reduce((a, b) => a + b, 0) / returns.length;
const variance = returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (returns.length - 1);
return returns.map((r) => (r - mean) / (variance + 1e-6));`,
    "worse is better": `const mean = returns.reduce((a, b) => a + b, 0) / returns.length;
const std = Math.sqrt(returns.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (returns.length - 1));
return returns.map((r) => (mean - r) / (std + 1e-6));`,
  },
});

/** Two returns at least, not all alike. */
const unlike = (random: Random, size: number) => [
  0,
  1,
  ...Array.from({ length: size }, () => random.between(0, 4)),
];
