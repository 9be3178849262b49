import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import type { Tools } from "../../../kernel-extensions/grading/checks/tools.js";
import { makeEnvironment } from "../../../src/environments/registry.js";

type Act = (observation: string) => string;

/** Walks through mazes two at a time, a turn in each: what an agent keeps elsewhere than on the notepad gets mixed up. */
async function walkThrough(act: Act, t: Tools, options: { cues: number; delay: number }): Promise<void> {
  for (let seed = 0; seed < 60; seed += 2) {
    const mazes = await Promise.all(
      [seed, seed + 1].map(async (each) => {
        const maze = makeEnvironment("t-maze", options);
        return {
          maze,
          seen: (await maze.reset({ seed: each })).observation,
          story: [] as string[],
          over: false,
        };
      }),
    );
    while (mazes.some(({ over }) => !over)) {
      for (const walk of mazes.filter(({ over }) => !over)) {
        t.signal.throwIfAborted();
        const action = String(act(walk.seen));
        walk.story.push(`${walk.seen} → ${action}`);
        const { observation, terminated, info } = await walk.maze.step(action);
        [walk.seen, walk.over] = [observation, terminated];
        if (!terminated) continue;
        const [first, last] = [walk.story[0]!, walk.story.at(-1)!];
        if (info["bad_format"] === true) {
          t.fail({ what: "this is no action here", call: last, expected: "write WORD, walk, or <ans> WORD" });
        }
        if (info["success"] !== true) {
          t.fail({ what: "it took the wrong door", call: `${first} … ${last}` });
        }
      }
    }
  }
}

export const notepad = defineExercise<{ act: Act }>({
  title: "A memory of one word",
  checks: [
    check(
      "sixty mazes with two rooms between sign and doors",
      8,
      ({ act }, t) => walkThrough(act, t, { cues: 4, delay: 2 }),
      "What is on the notepad at the junction? It has to be what stood first behind the entrance, and nothing may have replaced it on the way.",
    ),
    check(
      "longer mazes, more colours",
      7,
      ({ act }, t) => walkThrough(act, t, { cues: 8, delay: 6 }),
      "Nothing in the rule should depend on which colours there are, or on how many rooms come between.",
    ),
  ],
  wrong: {
    "writes down the animal":
      'const [, note, , place, , animal] = observation.split(" ");\nif (place === "entrance") return `write ${animal}`;\nreturn place === "corridor" ? "walk" : `<ans> ${note}`;',
    "writes in every room":
      'const [, note, , place, sign] = observation.split(" ");\nreturn place === "junction" ? `<ans> ${note}` : `write ${sign}`;',
    "knows four colours":
      'const [, note, , place, sign] = observation.split(" ");\nif (["red", "green", "blue", "yellow"].includes(sign!)) return `write ${sign}`;\nreturn place === "junction" ? `<ans> ${note}` : "walk";',
  },
});
