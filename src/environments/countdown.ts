import { assertSeed, Random } from "../random.js";
import { inPlay, requireWhole, solvedBy, wordsOf } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";
import { memoize } from "./memoize.js";

export interface CountdownOptions {
  largest: number;
  limit: number;
  tries: number;
  holdOut: boolean;
  plan: boolean;
}

const operators = ["+", "-", "*"] as const;
type Operator = (typeof operators)[number];

export interface Combination {
  left: number;
  operator: Operator;
  right: number;
  result: number;
  /** The numbers there are afterwards, the largest first. */
  numbers: readonly number[];
}

export interface Instance {
  /** Three, the largest first. */
  numbers: readonly number[];
  target: number;
}

function combine(
  numbers: readonly number[],
  left: number,
  operator: Operator,
  right: number,
  limit: number,
): Combination | undefined {
  const rest = [...numbers];
  for (const used of [left, right]) {
    const index = rest.indexOf(used);
    if (index < 0) return undefined;
    rest.splice(index, 1);
  }
  const result = operator === "+" ? left + right : operator === "-" ? left - right : left * right;
  if (result < 1 || result > limit) return undefined;
  return { left, operator, right, result, numbers: [...rest, result].sort((a, b) => b - a) };
}

/** Every allowed combination of two of the numbers; equal numbers give the same one more than once. */
export function combinations(numbers: readonly number[], limit: number): Combination[] {
  return numbers.flatMap((left, i) =>
    numbers.flatMap((right, j) =>
      operators.flatMap((operator) => {
        const combination = i === j ? undefined : combine(numbers, left, operator, right, limit);
        return combination === undefined ? [] : [combination];
      }),
    ),
  );
}

/** Those that are written with the larger number first, as the weak policy and the environment do. */
function largerFirst(numbers: readonly number[], limit: number): Combination[] {
  return combinations(numbers, limit).filter(({ left, right }) => left >= right);
}

/** All instances: targets that two combinations reach, and that are neither given nor reached by one. */
export function instances(largest: number, limit: number): Instance[] {
  const all: Instance[] = [];
  for (let a = largest; a >= 1; a--) {
    for (let b = a; b >= 1; b--) {
      for (let c = b; c >= 1; c--) {
        const numbers = [a, b, c];
        const first = combinations(numbers, limit);
        const easy = new Set([...numbers, ...first.map(({ result }) => result)]);
        const reached = first.flatMap((each) =>
          combinations(each.numbers, limit).map(({ result }) => result),
        );
        const targets = [...new Set(reached)].filter((target) => !easy.has(target)).sort((x, y) => x - y);
        all.push(...targets.map((target) => ({ numbers, target })));
      }
    }
  }
  return all;
}

const shuffledInstances = memoize((largest: number, limit: number) =>
  new Random(5).shuffle(instances(largest, limit)),
);

/** Success of any first combination and the right second one, where there is a right one. */
const successWithoutPlan = memoize((largest: number, limit: number, tries: number): number => {
  const successes = instances(largest, limit).map(({ numbers, target }) => {
    const first = largerFirst(numbers, limit);
    const good = first.filter((each) => combinations(each.numbers, limit).some((c) => c.result === target));
    return 1 - (1 - good.length / first.length) ** tries;
  });
  return successes.reduce((sum, success) => sum + success / successes.length, 0);
});

interface Episode {
  over: boolean;
  instance: Instance;
  numbers: readonly number[];
  tries: number;
  steps: number;
  illegal: number;
  /** Draws the first combinations when the agent does not make them. */
  random: Random;
}

const about = {
  id: "countdown",
  title: "Reach a number by combining three given ones, each step verified",
  capability: "planning",
  domain: "math",
} as const;

/**
 * # countdown
 *
 * Make 13 from 5, 3 and 2: `5 * 3`, then `15 - 2`. The first step brings nothing that can be seen: it has to be chosen
 * for what the second one can make of it. Results are computed and checked by the environment. It teaches to plan a
 * calculation.
 *
 * - **Observation**: `target 13 from 5 3 2 :`; after a combination its result and the numbers there are now, the
 *   largest first: `= 15 15 2 :`. When a try is lost and another one left, `= 10 again 5 3 2 :`, or `no again 5 3 2 :`
 *   after a combination that is not allowed.
 * - **Action**: three words, two of the numbers and `+`, `-` or `*` between them: `5 * 3`. The result must be from 1
 *   to `limit`.
 * - **Reward**: 1 when a result is the target, else 0.
 * - **Start**: three numbers from 1 to `largest` and a target that two combinations reach, but not one: 108 instances
 *   by default, each as likely.
 * - **End**: the target; two combinations without it, or one that is not allowed, in the last of `tries` tries;
 *   anything that is no combination (the observation is `invalid`).
 *
 * **Options.** `largest`: the largest given number (5). `limit`: the largest result (15). `tries`: how many tries (2).
 * `holdOut: true`: every fifth instance is drawn only under the split "test", the others only under "train".
 * `plan: false`: the first combination of each try is made by the environment, any that is allowed, and shown:
 * `target 13 from 5 3 2 : 5 + 2 = 7 7 3 :`. The agent makes the second.
 *
 * **info**: `success`, `steps` (combinations), `tries`, `illegal` (combinations that were not allowed), `solved_by_1` to
 * `solved_by_N` (0 or 1: whether a try up to this one reached the target), `bad_format`.
 *
 * **Held out**: only seeds by default, and that matters: an agent of the size used here learns the 108 instances by
 * heart. With `holdOut` it fails on most of those that it has not been trained on, which is worth seeing.
 *
 * **Optimum and chance**, by enumeration: every instance can be solved, so the optimum is 1. Who knows the tables but
 * does not plan, that is, takes the target when it is one step away and else makes any step, solves 0.33 with one
 * try and 0.51 with two: the chance level. With `plan: false` nobody can do better.
 *
 * **Weak policy**: when the target is one step away it takes it with probability 0.9; at the first step it makes one
 * that leads there with probability 0.1, else any that is allowed. It solves about 0.6.
 *
 * **Source**: the numbers round of the game show Countdown, which reasoning models are often trained on (e.g. Gandhi
 * et al. 2024, "Stream of Search").
 */
export class Countdown implements Environment {
  readonly spec: EnvironmentSpec;
  private readonly instances: readonly Instance[];
  private episode: Episode | undefined;

  constructor(private readonly options: CountdownOptions) {
    const { largest, limit, tries, holdOut, plan } = options;
    requireWhole("largest", largest, 3, 9);
    requireWhole("limit", limit, largest, 99);
    requireWhole("tries", tries, 1, 5);
    this.instances = shuffledInstances(largest, limit);
    const chance = successWithoutPlan(largest, limit, tries);
    this.spec = {
      ...about,
      tools: [],
      horizon: 2 * tries,
      vocabulary: [
        ...Array.from({ length: limit + 1 }, (_, i) => String(i)),
        ...operators,
        "=",
        "target",
        "from",
        ":",
        "no",
        "again",
        "invalid",
      ],
      // <bos> and the task; in each try two combinations and a result between them; the task's numbers again
      // between two tries; a last observation.
      contextLength: 8 + 11 * tries + 7 * (tries - 1) + 1,
      // A combination has three words and so needs no closing token; one that is closed earlier is none.
      stopTokens: ["<eos>"],
      maxActionTokens: 3,
      freshContext: false,
      agents: 1,
      returnRange: [0, 1],
      optimum: plan ? 1 : chance,
      chance,
      heldOut: holdOut
        ? "instances: every fifth"
        : `seeds only: there are ${this.instances.length} instances`,
      options: { ...options },
    };
  }

  reset({ seed, split = "train" }: ResetOptions): Observed {
    assertSeed(seed);
    const drawn = this.instances.filter(
      (_, i) => !this.options.holdOut || (i % 5 === 0) === (split === "test"),
    );
    const instance = new Random(seed).choice(drawn);
    const random = new Random(seed, 1);
    this.episode = { over: false, instance, numbers: [], tries: 0, steps: 0, illegal: 0, random };
    const observation = `target ${instance.target} from ${this.begin(this.episode)}`;
    return { observation, info: this.info(this.episode) };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    const [left, word, right, ...more] = wordsOf(action);
    const operator = operators.find((each) => each === word);
    const numbers = [left, right].map((each) => (/^\d+$/.test(each ?? "") ? Number(each) : undefined));
    const [a, b] = numbers;
    if (a === undefined || b === undefined || operator === undefined || more.length > 0) {
      return this.end(episode, "invalid", false);
    }
    const combination = combine(episode.numbers, a, operator, b, this.options.limit);
    episode.steps += 1;
    if (combination === undefined) episode.illegal += 1;
    else if (combination.result === episode.instance.target) return this.end(episode, "", true);
    else episode.numbers = combination.numbers;
    const outcome = combination === undefined ? "no" : `= ${combination.result}`;
    const lost = combination === undefined || episode.numbers.length === 1;
    if (lost && episode.tries === this.options.tries) return this.end(episode, "", false);
    return {
      observation: `${outcome} ${lost ? `again ${this.begin(episode)}` : `${episode.numbers.join(" ")} :`}`,
      reward: 0,
      terminated: false,
      truncated: false,
      info: this.info(episode),
    };
  }

  demonstrate(random: Random): string {
    const { numbers, instance } = inPlay(this.spec, this.episode);
    const { limit } = this.options;
    const reaches = ({ result }: Combination) => result === instance.target;
    const allowed = largerFirst(numbers, limit);
    let good = allowed.filter(reaches);
    let share = 0.9;
    if (good.length === 0 && numbers.length > 2) {
      good = allowed.filter((each) => combinations(each.numbers, limit).some(reaches));
      share = 0.1;
    }
    // Two numbers whose sum and product are beyond the limit, and that are equal, leave nothing that is allowed.
    if (allowed.length === 0) return `${numbers[0]!} + ${numbers[1]!}`;
    const { left, operator, right } = random.choice(good.length > 0 && random.chance(share) ? good : allowed);
    return `${left} ${operator} ${right}`;
  }

  /** Starts a try. @returns the numbers, and the combination that is made for the agent when it does not plan. */
  private begin(episode: Episode): string {
    episode.tries += 1;
    episode.numbers = episode.instance.numbers;
    const start = `${episode.numbers.join(" ")} :`;
    if (this.options.plan) return start;
    const made = episode.random.choice(largerFirst(episode.numbers, this.options.limit));
    episode.numbers = made.numbers;
    return `${start} ${made.left} ${made.operator} ${made.right} = ${made.result} ${made.numbers.join(" ")} :`;
  }

  private end(episode: Episode, observation: string, success: boolean): StepResult {
    episode.over = true;
    return {
      observation,
      reward: Number(success),
      terminated: true,
      truncated: false,
      info: this.info(episode, success, observation === "invalid"),
    };
  }

  private info({ tries, steps, illegal }: Episode, success = false, bad_format = false): Info {
    return {
      success,
      steps,
      tries,
      illegal,
      ...solvedBy(success, tries, this.options.tries),
      bad_format,
    };
  }
}

export const countdown: EnvironmentDefinition<CountdownOptions> = {
  ...about,
  defaults: { largest: 5, limit: 15, tries: 2, holdOut: false, plan: true },
  optionDocs: {
    largest: "the largest of the given numbers, 3 to 9",
    limit: "the largest result that is allowed, up to 99",
    tries: "how often the calculation may be begun, 1 to 5",
    holdOut: 'true: every fifth instance is drawn only under the split "test"',
    plan: "false: the first combination of each try is made for the agent, at random",
  },
  recipe: {
    warmStart: { demonstrations: 4000, steps: 900, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 1e-3,
    updates: 100,
    prompts: 32,
    groupSize: 8,
    entropy: 0.01,
  },
  baselines: [
    // What is left to the agent is the last step, and whether one leads to the target is a matter of luck.
    { name: "the first step is random", options: { plan: false } },
  ],
  create: (options) => new Countdown(options),
};
