import { check, defineExercise, learns } from "../../../kernel-extensions/grading/exercise.js";
import { trainedSuccess, withWarmStart } from "../../../kernel-extensions/grading/learning.js";
import { callOf } from "../../../src/environments/action.js";
import type { Environment } from "../../../src/environments/environment.js";
import { makeEnvironment } from "../../../src/environments/registry.js";

/** What a call costs when this share of the training is done. */
type Price = (done: number) => number;

const fullPrice = 0.2;

/** `weather` where each call costs what `price` says at the time. */
function priced(price: () => number): Environment {
  const weather = makeEnvironment("weather");
  return {
    spec: weather.spec,
    reset: (options) => weather.reset(options),
    demonstrate: (random) => weather.demonstrate(random),
    step: async (action) => {
      const result = await weather.step(action);
      return callOf(action) === undefined ? result : { ...result, reward: result.reward - price() };
    },
  };
}

const moments = Array.from({ length: 61 }, (_, i) => i / 60);

export const price = defineExercise<{ price: Price }>({
  title: "Cure tool abandonment",
  checks: [
    check(
      "the last third of the training has the full price",
      4,
      ({ price }, t) => {
        for (const done of moments.filter((done) => done >= 2 / 3)) t.close(price(done), fullPrice);
      },
      "Free calls are a help while learning, not the task. From two thirds on a call costs what it costs: .2.",
    ),
    check(
      "a call is never paid for, and never costs more than the full price",
      4,
      ({ price }, t) => {
        for (const done of moments) {
          const now = price(done);
          t.holds(now >= 0 && now <= fullPrice, "the price lies between 0 and .2", { got: t.text(now) });
        }
      },
      "A price below zero would reward calls, useful or not.",
    ),
    learns("the agent has learned to use the tool, and keeps it", 12, {
      seeds: [1, 2],
      atLeast: 0.6,
      measure: "success on held-out episodes",
      outcome: ({ price }, { seed, signal, progress }) => {
        let done = 0;
        const environment = () => priced(() => price(done));
        return withWarmStart("weather", signal, (policy) =>
          trainedSuccess(
            {
              ...{ environment, policy, keep: "last" },
              ...{ learningRate: 2e-3, updates: 60, prompts: 16, groupSize: 8 },
            },
            {
              ...{ seed, signal },
              progress: (share, note) => {
                done = share;
                progress(share, note);
              },
            },
          ),
        );
      },
      hint: "At the warm start a call helps rarely. What must it cost then, so that trying it is not punished? And when is it good enough to pay for itself?",
    }),
  ],
  wrong: {
    "the full price from the start": "return 0.2;",
    "free to the end": "return 0;",
    "pays for calls first": "return done < 0.5 ? -0.2 : 0.2;",
    "falls instead of rising": "return done < 0.5 ? 0.2 : 0.2 * (1 - done);",
  },
});
