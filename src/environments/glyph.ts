import { assertSeed, Random } from "../random.js";
import { answerOf, inPlay, requireBetween, requireWhole } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";

export interface GlyphOptions {
  glyphs: number;
  noise: number;
}

/** Five by five pixels each. */
export const glyphs: readonly { name: string; pixels: readonly string[] }[] = [
  { name: "zero", pixels: [".###.", "#...#", "#...#", "#...#", ".###."] },
  { name: "one", pixels: ["..#..", ".##..", "..#..", "..#..", ".###."] },
  { name: "two", pixels: [".###.", "#...#", "..##.", ".#...", "#####"] },
  { name: "three", pixels: ["####.", "....#", ".###.", "....#", "####."] },
  { name: "four", pixels: ["#...#", "#...#", "#####", "....#", "....#"] },
  { name: "five", pixels: ["#####", "#....", "####.", "....#", "####."] },
  { name: "six", pixels: [".###.", "#....", "####.", "#...#", ".###."] },
  { name: "seven", pixels: ["#####", "....#", "...#.", "..#..", "..#.."] },
];

interface Episode {
  over: boolean;
  name: string;
  /** The picture as it is shown, row after row. */
  seen: readonly string[];
}

const about = {
  id: "glyph",
  title: "Name a digit from a noisy picture of five by five pixels",
  capability: "perception",
  domain: "vision",
} as const;

/**
 * # glyph
 *
 * A digit drawn with five by five pixels, some of them wrong: say which one it is. It teaches perception: what a group
 * of tokens looks like together, learnt from nothing but whether the answer was right.
 *
 * - **Observation**: 25 words `.` or `#`, row by row, and `?`.
 * - **Action**: `<ans>` and the name: `<ans> two`.
 * - **Reward**: 1 for the right name, else 0.
 * - **Start**: one of the first `glyphs` digits, each as likely; every pixel is flipped with probability `noise`,
 *   independently.
 * - **End**: after one turn; anything but an answer is `invalid`.
 *
 * **Options.** `glyphs`: how many digits there are (4: `zero` to `three`; at most 8). `noise`: the probability to flip a
 * pixel (0.08); at 0.5 nothing is left of the picture.
 *
 * **info**: `success`, `bad_format` (whether the turn was no answer).
 *
 * **Held out**: seeds, which are mostly instances: of the 2²⁵ pictures of a digit the likeliest, the clean one, comes
 * with probability 0.92²⁵ = 0.12, a picture with three given pixels flipped with 0.0001.
 *
 * **Optimum and chance.** The best guess is the digit with the fewest pixels flipped: 0.997 right by default (exact,
 * by enumeration over the pixels in which the digits differ). Without the picture, one in `glyphs`: 0.25.
 *
 * **Weak policy**: with probability 0.3 it glances at one row, any of the five, and names a digit that looks most like it
 * there; else any of the names. It is right about 0.40 of the time.
 *
 * **Source**: the template matching task of the earliest pattern recognition; the digits were drawn for this library.
 */
export class Glyph implements Environment {
  readonly spec: EnvironmentSpec;
  private readonly names: readonly string[];
  private episode: Episode | undefined;

  constructor(private readonly options: GlyphOptions) {
    requireWhole("glyphs", options.glyphs, 2, glyphs.length);
    requireBetween("noise", options.noise, 0, 0.5);
    this.names = glyphs.slice(0, options.glyphs).map(({ name }) => name);
    const chance = 1 / options.glyphs;
    this.spec = {
      ...about,
      tools: [],
      horizon: 1,
      vocabulary: [".", "#", "?", ...this.names, "invalid"],
      // <bos>, the picture, `?`, an answer of three tokens, and `invalid`.
      contextLength: 31,
      stopTokens: ["<eos>"],
      maxActionTokens: 3,
      freshContext: false,
      agents: 1,
      returnRange: [0, 1],
      ...(options.glyphs === 4 && options.noise === 0.08 ? { optimum: 0.997 } : {}),
      ...(options.noise === 0.5 ? { optimum: chance } : {}),
      chance,
      heldOut: "seeds: each draws its own noise",
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const random = new Random(seed);
    const { name, pixels } = glyphs[random.integer(this.options.glyphs)]!;
    const seen = [...pixels.join("")].map((pixel) => {
      const flipped = random.chance(this.options.noise);
      return (pixel === "#") !== flipped ? "#" : ".";
    });
    this.episode = { over: false, name, seen };
    return { observation: `${seen.join(" ")} ?`, info: { success: false, bad_format: false } };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    const answer = answerOf(action);
    const success = answer?.join(" ") === episode.name;
    episode.over = true;
    return {
      observation: answer === undefined ? "invalid" : "",
      reward: Number(success),
      terminated: true,
      truncated: false,
      info: { success, bad_format: answer === undefined },
    };
  }

  demonstrate(random: Random): string {
    const { seen } = inPlay(this.spec, this.episode);
    if (!random.chance(0.3)) return `<ans> ${random.choice(this.names)}`;
    const row = random.integer(5);
    const flips = glyphs
      .slice(0, this.options.glyphs)
      .map(({ pixels }) => [...pixels[row]!].filter((pixel, i) => pixel !== seen[5 * row + i]).length);
    const nearest = this.names.filter((_, i) => flips[i] === Math.min(...flips));
    return `<ans> ${random.choice(nearest)}`;
  }
}

export const glyph: EnvironmentDefinition<GlyphOptions> = {
  ...about,
  defaults: { glyphs: 4, noise: 0.08 },
  optionDocs: {
    glyphs: "how many digits there are, 2 to 8",
    noise: "probability that a pixel is flipped, 0 to 0.5",
  },
  recipe: {
    warmStart: { demonstrations: 4000, steps: 300, learningRate: 2e-3 },
    algorithm: "grpo",
    learningRate: 1e-3,
    updates: 100,
    prompts: 32,
    groupSize: 8,
    entropy: 0.01,
  },
  baselines: [
    // Every pixel is a coin's throw, whatever the digit.
    { name: "nothing but noise", options: { noise: 0.5 } },
  ],
  create: (options) => new Glyph(options),
};
