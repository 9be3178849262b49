import { check, defineExercise, learns } from "../../../kernel-extensions/grading/exercise.js";
import { trainedSuccess, withWarmStart } from "../../../kernel-extensions/grading/learning.js";
import type { Environment } from "../../../src/environments/environment.js";
import { makeEnvironment } from "../../../src/environments/registry.js";

/** The memory after an action: oldest word first, at most `slots` of them. */
type Remember = (memory: readonly string[], action: string, slots: number) => string[];

const words = ["red", "green", "blue", "owl", "fox"];

function reference(memory: readonly string[], action: string, slots: number): string[] {
  const [verb, word] = action.split(" ");
  if (word === undefined || (verb !== "write" && verb !== "erase")) return [...memory];
  const others = memory.filter((each) => each !== word);
  return verb === "write" ? [...others, word].slice(-slots) : others;
}

/** `t-maze` with a memory of the learner's: the notepad shows the newest word of it. */
function maze(remember: Remember): Environment {
  const inner = makeEnvironment("t-maze");
  let memory: string[] = [];
  const shown = (observation: string) => {
    const note = memory.at(-1);
    const known = note !== undefined && inner.spec.vocabulary.includes(note);
    return observation.replace(/^notepad \S+/, `notepad ${known ? note : "empty"}`);
  };
  return {
    spec: inner.spec,
    demonstrate: (random) => inner.demonstrate(random),
    reset: async (options) => {
      memory = [];
      const first = await inner.reset(options);
      return { ...first, observation: shown(first.observation) };
    },
    step: async (action) => {
      const result = await inner.step(action);
      memory = remember(memory, action, 1);
      return { ...result, observation: shown(result.observation) };
    },
  };
}

export const remember = defineExercise<{ remember: Remember }>({
  title: "Build a memory",
  checks: [
    check(
      "writing, erasing, walking on",
      4,
      ({ remember }, t) => {
        t.equal(remember([], "write red", 3), ["red"]);
        t.equal(remember(["red"], "write owl", 3), ["red", "owl"]);
        t.equal(remember(["red", "owl"], "erase red", 3), ["owl"]);
        t.equal(remember(["red"], "erase owl", 3), ["red"]);
        t.equal(remember(["red"], "walk", 3), ["red"]);
        t.equal(remember(["red"], "<ans> red", 3), ["red"]);
      },
      "Three cases: a word is added, a word is removed, or all stays as it is. Most actions are no business of the memory.",
    ),
    check(
      "a full memory, and words that are there already",
      6,
      ({ remember }, t) => {
        t.equal(remember(["red", "owl"], "write fox", 2), ["owl", "fox"]);
        t.equal(remember(["red", "owl"], "write red", 2), ["owl", "red"]);
        t.forAll(
          (random, size) => ({
            slots: random.between(1, 4),
            actions: Array.from({ length: size }, () =>
              random.chance(0.2)
                ? "walk"
                : `${random.choice(["write", "write", "erase"])} ${random.choice(words)}`,
            ),
          }),
          ({ slots, actions }) => {
            let memory: string[] = [];
            for (const action of actions) {
              const before = memory;
              memory = reference(before, action, slots);
              t.equal(remember(before, action, slots), memory, { what: "the memory" });
            }
          },
        );
      },
      "When there is no room the oldest word goes. A word that is written again is not there twice: it becomes the newest.",
    ),
    learns("an agent learns to remember with it", 10, {
      seeds: [1, 2],
      atLeast: 0.6,
      measure: "success on held-out episodes",
      outcome: ({ remember }, run) =>
        withWarmStart("t-maze", run.signal, (policy) =>
          trainedSuccess(
            {
              environment: () => maze(remember),
              ...{ policy, learningRate: 2e-3, updates: 50, prompts: 16, groupSize: 8, until: 0.85 },
            },
            run,
          ),
        ),
      hint: "The sign is seen in the first room, the doors are in the last. Does the word survive the walk between them? With one slot a new word takes the place of the old one.",
    }),
  ],
  wrong: {
    "forgets while walking":
      'const [verb, word] = action.split(" ");\nif (verb !== "write" || word === undefined) return [];\nreturn [...memory.filter((each) => each !== word), word].slice(-slots);',
    "never makes room":
      'const [verb, word] = action.split(" ");\nif (verb === "erase") return memory.filter((each) => each !== word);\nif (verb !== "write" || word === undefined || memory.length === slots) return [...memory];\nreturn [...memory.filter((each) => each !== word), word];',
    "keeps a word twice":
      'const [verb, word] = action.split(" ");\nif (verb === "erase") return memory.filter((each) => each !== word);\nreturn verb === "write" && word !== undefined ? [...memory, word].slice(-slots) : [...memory];',
  },
});
