/** The files of a new environment: a small task that is complete, to be changed step by step. */
import type { Names } from "./names.js";

/** Among the library's own environments, or in a program that imports the library. */
export type Place = "checkout" | "program";

const types = [
  ...[
    "Environment",
    "EnvironmentDefinition",
    "EnvironmentSpec",
    "Info",
    "Observed",
    "ResetOptions",
    "StepResult",
  ],
];
const values = ["answerOf", "assertSeed", "inPlay", "Random", "requireWhole", "toolOutput"];

/** A new environment's own names must be others. */
export const importedNames: readonly string[] = [...types, ...values];

function imports(place: Place): string {
  if (place === "program") {
    return `import {
${values.map((name) => `  ${name},`).join("\n")}
${types.map((name) => `  type ${name},`).join("\n")}
} from "agentic-rl-lab";`;
  }
  return `import { assertSeed, Random } from "../random.js";
import { answerOf, inPlay, requireWhole, toolOutput } from "./action.js";
import type {
${types.map((name) => `  ${name},`).join("\n")}
} from "./environment.js";`;
}

export function environmentSource({ id, constant, type }: Names, place: Place): string {
  return `${imports(place)}

export interface ${type}Options {
  digits: number;
  shown: boolean;
}

interface Episode {
  over: boolean;
  badFormat: boolean;
  success: boolean;
  digits: readonly number[];
}

const about = {
  id: "${id}",
  title: "Find the largest of a few digits",
  capability: "reasoning",
  domain: "general",
} as const;

/**
 * **What it teaches.** Comparing: the answer is on the screen, and the agent learns which part of it counts.
 *
 * **Observation.** The digits and a question mark, \`3 7 ?\`; with \`shown: false\` only \`?\`. After a bad action
 * \`<obs> invalid </obs>\`.
 *
 * **Action.** \`<ans> 7\` answers.
 *
 * **Reward.** 1 for the largest digit, else 0.
 *
 * **Start.** Each of the \`digits\` digits is uniform from 0 to 9.
 *
 * **End.** With the first action. One that is no answer is a bad action, with reward 0.
 *
 * **Held out.** Seeds only: there are 10^digits tasks, 100 by default.
 *
 * **Optimum and chance.** Who sees the digits is always right. Who does not does best to answer 9, which is the
 * largest with probability 1 − .9^digits: .19 by default.
 *
 * **Weak policy.** Answers one of the digits, each as likely. Success .55.
 *
 * **Source.** Made up by arl new-environment.
 */
export class ${type} implements Environment {
  readonly spec: EnvironmentSpec;
  private episode: Episode | undefined;
  private readonly options: ${type}Options;

  constructor(options: ${type}Options) {
    requireWhole("digits", options.digits, 1, 6);
    this.options = options;
    const chance = 1 - 0.9 ** options.digits;
    this.spec = {
      ...about,
      tools: [],
      horizon: 1,
      vocabulary: [..."0123456789", "?", "invalid"],
      // <bos>, the digits, the question mark, the answer and its <eos>, the last observation.
      contextLength: 1 + options.digits + 1 + 3 + 3,
      stopTokens: ["<eos>"],
      maxActionTokens: 3,
      freshContext: false,
      agents: 1,
      returnRange: [0, 1],
      optimum: options.shown ? 1 : chance,
      chance,
      heldOut: \`seeds only: there are \${10 ** options.digits} tasks\`,
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const random = new Random(seed);
    const digits = Array.from({ length: this.options.digits }, () => random.integer(10));
    this.episode = { over: false, badFormat: false, success: false, digits };
    return {
      observation: [...(this.options.shown ? digits : []), "?"].join(" "),
      info: infoOf(this.episode),
    };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    const answer = answerOf(action)?.join(" ");
    episode.over = true;
    episode.badFormat = answer === undefined;
    episode.success = answer === String(Math.max(...episode.digits));
    return {
      observation: episode.badFormat ? toolOutput("invalid") : "",
      reward: episode.success ? 1 : 0,
      terminated: true,
      truncated: false,
      info: infoOf(episode),
    };
  }

  demonstrate(random: Random): string {
    return \`<ans> \${random.choice(inPlay(this.spec, this.episode).digits)}\`;
  }
}

function infoOf({ success, badFormat }: Episode): Info {
  return { success, bad_format: badFormat };
}

export const ${constant}: EnvironmentDefinition<${type}Options> = {
  ...about,
  defaults: { digits: 2, shown: true },
  optionDocs: {
    digits: "how many, from 1 to 6",
    shown: "whether the agent sees them",
  },
  recipe: {
    warmStart: { demonstrations: 1000, steps: 150, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 2e-3,
    updates: 60,
    prompts: 16,
    groupSize: 8,
  },
  baselines: [{ name: "without seeing the digits", options: { shown: false } }],
  create: (options) => new ${type}(options),
};
`;
}

export function testSource({ id, constant, type }: Names, place: Place): string {
  const body = (
    equal: (actual: string, expected: string) => string,
  ) => `  const environment = ${constant}.create(${constant}.defaults);
  for (let seed = 0; seed < 100; seed++) {
    const { observation } = await environment.reset({ seed });
    const digits = observation.split(" ").slice(0, -1).map(Number);
    const result = await environment.step(\`<ans> \${Math.max(...digits)}\`);
    ${equal('[result.reward, result.info["success"]]', "[1, true]")}
  }`;
  if (place === "program") {
    return `import assert from "node:assert/strict";
import { test } from "node:test";
import { checkEnvironment } from "agentic-rl-lab";
import { ${constant}, ${type} } from "./${id}.ts";

test("${id} keeps the contract of an environment", async () => {
  await checkEnvironment(() => new ${type}(${constant}.defaults));
  await checkEnvironment(() => new ${type}({ digits: 4, shown: false }));
});

test("${id} rewards the largest digit", async () => {
${body((actual, expected) => `assert.deepEqual(${actual}, ${expected});`)}
});
`;
  }
  return `import { expect, it } from "vitest";

import { checkEnvironment } from "../../../src/environments/check.js";
import { ${constant}, ${type} } from "../../../src/environments/${id}.js";

it("keeps the contract of an environment", async () => {
  await checkEnvironment(() => new ${type}(${constant}.defaults));
  await checkEnvironment(() => new ${type}({ digits: 4, shown: false }));
});

it("rewards the largest digit", async () => {
${body((actual, expected) => `expect(${actual}).toEqual(${expected});`)}
});
`;
}
