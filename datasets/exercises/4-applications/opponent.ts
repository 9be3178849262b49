import { check, defineExercise, learns } from "../../../kernel-extensions/grading/exercise.js";
import { trainedSuccess, withWarmStart } from "../../../kernel-extensions/grading/learning.js";
import type { Environment } from "../../../src/environments/environment.js";
import { makeEnvironment } from "../../../src/environments/registry.js";
import { Random } from "../../../src/random.js";

/** `random` gives a number from 0 to below 1. */
type Opponent = (stones: number, random: () => number) => number;

/** `nim` against the learner's opponent: the two-player game, in which the environment makes the second move. */
function against(opponent: Opponent): Environment {
  const game = makeEnvironment("nim", { opponent: "self" });
  let dice = new Random(0);
  return {
    spec: makeEnvironment("nim").spec,
    demonstrate: (random) => game.demonstrate(random),
    reset: (options) => {
      dice = new Random(options.seed, 1);
      return game.reset(options);
    },
    step: async (action) => {
      let result = await game.step(action);
      if (!result.terminated) {
        const take = opponent(Number(result.observation), () => dice.next());
        result = await game.step(`take-${take}`);
      }
      const { observation, rewards, terminated, truncated, info } = result;
      return { observation, reward: rewards![0]!, terminated, truncated, info };
    },
  };
}

export const opponent = defineExercise<{ opponent: Opponent }>({
  title: "Multi-agent: an opponent worth learning from",
  checks: [
    check(
      "its moves are allowed",
      4,
      ({ opponent }, t) =>
        t.forAll(
          (random) => ({ stones: random.between(1, 20), dice: random.between(0, 99) / 100 }),
          ({ stones, dice }) => {
            const take = opponent(stones, () => dice);
            t.holds(
              Number.isInteger(take) && take >= 1 && take <= Math.min(3, stones),
              `with ${stones} stones it takes one to three, and no more than there are`,
              { got: t.text(take) },
            );
          },
        ),
      "One, two or three, but never more than there are.",
    ),
    check(
      "it wins every game that can be won",
      6,
      ({ opponent }, t) =>
        t.forAll(
          (random) => ({
            stones: 4 * random.between(0, 4) + random.between(1, 3),
            dice: random.between(0, 99) / 100,
          }),
          async ({ stones, dice }) => {
            await t.equal(
              opponent(stones, () => dice),
              stones % 4,
            );
          },
        ),
      "Who has to move with four stones loses: one, two or three, the other takes the rest. With eight, twelve … it is the same. So leave those.",
    ),
    learns("who trained against it beats a perfect player", 10, {
      seeds: [1, 2],
      atLeast: 0.6,
      measure: "games won against the library's optimal player (share)",
      outcome: ({ opponent }, run) =>
        withWarmStart("nim", run.signal, (policy) =>
          trainedSuccess(
            {
              environment: () => against(opponent),
              measuredIn: () => makeEnvironment("nim", { opponent: "optimal" }),
              ...{ policy, learningRate: 2e-3, updates: 80, prompts: 16, groupSize: 8, until: 0.9 },
            },
            run,
          ),
        ),
      hint: "Where it cannot win it should not always do the same: the agent has to meet every size of heap.",
    }),
  ],
  wrong: {
    "plays at random": "return 1 + Math.floor(random() * Math.min(3, stones));",
    "takes as many as it can": "return Math.min(3, stones);",
    "takes more than there are where it is lost": "return stones % 4 === 0 ? 4 : stones % 4;",
  },
});
