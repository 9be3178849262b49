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

/** Rows down, columns to the right. */
const moves: Readonly<Record<string, readonly [number, number]>> = {
  up: [-1, 0],
  down: [1, 0],
  left: [0, -1],
  right: [0, 1],
};
const moveWords = Object.keys(moves);

export interface ReticleOptions {
  size: number;
  image: boolean;
}

interface Episode {
  over: boolean;
  turns: number;
  badFormat: boolean;
  success: boolean;
  /** Pixels, counted row by row from the top left. */
  reticle: number;
  target: number;
}

const about = {
  id: "reticle",
  title: "Move the reticle onto the target, seeing only pixels",
  capability: "perception",
  domain: "vision",
} as const;

/**
 * **What it teaches.** Perception: the agent gets raw pixels and no coordinates; it must find two marks,
 * tell how they lie to each other, and act on it. Every turn it sees only the present image.
 *
 * **Observation.** size × size pixels, row by row from the top left: `+` is the reticle, `o` the target,
 * `.` the background. On the target the reticle covers it. With `image: false` all pixels are `.`.
 *
 * **Action.** One word: `up`, `down`, `left` or `right`, one pixel. A move off the image does nothing.
 *
 * **Reward.** 1 on reaching the target.
 *
 * **Start.** Two different pixels, uniform.
 *
 * **End.** On the target; with any other word (reward 0, the image stays as it is, followed by `invalid`);
 * truncated after 2 · size moves, two more than the way between opposite corners.
 *
 * **Held out.** Seeds: by default there are 240 starts, and an agent meets them all in training.
 *
 * **Optimum and chance.** 1: no target is farther than the horizon. Chance is the best agent that sees
 * nothing (`image: false`) but may count its moves, which a fresh context does not even let it do: the best
 * of all sequences of moves, tried one by one on all starts, 100/240 = .417 at size 4 (.833 at 2, .528 at
 * 3).
 *
 * **Weak policy.** With probability .3 a move towards the target, else any: success .59.
 *
 * **Source.** This library's own, a minimal case of pointing a camera or a mouse.
 */
export class Reticle implements Environment {
  readonly spec: EnvironmentSpec;
  private episode: Episode | undefined;

  constructor(private readonly options: ReticleOptions) {
    const { size, image } = options;
    requireWhole("size", size, 2, 8);
    const chance = blindSuccess[size];
    this.spec = {
      ...about,
      tools: [],
      horizon: 2 * size,
      vocabulary: [".", "o", "+", ...moveWords, "invalid"],
      contextLength: size * size + 2,
      stopTokens: [],
      maxActionTokens: 1,
      freshContext: true,
      agents: 1,
      returnRange: [0, 1],
      ...(image ? { optimum: 1 } : {}),
      ...(chance === undefined ? {} : { chance }),
      heldOut: "seeds",
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const pixels = Array.from({ length: this.options.size ** 2 }, (_, i) => i);
    const [reticle, target] = new Random(seed).sample(pixels, 2);
    this.episode = {
      over: false,
      turns: 0,
      badFormat: false,
      success: false,
      reticle: reticle!,
      target: target!,
    };
    return { observation: this.view(this.episode), info: infoOf(this.episode) };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    episode.turns += 1;
    episode.badFormat = !moveWords.includes(action);
    if (!episode.badFormat) episode.reticle = this.moved(episode.reticle, moves[action]!);
    episode.success = episode.reticle === episode.target;
    const terminated = episode.success || episode.badFormat;
    episode.over = terminated || episode.turns === this.spec.horizon;
    return {
      observation: this.view(episode) + (episode.badFormat ? " invalid" : ""),
      reward: episode.success ? 1 : 0,
      terminated,
      truncated: episode.over && !terminated,
      info: infoOf(episode),
    };
  }

  demonstrate(random: Random): string {
    const { reticle, target } = inPlay(this.spec, this.episode);
    const nearer = moveWords.filter(
      (word) => this.distance(this.moved(reticle, moves[word]!), target) < this.distance(reticle, target),
    );
    return random.choice(this.options.image && random.chance(0.3) ? nearer : moveWords);
  }

  /** Moves from one pixel to another. */
  private distance(a: number, b: number): number {
    const { size } = this.options;
    return Math.abs(Math.floor(a / size) - Math.floor(b / size)) + Math.abs((a % size) - (b % size));
  }

  private moved(pixel: number, [down, right]: readonly [number, number]): number {
    const { size } = this.options;
    const row = Math.floor(pixel / size) + down;
    const column = (pixel % size) + right;
    return row < 0 || row >= size || column < 0 || column >= size ? pixel : row * size + column;
  }

  private view({ reticle, target }: Episode): string {
    const pixels = Array.from({ length: this.options.size ** 2 }, () => ".");
    if (this.options.image) {
      pixels[target] = "o";
      pixels[reticle] = "+";
    }
    return pixels.join(" ");
  }
}

/** Success of the best sequence of moves, by size; the tests try them all. */
const blindSuccess: Readonly<Record<number, number>> = { 2: 10 / 12, 3: 38 / 72, 4: 100 / 240 };

function infoOf({ success, turns, badFormat }: Episode): Info {
  return { success, steps: turns, bad_format: badFormat };
}

export const reticle: EnvironmentDefinition<ReticleOptions> = {
  ...about,
  defaults: { size: 4, image: true },
  optionDocs: {
    size: "pixels along each side of the image, from 2 to 8",
    image: "whether the agent sees the image",
  },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 1200, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 2e-3,
    updates: 100,
    prompts: 24,
    groupSize: 8,
  },
  baselines: [{ name: "without the image", options: { image: false } }],
  create: (options) => new Reticle(options),
};
