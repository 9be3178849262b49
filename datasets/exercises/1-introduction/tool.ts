import { check, defineExercise, learns } from "../../../kernel-extensions/grading/exercise.js";
import { trainedSuccess, withWarmStart } from "../../../kernel-extensions/grading/learning.js";
import { answerOf } from "../../../src/environments/action.js";
import type { Environment } from "../../../src/environments/environment.js";
import { makeEnvironment } from "../../../src/environments/registry.js";
import { Random } from "../../../src/random.js";

/** What is so in an episode. The agent sees of it what the environment shows. */
export interface World {
  /** The city the agent was asked about. */
  asked: string;
  /** The weather of each city: `{ oslo: "6 5 sunny", … }`. */
  reports: Readonly<Record<string, string>>;
}

export interface Outcome {
  /** What is appended to the agent's context. */
  observation: string;
  reward: number;
  /** Whether the episode is over. */
  terminated: boolean;
}

type Step = (action: string, world: World) => Outcome;

const cities = makeEnvironment("weather").spec.vocabulary.slice(0, 16);

function drawWorld(random: Random): World {
  const report = () =>
    `${random.choice([..."56789"])} ${random.choice([..."05"])} ${random.choice(["sunny", "cloudy", "rain", "snow"], [0.4, 0.3, 0.2, 0.1])}`;
  return {
    asked: random.choice(cities),
    reports: Object.fromEntries(cities.map((city) => [city, report()])),
  };
}

/** `weather` with the learner's `step`; success is whether the answer was right, whatever it paid. */
function stepped(step: Step): Environment {
  const weather = makeEnvironment("weather");
  let world = drawWorld(new Random(0));
  let turns = 0;
  return {
    spec: weather.spec,
    demonstrate: (random) => weather.demonstrate(random),
    reset: ({ seed }) => {
      world = drawWorld(new Random(seed));
      turns = 0;
      return { observation: `weather ${world.asked} ?`, info: { success: false } };
    },
    step: (action) => {
      turns += 1;
      const { observation, reward, terminated } = step(action, world);
      const success = terminated && answerOf(action)?.join(" ") === world.reports[world.asked];
      return {
        ...{ observation, reward, terminated, info: { success } },
        truncated: !terminated && turns === weather.spec.horizon,
      };
    },
  };
}

const oslo: World = { asked: "oslo", reports: { oslo: "6 5 sunny", lima: "9 0 rain" } };
const fields = ({ observation, reward, terminated }: Outcome) => ({ observation, reward, terminated });

export const tool = defineExercise<{ step: Step }>({
  title: "Give it a tool",
  checks: [
    check(
      "a call brings the report of the city that was called, and the episode goes on",
      4,
      ({ step }, t) => {
        for (const city of ["oslo", "lima"]) {
          t.equal(fields(step(`<call> ${city} </call>`, oslo)), {
            observation: `<obs> ${oslo.reports[city]!} </obs>`,
            ...{ reward: 0, terminated: false },
          });
        }
        t.equal(fields(step("<call> atlantis </call>", oslo)), {
          ...{ observation: "<obs> nothing </obs>", reward: 0, terminated: false },
        });
      },
      "callOf(action) gives the words of a call, or undefined. Which city did the agent name? It need not be the one it was asked about. toolOutput(…) writes <obs> and </obs> around what the tool says.",
    ),
    check(
      "an answer ends the episode; only the right one is paid",
      4,
      ({ step }, t) => {
        const end = (reward: number) => ({ observation: "", reward, terminated: true });
        t.equal(fields(step("<ans> 6 5 sunny", oslo)), end(1));
        t.equal(fields(step("<ans> 9 0 rain", oslo)), end(0));
      },
      "answerOf(action) gives the words of an answer, or undefined. Right is the report of the city that was asked about.",
    ),
    check(
      "anything else is told to be invalid, and ends it",
      2,
      ({ step }, t) =>
        t.equal(fields(step("sunny sunny", oslo)), {
          ...{ observation: "<obs> invalid </obs>", reward: 0, terminated: true },
        }),
      'A language model can write anything. An environment never throws because of it: what is neither a call nor an answer is told toolOutput("invalid").',
    ),
    learns("an agent learns to use it", 10, {
      seeds: [1, 2],
      atLeast: 0.6,
      measure: "success on held-out episodes",
      outcome: ({ step }, run) =>
        withWarmStart("weather", run.signal, (policy) =>
          trainedSuccess(
            {
              environment: () => stepped(step),
              ...{ policy, learningRate: 2e-3, updates: 60, prompts: 16, groupSize: 8, until: 0.8 },
            },
            run,
          ),
        ),
      hint: "The agent copies what stands between <obs> and </obs>. Is the report there as the answer has to be written?",
    }),
  ],
  wrong: {
    "ends the episode with the call":
      'const city = callOf(action)?.join(" ");\nif (city !== undefined) return { observation: toolOutput(world.reports[city] ?? "nothing"), reward: 0, terminated: true };\nconst right = answerOf(action)?.join(" ") === world.reports[world.asked];\nreturn { observation: "", reward: right ? 1 : 0, terminated: true };',
    "reports the city that was asked about, whatever was called":
      'if (callOf(action) !== undefined) return { observation: toolOutput(world.reports[world.asked]!), reward: 0, terminated: false };\nconst right = answerOf(action)?.join(" ") === world.reports[world.asked];\nreturn { observation: right || answerOf(action) ? "" : toolOutput("invalid"), reward: right ? 1 : 0, terminated: true };',
    "pays for the call":
      'const city = callOf(action)?.join(" ");\nif (city !== undefined) return { observation: toolOutput(world.reports[city] ?? "nothing"), reward: 1, terminated: false };\nconst answer = answerOf(action)?.join(" ");\nif (answer === undefined) return { observation: toolOutput("invalid"), reward: 0, terminated: true };\nreturn { observation: "", reward: answer === world.reports[world.asked] ? 1 : 0, terminated: true };',
  },
});
