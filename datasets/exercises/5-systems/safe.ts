import { check, defineExercise, learns } from "../../../kernel-extensions/grading/exercise.js";
import { trainedSuccess } from "../../../kernel-extensions/grading/learning.js";
import { inPlay } from "../../../src/environments/action.js";
import { checkEnvironment } from "../../../src/environments/check.js";
import type { Environment, EnvironmentSpec } from "../../../src/environments/environment.js";
import { assertSeed, Random } from "../../../src/random.js";
import { warmStart } from "../../../src/training/warm-start.js";

export interface Safe {
  /** What opens it, from 0 to 9. */
  digit: number;
  /** Which turn this is, from 1 on; the third is the last. */
  turn: number;
}

export interface Stepped {
  observation: string;
  reward: number;
  terminated: boolean;
  truncated: boolean;
}

type Step = (safe: Safe, action: string) => Stepped;

const spec: EnvironmentSpec = {
  id: "safe",
  title: "Open a safe whose digit can be looked up",
  capability: "tool use",
  domain: "general",
  tools: ["look"],
  horizon: 3,
  vocabulary: [..."0123456789", "safe", "look", "invalid"],
  // <bos> safe, then three turns of at most four tokens with an observation of three.
  contextLength: 2 + 3 * (4 + 3),
  stopTokens: ["<eos>", "</call>"],
  maxActionTokens: 4,
  freshContext: false,
  agents: 1,
  returnRange: [0, 1],
  optimum: 1,
  chance: 0.1,
  heldOut: "seeds",
  options: {},
};

/** The environment around the learner's rules. */
function safeEnvironment(step: Step): Environment {
  let episode: (Safe & { over: boolean; success: boolean; looked: boolean }) | undefined;
  const info = () => ({ success: episode!.success });
  return {
    spec,
    reset: ({ seed }) => {
      assertSeed(seed);
      const digit = new Random(seed).integer(10);
      episode = { digit, turn: 0, over: false, success: false, looked: false };
      return { observation: "safe", info: info() };
    },
    step: (action) => {
      const now = inPlay(spec, episode);
      now.turn += 1;
      now.looked ||= action === "<call> look </call>";
      const result = step({ digit: now.digit, turn: now.turn }, action);
      now.over = result.terminated || result.truncated;
      now.success = result.terminated && result.reward === 1;
      return { ...result, info: info() };
    },
    // Looks and copies what it saw, or does one of the two badly.
    demonstrate: (random) => {
      const now = inPlay(spec, episode);
      if (!now.looked && random.chance(0.5)) return "<call> look </call>";
      return `<ans> ${now.looked && random.chance(0.7) ? now.digit : random.integer(10)}`;
    },
  };
}

export const safe = defineExercise<{ step: Step }>({
  title: "The rules of an environment",
  checks: [
    check(
      "looking shows the digit, the right digit opens",
      5,
      async ({ step }, t) => {
        for (let digit = 0; digit < 10; digit++) {
          await t.equal(step({ digit, turn: 1 }, "<call> look </call>"), {
            ...{ observation: `<obs> ${digit} </obs>`, reward: 0, terminated: false, truncated: false },
          });
          await t.equal(step({ digit, turn: 2 }, `<ans> ${digit}`), {
            ...{ observation: "", reward: 1, terminated: true, truncated: false },
          });
          await t.equal(step({ digit, turn: 1 }, `<ans> ${(digit + 1) % 10}`), {
            ...{ observation: "", reward: 0, terminated: true, truncated: false },
          });
        }
      },
      "callOf gives the words of a tool call, answerOf those of an answer. Any answer ends the episode by the task's own rules, right or wrong.",
    ),
    check(
      "what is no action is said to be invalid, and the third turn is the last",
      5,
      async ({ step }, t) => {
        for (const action of ["", "look", "<call> open </call>", "<call> look", "safe safe safe"]) {
          await t.equal(step({ digit: 3, turn: 1 }, action), {
            ...{ observation: "<obs> invalid </obs>", reward: 0, terminated: false, truncated: false },
          });
        }
        for (const action of ["<call> look </call>", "safe"]) {
          const { truncated, terminated } = step({ digit: 3, turn: 3 }, action);
          await t.equal({ truncated, terminated }, { truncated: true, terminated: false });
        }
        await t.equal(step({ digit: 3, turn: 3 }, "<ans> 3").truncated, false, {
          what: "truncated, where an answer has ended the third turn,",
        });
      },
      "A bad action costs a turn and gets an observation that says so. Truncated means cut off by the horizon: the episode did not end by itself.",
    ),
    check(
      "checkEnvironment finds nothing",
      5,
      async ({ step }) => {
        await checkEnvironment(() => safeEnvironment(step), { episodes: 5 });
      },
      "The checker plays episodes by players good and bad, as you have seen it do with the broken environments.",
    ),
    learns("an agent learns to open it", 10, {
      seeds: [1],
      atLeast: 0.6,
      measure: "success on held-out episodes",
      outcome: async ({ step }, run) => {
        const environment = () => safeEnvironment(step);
        const policy = await warmStart({
          environment,
          recipe: { warmStart: { demonstrations: 1000, steps: 250, learningRate: 3e-3 } },
          ...{ seed: run.seed, signal: run.signal },
          onStep: ({ step: done, steps }) => run.progress((0.5 * done) / steps, "warm start"),
        });
        try {
          return await trainedSuccess(
            { environment, policy, learningRate: 2e-3, updates: 60, prompts: 16, groupSize: 8, until: 0.85 },
            run,
          );
        } finally {
          policy.dispose();
        }
      },
      hint: "Play an episode in your head: what stands in the context when the agent has to answer?",
    }),
  ],
  wrong: {
    "ends after the look": `const call = callOf(action)?.join(" ");
  const answer = answerOf(action)?.join(" ");
  return {
    observation: call === "look" ? toolOutput(safe.digit) : answer === undefined ? toolOutput("invalid") : "",
    reward: answer === String(safe.digit) ? 1 : 0,
    terminated: true,
    truncated: false,
  };`,
    "throws on a bad action": `const call = callOf(action)?.join(" ");
  const answer = answerOf(action)?.join(" ");
  if (call !== "look" && answer === undefined) throw new Error("bad action");
  return {
    observation: call === "look" ? toolOutput(safe.digit) : "",
    reward: answer === String(safe.digit) ? 1 : 0,
    terminated: answer !== undefined,
    truncated: answer === undefined && safe.turn === 3,
  };`,
    "forgets the horizon": `const call = callOf(action)?.join(" ");
  const answer = answerOf(action)?.join(" ");
  return {
    observation: call === "look" ? toolOutput(safe.digit) : answer === undefined ? toolOutput("invalid") : "",
    reward: answer === String(safe.digit) ? 1 : 0,
    terminated: answer !== undefined,
    truncated: false,
  };`,
  },
});
