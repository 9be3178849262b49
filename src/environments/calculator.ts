import { assertSeed, Random } from "../random.js";
import { answerOf, callOf, digitsOf, inPlay, requireBetween, requireWhole, toolOutput } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";

export interface CalculatorOptions {
  tool: boolean;
  callCost: number;
  easyShare: number;
  digits: number;
}

interface Episode {
  over: boolean;
  turns: number;
  calls: number;
  badFormat: boolean;
  success: boolean;
  easy: boolean;
  /** The two numbers to add. */
  terms: readonly [number, number];
  /** Digits of the calculator's last result. */
  seen: readonly string[] | undefined;
}

/** Easy sums are those of two numbers below this. */
const easyBelow = 5;

const about = {
  id: "calculator",
  title: "Add two numbers: in the head when it is easy, else with a calculator that costs",
  capability: "tool use",
  domain: "math",
} as const;

/**
 * **What it teaches.** When *not* to call a tool: a call costs, easy sums can be learned by heart, hard
 * ones cannot; the best agent calls for the hard sums only.
 *
 * **Observation.** The sum, every number padded with zeros to `digits` digits: `0 3 + 0 4 =`, `5 8 + 6 7
 * =`. After a call the result, one digit longer: `<obs> 1 2 5 </obs>`; `<obs> invalid </obs>` where the
 * call was no sum of two numbers of at most `digits` digits. (Results of different widths would let the
 * agent tell easy from hard by their form.)
 *
 * **Action.** `<call> 5 8 + 6 7 </call>` or, to answer, `<ans> 1 2 5`.
 *
 * **Reward.** 1 for the right answer; a call costs `callCost`.
 *
 * **Start.** With probability `easyShare` two numbers from 0 to 4, else two of exactly `digits` digits;
 * uniform.
 *
 * **End.** With the answer; with a second call or an action that is neither call nor answer (`<obs> invalid
 * </obs>`, reward 0).
 *
 * **Held out.** Seeds: there are 25 easy and 8100 hard sums of two digits.
 *
 * **Optimum and chance.** 1 with the tool; the return is then at most 1 − callCost · (1 − easyShare), .9 by
 * default, unless the agent learns all hard sums by heart. Chance is an agent without the tool that knows
 * the easy sums and guesses at the hard ones the likeliest (109 of two digits, 90 of 8100 sums): easyShare
 * + (1 − easyShare) / 90.
 *
 * **Weak policy.** Calls with probability .5, easy or hard; one call in ten has each digit replaced at
 * random with probability .4. It copies the result with probability .8. Else it answers easy sums right
 * with probability .85; its other answers are wrong (off by up to 7 on easy, up to 199 on hard sums).
 * Success .63.
 *
 * **Source.** This library's own; whether a call is worth it is the question of Toolformer (Schick et al.
 * 2023).
 */
export class Calculator implements Environment {
  readonly spec: EnvironmentSpec;
  private episode: Episode | undefined;

  constructor(private readonly options: CalculatorOptions) {
    const { tool, callCost, easyShare, digits } = options;
    requireBetween("callCost", callCost, 0, 1);
    requireBetween("easyShare", easyShare, 0, 1);
    requireWhole("digits", digits, 1, 4);
    const call = 2 * digits + 3;
    this.spec = {
      ...about,
      tools: tool ? ["calculator"] : [],
      horizon: tool ? 2 : 1,
      vocabulary: [..."0123456789", "+", "=", "invalid"],
      // <bos>, the sum, a call and its result, a bad action as long as a call, <obs> invalid </obs>.
      contextLength: 1 + (2 * digits + 2) + call + (digits + 3) + call + 3,
      stopTokens: ["<eos>", "</call>"],
      maxActionTokens: call,
      freshContext: false,
      agents: 1,
      returnRange: [tool ? -callCost : 0, 1],
      optimum: 1,
      chance: easyShare + (1 - easyShare) / (9 * 10 ** (digits - 1)),
      heldOut: "seeds",
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const random = new Random(seed);
    const { easyShare, digits } = this.options;
    const easy = random.chance(easyShare);
    const term = () =>
      easy ? random.integer(easyBelow) : random.between(10 ** (digits - 1), 10 ** digits - 1);
    this.episode = {
      over: false,
      turns: 0,
      calls: 0,
      badFormat: false,
      success: false,
      easy,
      terms: [term(), term()],
      seen: undefined,
    };
    return { observation: `${this.sum(this.episode).join(" ")} =`, info: infoOf(this.episode) };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    episode.turns += 1;
    const answer = answerOf(action);
    const call = this.options.tool && episode.turns < this.spec.horizon ? callOf(action) : undefined;
    if (call !== undefined) {
      episode.calls += 1;
      episode.seen = this.calculate(call);
      return {
        observation: toolOutput(...(episode.seen ?? ["invalid"])),
        ...outcome(episode, -this.options.callCost),
      };
    }
    episode.over = true;
    if (answer === undefined) {
      episode.badFormat = true;
      return { observation: toolOutput("invalid"), ...outcome(episode, 0) };
    }
    const [a, b] = episode.terms;
    episode.success = answer.join(" ") === this.result(a + b).join(" ");
    return { observation: "", ...outcome(episode, episode.success ? 1 : 0) };
  }

  demonstrate(random: Random): string {
    const episode = inPlay(this.spec, this.episode);
    if (this.options.tool && episode.turns === 0 && random.chance(0.5)) {
      const garbled = random.chance(0.1);
      const words = this.sum(episode).map((word) =>
        garbled && word !== "+" && random.chance(0.4) ? String(random.integer(10)) : word,
      );
      return `<call> ${words.join(" ")} </call>`;
    }
    if (episode.seen !== undefined && random.chance(0.8)) return `<ans> ${episode.seen.join(" ")}`;
    const sum = episode.terms[0] + episode.terms[1];
    if (episode.easy && random.chance(0.85)) return `<ans> ${this.result(sum).join(" ")}`;
    const error = random.between(1, episode.easy ? 7 : 199) * random.choice([-1, 1]);
    const largest = 10 ** (this.options.digits + 1) - 1;
    return `<ans> ${this.result(Math.min(largest, Math.max(0, sum + error))).join(" ")}`;
  }

  private sum({ terms: [a, b] }: Episode): string[] {
    const { digits } = this.options;
    return [...digitsOf(a, digits), "+", ...digitsOf(b, digits)];
  }

  private result(value: number): string[] {
    return digitsOf(value, this.options.digits + 1);
  }

  private calculate(words: readonly string[]): string[] | undefined {
    const terms = words.join("").split("+");
    const wellFormed = terms.every((term) => /^\d+$/.test(term) && term.length <= this.options.digits);
    return terms.length === 2 && wellFormed ? this.result(Number(terms[0]) + Number(terms[1])) : undefined;
  }
}

function outcome(episode: Episode, reward: number): Omit<StepResult, "observation"> {
  return { reward, terminated: episode.over, truncated: false, info: infoOf(episode) };
}

/** Each kind of sum has its own keys, so that averages over episodes are of that kind alone. */
function infoOf({ success, calls, badFormat, easy }: Episode): Info {
  const both = { success, calls, bad_format: badFormat };
  return easy
    ? { ...both, easy_tool_use: calls, easy_success: success }
    : { ...both, hard_tool_use: calls, hard_success: success };
}

export const calculator: EnvironmentDefinition<CalculatorOptions> = {
  ...about,
  defaults: { tool: true, callCost: 0.2, easyShare: 0.5, digits: 2 },
  optionDocs: {
    tool: "whether there is a calculator",
    callCost: "what a call takes off the reward, from 0 to 1",
    easyShare: "share of easy sums, from 0 to 1",
    digits: "digits of the hard sums' numbers, from 1 to 4",
  },
  sameStart: { callCost: true },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 500, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 1e-3,
    updates: 100,
    prompts: 16,
    groupSize: 8,
  },
  baselines: [{ name: "without the calculator", options: { tool: false } }],
  create: (options) => new Calculator(options),
};
