import { check, defineExercise, learns } from "../../../kernel-extensions/grading/exercise.js";
import { withWarmStart } from "../../../kernel-extensions/grading/learning.js";
import { makeEnvironment } from "../../../src/environments/registry.js";
import { evaluate } from "../../../src/training/evaluate.js";
import { train } from "../../../src/training/train.js";

type NextStage = (stage: number, successes: readonly number[], stages: number) => number;

/** Rooms between the sign and the doors. */
const delays = [2, 6, 20] as const;
const updates = 90;

export const nextStage = defineExercise<{ nextStage: NextStage }>({
  title: "A curriculum that waits for its pupil",
  checks: [
    check(
      "goes on when the last three updates were good",
      4,
      ({ nextStage }, t) => {
        t.equal(nextStage(0, [0.2, 0.8, 0.9, 0.85], 3), 1);
        t.equal(nextStage(1, [0.8, 0.8, 0.8], 3), 2);
      },
      "Take the mean of the last three successes: is it at least .8?",
    ),
    check(
      "waits when they were not, or when there are fewer than three",
      3,
      ({ nextStage }, t) => {
        t.equal(nextStage(0, [0.9, 0.9, 0.9, 0.2], 3), 0);
        t.equal(nextStage(1, [1, 1], 3), 1);
        t.equal(nextStage(1, [], 3), 1);
      },
      "One lucky batch shows nothing, and earlier batches were played by another policy.",
    ),
    check(
      "one stage at a time, and no further than the last",
      3,
      ({ nextStage }, t) =>
        t.forAll(
          (random, size) =>
            [
              random.integer(size),
              // No three of these have a mean of .8, where rounding would decide.
              Array.from({ length: 1 + random.integer(6) }, () => random.choice([0.61, 0.72, 0.83, 0.94, 1])),
              size,
            ] as const,
          ([stage, successes, stages]) => {
            const last = successes.slice(-3);
            const good = last.length === 3 && last.reduce((sum, value) => sum + value, 0) / 3 >= 0.8;
            t.equal(nextStage(stage, successes, stages), good ? Math.min(stage + 1, stages - 1) : stage);
          },
        ),
      "Stages are counted from 0: the last one is stages − 1.",
    ),
    learns("the agent crosses twenty rooms", 5, {
      seeds: [1, 2],
      atLeast: 0.5,
      measure: "success with twenty rooms",
      outcome: ({ nextStage }, { seed, signal, progress }) =>
        withWarmStart("t-maze", signal, async (policy) => {
          let [stage, done] = [0, 0];
          while (done < updates) {
            const training = train({
              environment: "t-maze",
              environmentOptions: { delay: delays[stage]! },
              ...{ policy, prompts: 8, updates: updates - done, seed: seed + stage, signal },
            });
            const successes: number[] = [];
            const started = stage;
            for await (const { metrics } of training) {
              done += 1;
              successes.push(metrics["rollout/success"]!);
              progress(done / updates, `${delays[stage]!} rooms, update ${done} of at most ${updates}`);
              // Behind the last stage there is none: it ends when it is learned.
              stage = nextStage(started, successes, delays.length);
              if (stage !== started) break;
              if (started === delays.length - 1 && mean(successes.slice(-4)) >= 0.9) break;
            }
            if (stage === started) break;
          }
          const environment = () => makeEnvironment("t-maze", { delay: 20 });
          return (await evaluate({ environment, policy, episodes: 128, seed, signal })).success;
        }),
      hint: "What does the agent meet, and when? A stage that is never left teaches no more than it has.",
    }),
  ],
  wrong: {
    "goes on after one good update":
      "return successes.length > 0 && successes.at(-1)! >= 0.8 ? Math.min(stage + 1, stages - 1) : stage;",
    "leaves the last stage":
      "const last = successes.slice(-3);\nreturn last.length === 3 && last.reduce((sum, value) => sum + value, 0) / 3 >= 0.8 ? stage + 1 : stage;",
    "all updates so far":
      "return successes.length >= 3 && successes.reduce((sum, value) => sum + value, 0) / successes.length >= 0.8 ? Math.min(stage + 1, stages - 1) : stage;",
  },
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / 4;
