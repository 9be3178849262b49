import { assertSeed, Random } from "../random.js";
import { answerOf, inPlay, requireWhole, wordsOf } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";

const colours = ["red", "green", "blue", "yellow", "white", "black", "orange", "purple"];
const animals = ["cat", "dog", "owl", "fox", "bee", "ant", "hen", "rat"];

export interface TMazeOptions {
  notepad: boolean;
  cues: number;
  delay: number;
}

interface Episode {
  over: boolean;
  turns: number;
  writes: number;
  badFormat: boolean;
  success: boolean;
  /** Colour of the sign at the entrance, and of the door to take. */
  cue: string;
  /** What stands at the entrance and in the corridor: two things a room. */
  rooms: readonly (readonly [string, string])[];
  /** The one word on the notepad. */
  note: string | undefined;
}

const about = {
  id: "t-maze",
  title: "Remember the sign at the entrance until the junction, with a notepad",
  capability: "memory",
  domain: "general",
} as const;

/**
 * **What it teaches.** Memory as an action: every turn begins with an empty context, and only the one word
 * on the notepad is carried over. The agent learns what to write, when to leave it alone, and to read it.
 *
 * **Observation.** The notepad, then the room: `notepad empty | entrance red owl` at the start, where the
 * coloured sign tells the door to take and the animal nothing; `notepad red | corridor fox hen` in each of
 * the `delay` rooms that follow; at last `notepad red | junction ?`.
 *
 * **Action.** Before the junction `write red` (one colour or animal; it replaces what was there) or `walk`:
 * both lead to the next room. At the junction `<ans> red`.
 *
 * **Reward.** 1 for the door of the sign's colour.
 *
 * **Start.** The cue is one of `cues` colours, the animals are drawn from eight; uniform.
 *
 * **End.** With the answer; with a bad action, which is any other (`invalid`, reward 0).
 *
 * **Held out.** Seeds: by default there are 4 cues · 8 · 56² rooms, and what matters, the cue, is one of
 * four.
 *
 * **Optimum and chance.** 1 with the notepad; without it the junction looks alike in every episode, hence
 * chance is 1 / cues.
 *
 * **Weak policy.** It writes one of the two things it sees, colour or animal alike, with probability .5 at
 * the entrance and .2 in a corridor, and walks otherwise. At the junction it trusts a colour on the notepad
 * with probability .9, and else picks a door at random. Success .36.
 *
 * **Source.** The T-maze of Bakker (2002), "Reinforcement Learning with Long Short-Term Memory", with a
 * notepad instead of a recurrent state.
 */
export class TMaze implements Environment {
  readonly spec: EnvironmentSpec;
  private readonly cues: readonly string[];
  private episode: Episode | undefined;

  constructor(private readonly options: TMazeOptions) {
    requireWhole("cues", options.cues, 2, colours.length);
    requireWhole("delay", options.delay, 0, 20);
    this.cues = colours.slice(0, options.cues);
    this.spec = {
      ...about,
      tools: options.notepad ? ["notepad"] : [],
      horizon: options.delay + 2,
      vocabulary: [
        ...this.cues,
        ...animals,
        ..."notepad empty | entrance corridor junction ? write walk invalid".split(" "),
      ],
      contextLength: 10,
      stopTokens: ["<eos>"],
      maxActionTokens: 3,
      freshContext: true,
      agents: 1,
      returnRange: [0, 1],
      optimum: options.notepad ? 1 : 1 / options.cues,
      chance: 1 / options.cues,
      heldOut: "seeds",
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const random = new Random(seed);
    const cue = random.choice(this.cues);
    const corridor = Array.from({ length: this.options.delay }, () => random.sample(animals, 2));
    this.episode = {
      over: false,
      turns: 0,
      writes: 0,
      badFormat: false,
      success: false,
      cue,
      rooms: [[cue, random.choice(animals)], ...corridor.map(([a, b]) => [a!, b!] as const)],
      note: undefined,
    };
    return { observation: this.view(this.episode), info: infoOf(this.episode) };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    const atJunction = episode.turns === episode.rooms.length;
    episode.turns += 1;
    if (atJunction) {
      const answer = answerOf(action);
      episode.success = answer?.length === 1 && answer[0] === episode.cue;
      return this.end(episode, answer === undefined);
    }
    const [verb, ...things] = wordsOf(action);
    if (verb === "write" && things.length === 1 && this.canBeWritten(things[0]!)) {
      episode.writes += 1;
      if (this.options.notepad) episode.note = things[0];
    } else if (verb !== "walk" || things.length > 0) {
      return this.end(episode, true);
    }
    return {
      observation: this.view(episode),
      reward: 0,
      terminated: false,
      truncated: false,
      info: infoOf(episode),
    };
  }

  demonstrate(random: Random): string {
    const { turns, rooms, note } = inPlay(this.spec, this.episode);
    const room = rooms[turns];
    if (room !== undefined)
      return random.chance(turns === 0 ? 0.5 : 0.2) ? `write ${random.choice(room)}` : "walk";
    const trusted = note !== undefined && this.cues.includes(note) && random.chance(0.9);
    return `<ans> ${trusted ? note : random.choice(this.cues)}`;
  }

  private view({ turns, rooms, note }: Episode): string {
    const room = rooms[turns];
    const place =
      room === undefined ? "junction ?" : `${turns === 0 ? "entrance" : "corridor"} ${room[0]} ${room[1]}`;
    return `notepad ${note ?? "empty"} | ${place}`;
  }

  private canBeWritten(word: string): boolean {
    return this.cues.includes(word) || animals.includes(word);
  }

  private end(episode: Episode, badFormat: boolean): StepResult {
    episode.over = true;
    episode.badFormat = badFormat;
    return {
      observation: badFormat ? "invalid" : "",
      reward: episode.success ? 1 : 0,
      terminated: true,
      truncated: false,
      info: infoOf(episode),
    };
  }
}

function infoOf({ success, writes, badFormat }: Episode): Info {
  return { success, writes, bad_format: badFormat };
}

export const tMaze: EnvironmentDefinition<TMazeOptions> = {
  ...about,
  defaults: { notepad: true, cues: 4, delay: 2 },
  optionDocs: {
    notepad: "whether the notepad keeps what is written on it",
    cues: "how many colours the sign can have, from 2 to 8",
    delay: "rooms between the entrance and the junction, from 0 to 20",
  },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 600, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 2e-3,
    updates: 100,
    prompts: 16,
    groupSize: 8,
  },
  baselines: [{ name: "without the notepad", options: { notepad: false } }],
  create: (options) => new TMaze(options),
};
