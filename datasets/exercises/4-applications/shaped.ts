import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export interface ShapedStep {
  /** What the environment pays. */
  reward: number;
  /** The potential before and after the action. */
  before: number;
  after: number;
  /** Whether the episode ended with the step. */
  over: boolean;
}

export const shaped = defineExercise<{ shaped: (step: ShapedStep) => number }>({
  title: "A process reward that changes no goal",
  checks: [
    check(
      "progress is paid, and a step back costs as much",
      4,
      ({ shaped }, t) => {
        t.close(shaped({ reward: 0, before: 0, after: 0.5, over: false }), 0.5);
        t.close(shaped({ reward: 0, before: 0.5, after: 0, over: false }), -0.5);
        t.close(shaped({ reward: 0, before: 0.5, after: 0.5, over: false }), 0);
      },
      "The difference of the potentials, added to the environment's own reward.",
    ),
    check(
      "nothing of the potential is left at the end",
      5,
      ({ shaped }, t) => {
        t.close(shaped({ reward: 1, before: 1, after: 1, over: true }), 0);
        t.close(shaped({ reward: 0, before: 0.5, after: 1, over: true }), -0.5);
      },
      "The potential of the end is 0, whatever the state looks like: else the agent could carry it home.",
    ),
    check(
      "an episode adds up to its return, less the potential of its start",
      6,
      ({ shaped }, t) =>
        t.forAll(
          (random, size) => ({
            potentials: Array.from({ length: size + 1 }, () => random.between(0, 10) / 10),
            rewards: Array.from({ length: size }, () => random.between(-2, 2)),
          }),
          async ({ potentials, rewards }) => {
            const paid = rewards.map((reward, i) =>
              shaped({
                ...{ reward, before: potentials[i]!, after: potentials[i + 1]! },
                over: i === rewards.length - 1,
              }),
            );
            await t.close(t.sum(paid), t.sum(rewards) - potentials[0]!, { what: "the sum over the episode" });
          },
        ),
      "All potentials between the first and the last come once with plus and once with minus.",
    ),
  ],
  wrong: {
    "pays the state, not the change": "return reward + (over ? 0 : after);",
    "keeps the potential at the end": "return reward + after - before;",
    "pays progress only": "return reward + (over ? 0 : Math.max(0, after - before));",
  },
});
