import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import type { Environment, Observed, StepResult } from "../../../src/environments/environment.js";
import { makeEnvironment } from "../../../src/environments/registry.js";

export interface Episode {
  /** Actions the agent took. */
  turns: number;
  /** Sum of its rewards. */
  return: number;
}

type Play = (
  environment: Environment,
  act: (history: string) => string,
  seed: number,
) => Promise<Episode> | Episode;

/** Looks the city up that it is asked about, and repeats what came back. */
function lookUp(history: string): string {
  const words = history.split(" ");
  const told = words.lastIndexOf("<obs>");
  if (told < 0) return `<call> ${words[1]!} </call>`;
  return `<ans> ${words.slice(told + 1, words.lastIndexOf("</obs>")).join(" ")}`;
}

/** A walk of three steps that ends by being cut off, each step worth 2. */
class Corridor implements Environment {
  readonly spec = makeEnvironment("weather").spec;
  #steps = 0;

  demonstrate(): string {
    return "walk";
  }

  reset(): Observed {
    this.#steps = 0;
    return { observation: "door 0", info: {} };
  }

  step(): StepResult {
    if (this.#steps === 3) throw new Error("the episode has ended");
    this.#steps += 1;
    const over = this.#steps === 3;
    return {
      observation: `door ${this.#steps}`,
      ...{ reward: 2, terminated: false, truncated: over, info: {} },
    };
  }
}

export const play = defineExercise<{ play: Play }>({
  title: "The loop",
  checks: [
    check(
      "an agent that answers at once",
      4,
      async ({ play }, t) => {
        const { turns, return: sum } = await play(makeEnvironment("weather"), () => "<ans> 5 0 sunny", 3);
        t.equal({ turns, return: sum }, { turns: 1, return: 0 });
      },
      "Reset the environment with the seed, ask the agent, hand its action to step, and look whether the episode is over.",
    ),
    check(
      "an agent that looks it up, in any episode",
      6,
      async ({ play }, t) => {
        for (let seed = 0; seed < 20; seed++) {
          const { turns, return: sum } = await play(makeEnvironment("weather"), lookUp, seed);
          t.equal({ turns, return: sum }, { turns: 2, return: 1 });
        }
      },
      "The second action needs what the first one brought. Does the history that the agent gets hold the tool's output?",
    ),
    check(
      "the agent gets the whole history: observations and its own actions",
      6,
      async ({ play }, t) => {
        const seen: string[] = [];
        const act = (history: string) => `walk ${seen.push(history)}`;
        await play(new Corridor(), act, 0);
        t.equal(seen, ["door 0", "door 0 walk 1 door 1", "door 0 walk 1 door 1 walk 2 door 2"], {
          what: "what the agent was shown, turn by turn,",
        });
      },
      "h₀ = o₀, h₁ = o₀ a₀ o₁, h₂ = o₀ a₀ o₁ a₁ o₂: texts, with one space between two.",
    ),
    check(
      "an episode that is cut off, and rewards on the way",
      4,
      async ({ play }, t) => {
        const { turns, return: sum } = await play(new Corridor(), () => "walk", 0);
        t.equal({ turns, return: sum }, { turns: 3, return: 6 });
      },
      "An episode ends in two ways: terminated by its own rules, truncated by a limit. The return is the sum of all rewards.",
    ),
  ],
  wrong: {
    "shows only the last observation": `const first = await environment.reset({ seed });
let history = first.observation;
for (let turns = 1, sum = 0; ; turns++) {
  const { observation, reward, terminated, truncated } = await environment.step(act(history));
  sum += reward;
  if (terminated || truncated) return { turns, return: sum };
  history = observation;
}`,
    "knows one way of ending": `const first = await environment.reset({ seed });
let history = first.observation;
for (let turns = 1, sum = 0; ; turns++) {
  const action = act(history);
  const { observation, reward, terminated } = await environment.step(action);
  sum += reward;
  if (terminated) return { turns, return: sum };
  history += \` \${action} \${observation}\`;
}`,
    "takes the last reward for the return": `const first = await environment.reset({ seed });
let history = first.observation;
for (let turns = 1; ; turns++) {
  const action = act(history);
  const { observation, reward, terminated, truncated } = await environment.step(action);
  if (terminated || truncated) return { turns, return: reward };
  history += \` \${action} \${observation}\`;
}`,
  },
});
