import { assertSeed, Random } from "../random.js";
import { inPlay, requireWhole, wordsOf } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";

export interface DigitSumOptions {
  scratchpad: boolean;
  digits: number;
  modulus: number;
}

interface Episode {
  over: boolean;
  badFormat: boolean;
  success: boolean;
  answerLength: number;
  digits: readonly number[];
}

const about = {
  id: "digit-sum",
  title: "Add digits modulo 5, with or without writing the running totals down",
  capability: "reasoning",
  domain: "math",
} as const;

/**
 * **What it teaches.** Reasoning in a scratchpad: the answer alone is too much for one step of a small
 * transformer, each running total is not. The agent discovers that longer answers are right more often.
 *
 * **Observation.** The digits and an equals sign: `3 1 4 0 2 =`.
 *
 * **Action.** Anything, then the answer: `4 3 3 0 <ans> 0`. Without the scratchpad only `<ans> 0` fits.
 *
 * **Reward.** 1 when the action ends in `<ans>` and the sum modulo `modulus`. What stands before it is not
 * looked at.
 *
 * **Start.** `digits` digits, uniform from 0 to `modulus` − 1.
 *
 * **End.** With the one action; `invalid` when it does not end in `<ans>` and one digit.
 *
 * **Held out.** Seeds: by default there are 5⁵ = 3125 tasks, of which training meets a part.
 *
 * **Optimum and chance.** 1 with the scratchpad; the digits of any sum modulo m are equally likely, so that
 * whoever cannot add is right on 1 / modulus. (A larger model that is trained longer can learn to add
 * without writing: chance is what the default model stays at, not a bound.)
 *
 * **Weak policy.** With probability .65 it answers at random at once. Else it writes the running totals
 * from the second digit on, each right with probability .9 given the one before and else random, and
 * answers the last. Success .38.
 *
 * **Source.** This library's own, after the scratchpads of Nye et al. 2021.
 */
export class DigitSum implements Environment {
  readonly spec: EnvironmentSpec;
  private episode: Episode | undefined;

  constructor(private readonly options: DigitSumOptions) {
    const { digits, modulus, scratchpad } = options;
    requireWhole("digits", digits, 2, 20);
    requireWhole("modulus", modulus, 2, 10);
    // A total for each digit but the first, <ans>, the answer, <eos>; two words to spare.
    const maxActionTokens = scratchpad ? digits + 4 : 3;
    this.spec = {
      ...about,
      tools: [],
      horizon: 1,
      vocabulary: [...digitWords(modulus), "=", "invalid"],
      contextLength: 1 + (digits + 1) + (digits + 4) + 1,
      stopTokens: ["<eos>"],
      maxActionTokens,
      freshContext: false,
      agents: 1,
      returnRange: [0, 1],
      optimum: 1,
      chance: 1 / modulus,
      heldOut: "seeds",
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const random = new Random(seed);
    const digits = Array.from({ length: this.options.digits }, () => random.integer(this.options.modulus));
    this.episode = { over: false, badFormat: false, success: false, answerLength: 0, digits };
    return { observation: `${digits.join(" ")} =`, info: infoOf(this.episode) };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    const words = wordsOf(action);
    const [mark, answer] = words.slice(-2);
    episode.over = true;
    episode.answerLength = words.length;
    episode.badFormat =
      words.length > this.spec.maxActionTokens ||
      mark !== "<ans>" ||
      !digitWords(this.options.modulus).includes(answer ?? "");
    const sum = episode.digits.reduce((total, digit) => total + digit) % this.options.modulus;
    episode.success = !episode.badFormat && answer === String(sum);
    return {
      observation: episode.badFormat ? "invalid" : "",
      reward: episode.success ? 1 : 0,
      terminated: true,
      truncated: false,
      info: infoOf(episode),
    };
  }

  demonstrate(random: Random): string {
    const { digits } = inPlay(this.spec, this.episode);
    const { scratchpad, modulus } = this.options;
    if (!scratchpad || random.chance(0.65)) return `<ans> ${random.integer(modulus)}`;
    let total = digits[0]!;
    const totals = digits
      .slice(1)
      .map((digit) => (total = random.chance(0.9) ? (total + digit) % modulus : random.integer(modulus)));
    return `${totals.join(" ")} <ans> ${total}`;
  }
}

function digitWords(modulus: number): string[] {
  return Array.from({ length: modulus }, (_, i) => String(i));
}

function infoOf({ success, answerLength, badFormat }: Episode): Info {
  return { success, answer_length: answerLength, bad_format: badFormat };
}

export const digitSum: EnvironmentDefinition<DigitSumOptions> = {
  ...about,
  defaults: { scratchpad: true, digits: 5, modulus: 5 },
  optionDocs: {
    scratchpad: "whether there is room to write before the answer",
    digits: "how many digits are added, from 2 to 20",
    modulus: "the sum is taken modulo this number, from 2 to 10",
  },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 900, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 1e-3,
    updates: 60,
    prompts: 16,
    groupSize: 8,
  },
  baselines: [{ name: "without the scratchpad", options: { scratchpad: false } }],
  create: (options) => new DigitSum(options),
};
