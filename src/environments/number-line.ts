import { assertSeed, Random } from "../random.js";
import { inPlay, requireWhole } from "./action.js";
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

const moves: Readonly<Record<string, (x: number) => number>> = {
  "+1": (x) => x + 1,
  "-1": (x) => x - 1,
  "*2": (x) => x * 2,
};
const moveWords = Object.keys(moves);

export interface NumberLineOptions {
  largest: number;
  horizon: number;
  showTarget: boolean;
  heldOut: boolean;
}

interface Episode {
  over: boolean;
  turns: number;
  badFormat: boolean;
  success: boolean;
  target: number;
  now: number;
}

const about = {
  id: "number-line",
  title: "Reach a number with +1, -1 and *2 in a few moves",
  capability: "planning",
  domain: "math",
} as const;

/**
 * **What it teaches.** Planning: the moves are simple and their order is what matters; doubling too early
 * or too late costs the goal, and nothing is rewarded on the way.
 *
 * **Observation.** `to 7 now 3` at the start; after each move the number one stands on, `6`.
 *
 * **Action.** One word: `+1`, `-1` or `*2`. A move that would leave the line 0 … `largest` does nothing.
 *
 * **Reward.** 1 on reaching the target.
 *
 * **Start.** A pair (start, target) of different numbers, uniform among those with a plan of less than
 * `horizon` moves.
 *
 * **End.** On the target; with any other word (`invalid`, reward 0); truncated after `horizon` moves.
 *
 * **Held out.** Seeds: by default there are only 114 pairs and an agent sees them all in training. With the
 * option `heldOut` the pairs themselves: a quarter of them, chosen by a hash, is drawn under the split
 * "test" and never under "train".
 *
 * **Optimum and chance.** 1: every pair has a plan. Chance is the best agent that is not told the target
 * (`showTarget: false`, where `to ? now 3` is shown): with nothing to plan for it can only walk through as
 * many numbers as possible, 63/114 = .553 by default, found by trying all walks. (Hiding the number one
 * stands on would not do: a plan made from the first observation can be followed blindly.)
 *
 * **Weak policy.** Moves at random: success .28.
 *
 * **Source.** This library's own, after the number games of planning puzzles.
 */
export class NumberLine implements Environment {
  readonly spec: EnvironmentSpec;
  private readonly pairs: Readonly<Record<"train" | "test", readonly Pair[]>>;
  private episode: Episode | undefined;

  constructor(private readonly options: NumberLineOptions) {
    const { largest, horizon, heldOut } = options;
    requireWhole("largest", largest, 3, 99);
    requireWhole("horizon", horizon, 2, 8);
    const { pairs, chance } = tables(largest, horizon);
    this.pairs = {
      train: heldOut ? pairs.filter((pair) => !isHeldOut(pair)) : pairs,
      test: heldOut ? pairs.filter(isHeldOut) : pairs,
    };
    if (this.pairs.test.length === 0) {
      throw new RangeError(`Option heldOut holds out none of the ${pairs.length} pairs; make largest larger`);
    }
    this.spec = {
      ...about,
      tools: [],
      horizon,
      vocabulary: [
        ...Array.from({ length: largest + 1 }, (_, i) => String(i)),
        ...moveWords,
        ..."to now ? invalid".split(" "),
      ],
      contextLength: 5 + 2 * horizon,
      stopTokens: [],
      maxActionTokens: 1,
      freshContext: false,
      agents: 1,
      returnRange: [0, 1],
      optimum: options.showTarget ? 1 : chance,
      chance,
      heldOut: heldOut ? "pairs of start and target" : "seeds",
      options: { ...options },
    };
  }

  reset({ seed, split = "train" }: ResetOptions): Observed {
    assertSeed(seed);
    const [now, target] = new Random(seed).choice(this.pairs[split]);
    this.episode = { over: false, turns: 0, badFormat: false, success: false, target, now };
    const shown = this.options.showTarget ? target : "?";
    return { observation: `to ${shown} now ${now}`, info: infoOf(this.episode) };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    episode.turns += 1;
    episode.badFormat = !moveWords.includes(action);
    if (!episode.badFormat) episode.now = moved(episode.now, action, this.options.largest);
    episode.success = episode.now === episode.target;
    const terminated = episode.success || episode.badFormat;
    episode.over = terminated || episode.turns === this.options.horizon;
    return {
      observation: episode.badFormat ? "invalid" : String(episode.now),
      reward: episode.success ? 1 : 0,
      terminated,
      truncated: episode.over && !terminated,
      info: infoOf(episode),
    };
  }

  demonstrate(random: Random): string {
    inPlay(this.spec, this.episode);
    return random.choice(moveWords);
  }
}

/** Start and target. */
type Pair = readonly [number, number];

function moved(x: number, move: string, largest: number): number {
  const next = moves[move]!(x);
  return next >= 0 && next <= largest ? next : x;
}

/** Pairs of different numbers with a plan of at most `horizon` − 1 moves. */
function solvablePairs(largest: number, horizon: number): Pair[] {
  const pairs: Pair[] = [];
  for (let start = 0; start <= largest; start++) {
    const reached = new Set([start]);
    for (let depth = 1; depth < horizon; depth++) {
      for (const x of [...reached]) {
        for (const move of moveWords) reached.add(moved(x, move, largest));
      }
    }
    for (let target = 0; target <= largest; target++) {
      if (target !== start && reached.has(target)) pairs.push([start, target]);
    }
  }
  return pairs;
}

/** Success of the best agent that does not know the target: the walk from each start that meets most of them. */
function blindSuccess(pairs: readonly Pair[], largest: number, horizon: number): number {
  let met = 0;
  for (let start = 0; start <= largest; start++) {
    const targets = new Set(pairs.filter(([from]) => from === start).map(([, target]) => target));
    met += mostMet(start, targets, largest, horizon);
  }
  return met / pairs.length;
}

function mostMet(x: number, targets: Set<number>, largest: number, left: number): number {
  if (left === 0) return 0;
  return Math.max(
    ...moveWords.map((move) => {
      const next = moved(x, move, largest);
      const isNew = targets.delete(next);
      const met = mostMet(next, targets, largest, left - 1);
      if (isNew) targets.add(next);
      return met + (isNew ? 1 : 0);
    }),
  );
}

/** All tasks, and how many of them the best blind player solves. */
const tables = memoize((largest: number, horizon: number) => {
  const pairs = solvablePairs(largest, horizon);
  return { pairs, chance: blindSuccess(pairs, largest, horizon) };
});

function isHeldOut([start, target]: Pair): boolean {
  return new Random(start, target).chance(0.25);
}

function infoOf({ success, turns, badFormat }: Episode): Info {
  return { success, steps: turns, bad_format: badFormat };
}

export const numberLine: EnvironmentDefinition<NumberLineOptions> = {
  ...about,
  defaults: { largest: 12, horizon: 5, showTarget: true, heldOut: false },
  optionDocs: {
    largest: "the line goes from 0 to this number, from 3 to 99",
    horizon: "moves an episode may take, from 2 to 8",
    showTarget: "whether the agent is told the target",
    heldOut: "whether a quarter of the pairs of start and target is kept for the split test",
  },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 80, learningRate: 1e-3 },
    algorithm: "grpo",
    learningRate: 1e-3,
    updates: 140,
    prompts: 32,
    groupSize: 8,
    entropy: 0.01,
  },
  baselines: [{ name: "without the target", options: { showTarget: false } }],
  create: (options) => new NumberLine(options),
};
