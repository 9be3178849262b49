import { assertSeed, Random } from "../random.js";
import { inPlay, requireWhole, solvedBy } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";

export interface HigherLowerOptions {
  numbers: number;
  attempts: number;
  feedback: boolean;
}

interface Episode {
  over: boolean;
  turns: number;
  badFormat: boolean;
  success: boolean;
  secret: number;
  /** What the answers so far leave possible; the weak policy needs it. */
  least: number;
  most: number;
}

const about = {
  id: "higher-lower",
  title: "Guess a number in a few attempts, told higher or lower",
  capability: "self-improvement",
  domain: "general",
} as const;

/**
 * **What it teaches.** To improve on one's own failed attempts: each wrong guess tells where to look next,
 * and the first guess is best spent on learning most.
 *
 * **Observation.** `guess` at the start; after a wrong guess where the secret number lies, `higher` or
 * `lower`; `right` or, after the last attempt, `wrong` at the end. With `feedback: false` it is `wrong`
 * each time.
 *
 * **Action.** One word: a number from 1 to `numbers`.
 *
 * **Reward.** 1 for the secret number.
 *
 * **Start.** The secret number is uniform.
 *
 * **End.** With the right number; with a word that is none (`invalid`, reward 0); after `attempts`
 * attempts, which is the task's own rule and so no truncation.
 *
 * **Held out.** Seeds: the secret is one of `numbers`, and every one comes up in training.
 *
 * **Optimum and chance.** k attempts with two answers tell at most 2ᵏ − 1 numbers apart, and bisecting
 * does: (2ᵏ − 1) / numbers, .9375 by default. Chance is the best agent without feedback, k different
 * numbers: k / numbers, .25 by default.
 *
 * **Weak policy.** With probability .5 a random number among those still possible, else any at all. Success
 * .39.
 *
 * **Source.** The children's game.
 */
export class HigherLower implements Environment {
  readonly spec: EnvironmentSpec;
  private episode: Episode | undefined;

  constructor(private readonly options: HigherLowerOptions) {
    const { numbers, attempts, feedback } = options;
    requireWhole("numbers", numbers, 2, 100);
    requireWhole("attempts", attempts, 1, 10);
    const chance = Math.min(1, attempts / numbers);
    this.spec = {
      ...about,
      tools: [],
      horizon: attempts,
      vocabulary: [
        ...Array.from({ length: numbers }, (_, i) => String(i + 1)),
        ..."guess higher lower right wrong invalid".split(" "),
      ],
      contextLength: 2 + 2 * attempts,
      stopTokens: [],
      maxActionTokens: 1,
      freshContext: false,
      agents: 1,
      returnRange: [0, 1],
      optimum: feedback ? Math.min(1, (2 ** attempts - 1) / numbers) : chance,
      chance,
      heldOut: "seeds",
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const { numbers } = this.options;
    this.episode = {
      over: false,
      turns: 0,
      badFormat: false,
      success: false,
      secret: new Random(seed).between(1, numbers),
      least: 1,
      most: numbers,
    };
    return { observation: "guess", info: this.info(this.episode) };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    const guess = Number(action);
    episode.turns += 1;
    episode.badFormat = !(
      guess >= 1 &&
      guess <= this.options.numbers &&
      action === String(Math.round(guess))
    );
    episode.success = guess === episode.secret && !episode.badFormat;
    episode.over = episode.success || episode.badFormat || episode.turns === this.options.attempts;
    return {
      observation: this.reply(episode, guess),
      reward: episode.success ? 1 : 0,
      terminated: episode.over,
      truncated: false,
      info: this.info(episode),
    };
  }

  demonstrate(random: Random): string {
    const { least, most } = inPlay(this.spec, this.episode);
    return String(random.chance(0.5) ? random.between(least, most) : random.between(1, this.options.numbers));
  }

  private reply(episode: Episode, guess: number): string {
    if (episode.badFormat) return "invalid";
    if (episode.success) return "right";
    if (episode.over || !this.options.feedback) return "wrong";
    if (guess < episode.secret) {
      episode.least = Math.max(episode.least, guess + 1);
      return "higher";
    }
    episode.most = Math.min(episode.most, guess - 1);
    return "lower";
  }

  private info({ success, turns, badFormat }: Episode): Info {
    return {
      success,
      attempts: turns,
      bad_format: badFormat,
      ...solvedBy(success, turns, this.options.attempts),
    };
  }
}

export const higherLower: EnvironmentDefinition<HigherLowerOptions> = {
  ...about,
  defaults: { numbers: 16, attempts: 4, feedback: true },
  optionDocs: {
    numbers: "the secret is a number from 1 to this, from 2 to 100",
    attempts: "how often the agent may guess, from 1 to 10",
    feedback: "whether a wrong guess is answered by higher or lower",
  },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 300, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 2e-3,
    updates: 120,
    prompts: 32,
    groupSize: 8,
    epochs: 3,
  },
  baselines: [
    { name: "without feedback", options: { feedback: false } },
    { name: "one attempt", options: { attempts: 1 } },
  ],
  create: (options) => new HigherLower(options),
};
