import { assertSeed, Random } from "../random.js";
import { inPlay, wordsOf } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";

export interface HouseholdOptions {
  sight: boolean;
}

/** Each room has one piece of furniture, at the same index. */
const rooms = ["kitchen", "bedroom", "bathroom", "study"] as const;
const furniture = ["table", "bed", "shelf", "desk"] as const;
const things = {
  fruit: ["apple", "pear", "plum"],
  clothes: ["hat", "sock", "scarf"],
} as const;
const kinds = ["fruit", "clothes"] as const;
const allThings: readonly string[] = [...things.fruit, ...things.clothes];

interface Episode {
  over: boolean;
  kind: (typeof kinds)[number];
  /** The thing of this kind that is in the house. */
  wanted: string;
  /** Index of the room whose furniture it has to be put on. */
  destination: number;
  /** What lies in each room. */
  lying: (string | undefined)[];
  /** Index of the room the agent is in; −1: still outside. */
  room: number;
  held: string | undefined;
  visited: Set<number>;
  turns: number;
  /** Visits to a room that had been searched before, the destination not counted. */
  repeated: number;
}

const about = {
  id: "household",
  title: "Find a thing in a house of four rooms and put it where it belongs",
  capability: "planning",
  domain: "embodied",
} as const;

/**
 * # household
 *
 * "Bring fruit to the table": which fruit there is, and where, the agent has to find out by walking through the
 * rooms, of which it sees only the one that it enters. It teaches an embodied task under partial observation:
 * search without going twice to the same room, recognise what was asked for, carry it, put it down.
 *
 * - **Observation**: first the task, `bring fruit table`. After `go` what lies in that room, or `nothing`; after
 *   `take` and `put` `ok` or `no`.
 * - **Action**: two words. `go kitchen` (or `bedroom`, `bathroom`, `study`) enters a room, from anywhere; `take apple`
 *   picks up what lies there, if the hands are free; `put table` puts what is held on the furniture of the room: the
 *   table is in the kitchen, the bed in the bedroom, the shelf in the bathroom, the desk in the study.
 * - **Reward**: 1 for putting a thing of the right kind on the right furniture, else 0.
 * - **Start**: outside. Kind (fruit or clothes), thing (three of each kind), destination and the room the thing is in
 *   (not the destination) are drawn, each as likely; things of the other kind lie in two of the other
 *   three rooms, and one room is empty.
 * - **End**: when something is put down; with an action of another form (the observation is `invalid`); truncated
 *   after 7 turns.
 *
 * **Options.** `sight: false`: every observation after the first is `hidden`.
 *
 * **info**: `success`, `turns`, `repeated` (visits to a room seen before, other than the destination), `carrying`
 * (whether the wanted thing is held), `bad_format`.
 *
 * **Held out**: only seeds: there are 72 tasks, and 1,944 houses with what else lies around.
 *
 * **Optimum and chance.** At most three rooms to search, then take, go, put: six of the seven turns, so the optimum is 1.
 * Without sight the best plan tries three of the nine pairs of a room and a thing: 1/3, which is the chance
 * level (by enumeration of all plans).
 *
 * **Weak policy**: with probability 0.15 takes or puts anything. Else, when a thing of the right kind lies in front of
 * it and its hands are free, takes it with probability 0.6; holding something, it puts it down at the destination with
 * probability 0.5, and elsewhere goes to the destination with probability 0.4; in all other cases it goes to
 * any room. It is right about 0.18 of the time. With `sight: false` the demonstrations still come from this policy,
 * which sees: only how often it does what, whatever lies in the rooms, can be imitated.
 *
 * **Source**: a small relative of ALFWorld (Shridhar et al. 2021).
 */
export class Household implements Environment {
  readonly spec: EnvironmentSpec;
  private episode: Episode | undefined;

  constructor(private readonly options: HouseholdOptions) {
    this.spec = {
      ...about,
      tools: [],
      horizon: 7,
      vocabulary: [
        ...rooms,
        ...furniture,
        ...allThings,
        ...kinds,
        "bring",
        "go",
        "take",
        "put",
        "nothing",
        "ok",
        "no",
        "hidden",
        "invalid",
      ],
      // <bos> and the task; two words and what they bring for each of the turns.
      contextLength: 4 + 3 * 7,
      stopTokens: [...rooms, ...furniture, ...allThings],
      maxActionTokens: 2,
      freshContext: false,
      agents: 1,
      returnRange: [0, 1],
      optimum: options.sight ? 1 : 1 / 3,
      chance: 1 / 3,
      heldOut: "seeds only: there are 72 tasks",
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const random = new Random(seed);
    const kind = random.choice(kinds);
    const wanted = random.choice(things[kind]);
    const destination = random.integer(rooms.length);
    const [place, ...rest] = random.shuffle([...rooms.keys()].filter((room) => room !== destination));
    const lying: (string | undefined)[] = rooms.map(() => undefined);
    lying[place!] = wanted;
    const other = things[kind === "fruit" ? "clothes" : "fruit"];
    for (const room of random.sample([...rest, destination], 2)) lying[room] = random.choice(other);
    this.episode = {
      over: false,
      kind,
      wanted,
      destination,
      lying,
      room: -1,
      held: undefined,
      visited: new Set(),
      turns: 0,
      repeated: 0,
    };
    return { observation: `bring ${kind} ${furniture[destination]!}`, info: this.info(this.episode) };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    const [verb, noun, ...more] = wordsOf(action);
    episode.turns += 1;
    if (noun === undefined || more.length > 0) return this.end(episode, "invalid", false);
    switch (verb) {
      case "go":
        return this.proceed(episode, this.go(episode, noun));
      case "take":
        return this.proceed(episode, this.take(episode, noun));
      case "put": {
        const here = episode.room >= 0 && furniture[episode.room] === noun;
        if (!here || episode.held === undefined) return this.proceed(episode, "no");
        const success = episode.held === episode.wanted && episode.room === episode.destination;
        return this.end(episode, this.options.sight ? "ok" : "hidden", success);
      }
      default:
        return this.end(episode, "invalid", false);
    }
  }

  demonstrate(random: Random): string {
    const { kind, destination, lying, room, held } = inPlay(this.spec, this.episode);
    if (random.chance(0.15)) {
      const take = `take ${random.choice(allThings)}`;
      const put = `put ${random.choice(furniture)}`;
      return random.choice([take, put]);
    }
    const seen = lying[room];
    if (held === undefined) {
      const right = seen !== undefined && (things[kind] as readonly string[]).includes(seen);
      if (right && random.chance(0.6)) return `take ${seen}`;
    } else if (room === destination) {
      if (random.chance(0.5)) return `put ${furniture[destination]!}`;
    } else if (random.chance(0.4)) return `go ${rooms[destination]!}`;
    return `go ${random.choice(rooms)}`;
  }

  private go(episode: Episode, noun: string): string {
    const room = (rooms as readonly string[]).indexOf(noun);
    if (room < 0) return "no";
    if (episode.visited.has(room) && room !== episode.destination) episode.repeated += 1;
    episode.visited.add(room);
    episode.room = room;
    return episode.lying[room] ?? "nothing";
  }

  private take(episode: Episode, noun: string): string {
    if (episode.held !== undefined || episode.lying[episode.room] !== noun) return "no";
    episode.held = noun;
    episode.lying[episode.room] = undefined;
    return "ok";
  }

  private proceed(episode: Episode, observation: string): StepResult {
    episode.over = episode.turns >= this.spec.horizon;
    return {
      observation: this.options.sight ? observation : "hidden",
      reward: 0,
      terminated: false,
      truncated: episode.over,
      info: this.info(episode),
    };
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

  private info({ held, wanted, turns, repeated }: Episode, success = false, bad_format = false): Info {
    return { success, turns, repeated, carrying: held === wanted, bad_format };
  }
}

export const household: EnvironmentDefinition<HouseholdOptions> = {
  ...about,
  defaults: { sight: true },
  optionDocs: { sight: "false: what lies in a room, and whether an action worked, is hidden" },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 400, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 2e-3,
    updates: 100,
    prompts: 32,
    groupSize: 8,
  },
  baselines: [
    // Which thing there is and where is then a guess: a plan made beforehand is all that is left.
    { name: "what lies in the rooms is hidden", options: { sight: false } },
  ],
  create: (options) => new Household(options),
};
