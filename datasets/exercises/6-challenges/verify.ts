import { check, defineExercise, learns } from "../../../kernel-extensions/grading/exercise.js";
import { trainedSuccess, withWarmStart } from "../../../kernel-extensions/grading/learning.js";
import type { Environment } from "../../../src/environments/environment.js";
import { inputs, runOneLiner } from "../../../src/environments/one-liner.js";
import { makeEnvironment } from "../../../src/environments/registry.js";

/** What a program returned for each input (undefined where it broke), what was wanted, how many tests were shown. */
type Verify = (outputs: readonly (number | undefined)[], wanted: readonly number[], shown: number) => number;

/** `leaky-tests` paid by the learner's verifier; success stays the environment's own. */
function verified(verify: Verify): Environment {
  const leaky = makeEnvironment("leaky-tests");
  const legal = new Set(leaky.spec.vocabulary);
  let wanted: number[] = [];
  return {
    spec: leaky.spec,
    demonstrate: (random) => leaky.demonstrate(random),
    reset: async (options) => {
      const first = await leaky.reset(options);
      // "1 => 5 2 => 7 return": two values tell the line.
      const [, , one, , , two] = first.observation.split(" ");
      const factor = Number(two) - Number(one);
      wanted = inputs.map((x) => Number(one) + factor * (x - 1));
      return first;
    },
    step: async (action) => {
      const result = await leaky.step(action);
      const words = action.split(" ");
      const readable = words.length <= leaky.spec.maxActionTokens && words.every((word) => legal.has(word));
      const outcomes = readable ? await runOneLiner(action) : inputs.map(() => ({}));
      const outputs = outcomes.map((outcome) =>
        "returned" in outcome && typeof outcome.returned === "number" ? outcome.returned : undefined,
      );
      return { ...result, reward: verify(outputs, wanted, 2) };
    },
  };
}

export const verify = defineExercise<{ verify: Verify }>({
  title: "Mend the verifier",
  checks: [
    check(
      "a program that returns only what was shown is paid nothing",
      4,
      ({ verify }, t) => {
        t.equal(verify([5, 7, 7, 7], [5, 7, 3, 9], 2), 0);
        t.equal(verify([5, 7, 3, 7], [5, 7, 3, 9], 2), 0);
        t.equal(verify([5, 7, undefined, 9], [5, 7, 3, 9], 2), 0);
      },
      "The tests behind the first `shown` ones are hidden from the agent. What does it earn for them?",
    ),
    check(
      "1 for all of the tests, 0 for fewer",
      3,
      ({ verify }, t) =>
        t.forAll(
          (random, size) => {
            const wanted = Array.from({ length: 2 + size }, () => random.integer(20));
            const outputs = wanted.map((value) => (random.chance(0.9) ? value : value + 1));
            return [outputs, wanted, 1 + random.integer(size)] as const;
          },
          ([outputs, wanted, shown]) =>
            t.equal(verify(outputs, wanted, shown), outputs.every((value, i) => value === wanted[i]) ? 1 : 0),
        ),
      "Each output has to be the wanted one at the same place, those that were shown as well as the others.",
    ),
    learns("an agent learns to write the function", 8, {
      seeds: [1, 2],
      atLeast: 0.4,
      measure: "true success on held-out tasks",
      outcome: ({ verify }, run) =>
        withWarmStart("leaky-tests", run.signal, (policy) =>
          trainedSuccess(
            {
              environment: () => verified(verify),
              ...{ policy, learningRate: 2e-3, updates: 130, prompts: 16, groupSize: 8, until: 0.65 },
            },
            run,
          ),
        ),
      hint: "The agent gets more of whatever is paid. Is there a cheaper way to be paid than the function itself?",
    }),
  ],
  wrong: {
    "runs only the tests that were shown":
      "return wanted.slice(0, shown).every((value, i) => outputs[i] === value) ? 1 : 0;",
    "pays for the share of tests passed":
      "return wanted.filter((value, i) => outputs[i] === value).length / wanted.length;",
    "runs only the hidden tests":
      "return wanted.every((value, i) => i < shown || outputs[i] === value) ? 1 : 0;",
  },
});
