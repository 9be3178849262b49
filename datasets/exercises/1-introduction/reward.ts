import { check, defineExercise, learns } from "../../../kernel-extensions/grading/exercise.js";
import { trainedSuccess, withWarmStart } from "../../../kernel-extensions/grading/learning.js";
import type { Environment } from "../../../src/environments/environment.js";
import { makeEnvironment } from "../../../src/environments/registry.js";

export interface Outcome {
  /** Whether the answer was right. */
  success: boolean;
  /** How often the tool was called. */
  calls: number;
}

/** `weather` with the learner's reward at the end of an episode instead of its own. */
function rewarded(reward: (outcome: Outcome) => number): Environment {
  const weather = makeEnvironment("weather");
  return {
    spec: weather.spec,
    reset: (options) => weather.reset(options),
    demonstrate: (random) => weather.demonstrate(random),
    step: async (action) => {
      const result = await weather.step(action);
      if (!result.terminated && !result.truncated) return { ...result, reward: 0 };
      const { success, calls } = result.info as unknown as Outcome;
      return { ...result, reward: reward({ success, calls }) };
    },
  };
}

export const reward = defineExercise<{ reward: (outcome: Outcome) => number }>({
  title: "A reward that teaches the tool",
  checks: [
    check(
      "a right answer pays more than a wrong one",
      5,
      ({ reward }, t) => {
        for (const calls of [0, 1, 2]) {
          const [right, wrong] = [reward({ success: true, calls }), reward({ success: false, calls })];
          t.holds(
            Number.isFinite(right) && Number.isFinite(wrong),
            `the reward after ${calls} calls is a number, whatever the answer`,
            { got: `${t.text(right)} for a right answer, ${t.text(wrong)} for a wrong one` },
          );
          t.holds(right > wrong, `with ${calls} calls a right answer pays more than a wrong one`, {
            got: `${t.text(right)} for a right answer, ${t.text(wrong)} for a wrong one`,
          });
        }
      },
      "The agent gets more of whatever is paid for. What do you want from it?",
    ),
    learns("the agent learns to look it up", 10, {
      seeds: [1, 2],
      atLeast: 0.6,
      measure: "success on held-out episodes",
      outcome: ({ reward }, run) =>
        withWarmStart("weather", run.signal, (policy) =>
          trainedSuccess(
            {
              environment: () => rewarded(reward),
              ...{ policy, learningRate: 2e-3, updates: 60, prompts: 16, groupSize: 8, until: 0.8 },
            },
            run,
          ),
        ),
      hint: "At first a call helps rarely: the agent asks for the wrong city, or does not copy what it sees. If calling costs more than it brings then, the tool is given up before its use is learned.",
    }),
  ],
  wrong: {
    "pays for calls": "return calls;",
    "the same for every answer": "return 1;",
    "calls cost so much that the tool is given up": "return (success ? 1 : 0) - calls;",
  },
});
