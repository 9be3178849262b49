/** The checker finds what it is there to find: each environment here breaks one clause. */
import { describe, expect, it } from "vitest";

import { checkEnvironment } from "../../../src/environments/check.js";
import type {
  Environment,
  EnvironmentSpec,
  Observed,
  ResetOptions,
  StepResult,
} from "../../../src/environments/environment.js";
import { assertSeed, Random } from "../../../src/random.js";

/** Asked to say `yes` or `no`, the agent has two turns; the second is rewarded. */
class Sound implements Environment {
  spec: EnvironmentSpec = {
    id: "sound",
    title: "say the word",
    capability: "interaction",
    domain: "general",
    tools: [],
    horizon: 2,
    vocabulary: ["say", "yes", "no", "thanks"],
    contextLength: 11,
    stopTokens: ["<eos>"],
    maxActionTokens: 3,
    freshContext: false,
    agents: 1,
    returnRange: [0, 1],
    heldOut: "seeds",
    options: {},
  };
  wanted = "yes";
  turns = -1;

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    this.wanted = new Random(seed).choice(["yes", "no"]);
    this.turns = 0;
    return { observation: `say ${this.wanted}`, info: {} };
  }

  step(action: string): StepResult {
    if (this.turns < 0 || this.turns > 1) throw new Error("sound: call reset first");
    this.turns += 1;
    const over = this.turns > 1;
    const success = over && action === this.wanted;
    return {
      observation: "thanks",
      reward: success ? 1 : 0,
      terminated: over,
      truncated: false,
      info: over ? { success } : {},
    };
  }

  demonstrate(random: Random): string {
    return random.choice(["yes", "no"]);
  }
}

/** Sound environments with one thing changed. */
function broken(change: (environment: Sound) => void): () => Environment {
  return () => {
    const environment = new Sound();
    change(environment);
    return environment;
  };
}
const specified = (spec: Partial<EnvironmentSpec>) =>
  broken((environment) => {
    environment.spec = { ...environment.spec, ...spec };
  });
const stepping = (change: (result: StepResult, action: string) => object) =>
  broken((environment) => {
    const step = environment.step.bind(environment);
    environment.step = (action) => {
      const result = step(action);
      return { ...result, ...change(result, action) };
    };
  });
const demonstrating = (demonstration: string, spec: Partial<EnvironmentSpec> = {}) =>
  broken((environment) => {
    environment.spec = { ...environment.spec, ...spec };
    environment.demonstrate = () => demonstration;
  });

let made = 0;
let asked = 0;

const cases: Record<string, [() => Environment, string]> = {
  "an id with a space": [specified({ id: "Sound 1" }), 'spec.id "Sound 1" is not in kebab case'],
  "a horizon of 0": [specified({ horizon: 0 }), "spec.horizon is not a whole number above 0"],
  "a word twice": [specified({ vocabulary: ["yes", "no", "yes"] }), 'the word "yes" is twice'],
  "a special token among the words": [specified({ vocabulary: ["<eos>"] }), 'the word "<eos>" is twice'],
  "white space in a word": [
    specified({ vocabulary: ["new york"] }),
    'the word "new york" of spec.vocabulary',
  ],
  "an unknown stop token": [
    specified({ stopTokens: ["stop"] }),
    'stop token "stop" is not in the vocabulary',
  ],
  "no stop token": [specified({ stopTokens: [] }), "spec.stopTokens is empty"],
  "a range upside down": [specified({ returnRange: [1, 0] }), "spec.returnRange"],
  "chance above the optimum": [specified({ chance: 0.5, optimum: 0.4 }), "spec.chance is above spec.optimum"],
  "an optimum in percent": [specified({ optimum: 94 }), "spec.optimum is not from 0 to 1"],
  "a step before reset": [
    broken((environment) => (environment.turns = 0)),
    "step before reset must throw an Error that says to reset, not return",
  ],
  "any seed": [
    broken((environment) => {
      environment.reset = () => {
        environment.turns = 0;
        return { observation: "say yes", info: {} };
      };
    }),
    "reset with the seed -1 must throw an Error that names the seed, not return",
  ],
  "an observation of unknown words": [
    stepping(() => ({ observation: "thank you" })),
    'observations are words of the vocabulary: "thank" in "thank you" is not',
  ],
  "two spaces in an observation": [stepping(() => ({ observation: "say  yes" })), "two spaces in a row"],
  "an empty observation before the end": [
    stepping(({ terminated }) => (terminated ? {} : { observation: "" })),
    "observations are words of the vocabulary",
  ],
  "<bos> in an observation": [
    stepping(() => ({ observation: "<bos> say" })),
    "hold no <pad>, <bos> or <eos>",
  ],
  "a demonstration of unknown words": [
    demonstrating("oui"),
    'demonstrations are words of the vocabulary: "oui"',
  ],
  "an empty demonstration": [demonstrating(""), "demonstrations are words of the vocabulary"],
  "a demonstration with <eos>": [demonstrating("yes <eos>"), "demonstrations carry no closing <eos>"],
  "a demonstration that is too long": [demonstrating("yes yes yes yes"), "keep to maxActionTokens"],
  "a demonstration of two words where one fits": [
    demonstrating("yes yes", { maxActionTokens: 1, stopTokens: [] }),
    "keep to maxActionTokens",
  ],
  "a demonstration that goes on": [
    demonstrating("yes no", { stopTokens: ["yes"] }),
    'the demonstration "yes no" goes on after yes',
  ],
  "a demonstration that does not end": [
    demonstrating("yes", { stopTokens: ["no"] }),
    "a turn ends with a stop token or has maxActionTokens",
  ],
  "a demonstration that leaves a trace": [
    broken((environment) => {
      environment.demonstrate = () => ((environment.turns += 0.25) % 0.5 === 0 ? "yes" : "no");
    }),
    "demonstrate is deterministic and only looks",
  ],
  "a demonstration that moves the episode": [
    broken((environment) => {
      const { step } = environment;
      let looks = 0;
      environment.demonstrate = () => ((looks += 1), "yes");
      environment.step = (action) => ({ ...step.call(environment, action), info: { looks, success: false } });
    }),
    "deterministic given the seed, whether or not demonstrate is called",
  ],
  "a context that does not fit": [specified({ contextLength: 10 }), "11 tokens are more than 10"],
  "more turns than the horizon": [specified({ horizon: 1 }), "agent 0 acts more than 1 times"],
  "no end": [
    broken((environment) => {
      const { step } = environment;
      environment.step = (action) => {
        const result = step.call(environment, action);
        environment.turns = 0;
        return { ...result, terminated: false };
      };
    }),
    "agent 0 acts more than 2 times",
  ],
  "an exception for a bad action": [
    stepping((_, action) => {
      if (action === "no-such-word") throw new Error("what?");
      return {};
    }),
    'bad actions never throw: step threw "what?"',
  ],
  "a reward that is no number": [stepping(() => ({ reward: NaN })), "rewards are finite numbers"],
  "a return out of range": [stepping(() => ({ reward: 1 })), "2 is not from 0 to 1"],
  "a number that is none in info": [
    stepping(({ info }) => ({ info: { ...info, share: 0 / 0 } })),
    "info.share is NaN",
  ],
  "no success in info": [
    stepping(() => ({ info: {} })),
    "info.success is a boolean at the end: it is undefined",
  ],
  "an end of both kinds": [
    stepping(({ terminated }) => ({ truncated: terminated })),
    "terminated or truncated",
  ],
  "a step after the end": [
    broken((environment) => {
      const { step } = environment;
      environment.step = (action) => {
        if (environment.turns > 1) environment.turns = 1;
        return step.call(environment, action);
      };
    }),
    "step after the end throws an Error that says to reset: it returned",
  ],
  "instances that differ": [
    broken((environment) => {
      const instance = (made += 1);
      const { reset } = environment;
      environment.reset = (options) => ({ ...reset.call(environment, options), info: { instance } });
    }),
    "deterministic given the seed",
  ],
  "chance that no seed decides": [
    stepping(() => ({ info: { success: (asked += 1) % 3 === 0 } })),
    "deterministic",
  ],
  "an agent too many": [
    stepping(() => ({ agent: 1 })),
    "the agent is a whole number below spec.agents: got 1",
  ],
  "rewards of one agent of two": [
    specified({ agents: 2 }),
    "with several agents, rewards has one entry each",
  ],
};

describe("checkEnvironment", () => {
  it("reports on a sound environment, made or given", async () => {
    const made = await checkEnvironment(() => new Sound(), { episodes: 20 });
    expect(made).toMatchObject({
      id: "sound",
      episodes: 220,
      turns: 440,
      longestContext: 11,
      returns: [0, 1],
    });
    expect(made.weakSuccess).toBeGreaterThan(0.2);
    expect(made.weakSuccess).toBeLessThan(0.8);
    expect(await checkEnvironment(new Sound(), { episodes: 20 })).toEqual(made);
  });

  it("waits for environments that return promises", async () => {
    const later = (environment: Sound): Environment => ({
      spec: environment.spec,
      reset: async (options) => environment.reset(options),
      step: async (action) => environment.step(action),
      demonstrate: (random) => environment.demonstrate(random),
    });
    const made = () => later(new Sound());
    expect(await checkEnvironment(made)).toEqual(await checkEnvironment(() => new Sound()));
  });

  it("closes what an episode holds, and resets again after that", async () => {
    let held = 0;
    const holding = broken((environment) => {
      let open = false;
      const { reset } = environment;
      environment.reset = (options) => {
        const start = reset.call(environment, options);
        if (!open) held += 1;
        open = true;
        return start;
      };
      (environment as Environment).close = () => {
        if (open) held -= 1;
        open = false;
      };
    });
    await checkEnvironment(holding);
    expect(held).toBe(0);
    await checkEnvironment(holding());
    expect(held).toBe(0);
  });

  it("counts a fresh context from each observation, and each agent's context apart", async () => {
    const fresh = specified({ freshContext: true });
    expect(await checkEnvironment(fresh)).toMatchObject({ longestContext: 1 + 2 + 3 });
    const two = broken((environment) => {
      environment.spec = { ...environment.spec, agents: 2 };
      const { step } = environment;
      environment.step = (action) => {
        const result = step.call(environment, action);
        const rewards = result.terminated ? [0, result.reward] : [0, 0];
        return { ...result, rewards, agent: 1 };
      };
    });
    // Agent 0: <bos> say yes, its turn; agent 1: <bos> thanks, its turn, thanks.
    expect(await checkEnvironment(two)).toMatchObject({ longestContext: 6 });
  });

  it.each(Object.entries(cases))("finds %s", async (_, [make, message]) => {
    await expect(checkEnvironment(make)).rejects.toThrow(message);
  });

  it("finds what one episode leaves to the next in a given environment", async () => {
    const environment = new Sound();
    let resets = 0;
    const { reset } = environment;
    environment.reset = (options) => ({
      ...reset.call(environment, options),
      info: { resets: (resets += 1) },
    });
    await expect(checkEnvironment(environment)).rejects.toThrow("deterministic given the seed");
  });

  it("says in which episode and after which actions", async () => {
    const make = stepping(({ terminated }) => (terminated ? { reward: 7 } : {}));
    await expect(checkEnvironment(make)).rejects.toThrow(
      /^sound breaks the contract, returns lie in returnRange: 7 is not from 0 to 1 \(seed \d+, split train, actions so far: "(yes|no)", "(yes|no)"\)$/,
    );
  });
});
