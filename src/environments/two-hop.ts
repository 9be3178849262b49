import { assertSeed, Random } from "../random.js";
import { answerOf, callOf, inPlay, requireWhole, toolOutput } from "./action.js";
import type {
  Environment,
  EnvironmentDefinition,
  EnvironmentSpec,
  Info,
  Observed,
  ResetOptions,
  StepResult,
} from "./environment.js";

export interface TwoHopOptions {
  calls: number;
}

const people = ["Anna", "Boris", "Chen", "Diego", "Emma", "Farid", "Grace", "Hugo"] as const;
const cities = ["Athens", "Berlin", "Cairo", "Delhi", "Lima", "Oslo", "Rome", "Tokyo"] as const;

interface Entry {
  boss: string;
  home: string;
}

interface Episode {
  over: boolean;
  knowledge: ReadonlyMap<string, Entry>;
  person: string;
  /** What the searches found, in order. */
  found: Entry[];
  turns: number;
}

const about = {
  id: "two-hop",
  title: "Find out where somebody's boss lives, with two searches",
  capability: "tool use",
  domain: "search",
} as const;

/**
 * # two-hop
 *
 * "Where does the boss of Anna live?" One search tells who the boss is, a second one where she lives: the second
 * query has to be made from the result of the first. It teaches search in several steps.
 *
 * - **Observation**: the question, `? home of boss of Anna`; after a search the person's entry,
 *   `<obs> boss Chen home Oslo </obs>`, or `<obs> nothing </obs>` when the call names no person.
 * - **Action**: a search, `<call> Anna </call>`, or the answer, `<ans> Oslo`.
 * - **Reward**: 1 for the right city, else 0. Searches are free.
 * - **Start**: eight people. Each one's boss (someone else) and home (one of eight cities) are drawn anew, each as
 *   likely, and so is the person that is asked about.
 * - **End**: an answer. A search beyond the last one allowed, or anything that is neither a search nor an answer,
 *   ends the episode with `<obs> invalid </obs>` and
 *   reward 0.
 *
 * **Options.** `calls`: how many searches are allowed (3); with 1 the second hop cannot be made, with 0 there is no
 * search tool.
 *
 * **info**: `success`, `calls` (searches so far), `hops` (1 when the person asked about was looked up, 2 when the boss
 * was too), `bad_format` (whether that ended the episode).
 *
 * **Held out**: seeds, which are instances here: a knowledge base is one of 7⁸·8⁸ ≈ 10¹⁴ and practically never
 * comes twice.
 *
 * **Optimum and chance.** Two searches always suffice: optimum 1. With one, the best is to look somebody up, hope it
 * is the boss and answer that home: 1/7 + 6/7 · 1/8 = 0.25, which is the chance level. Without any, 1/8.
 *
 * **Weak policy**: searches with probability 0.7, then 0.6, then 0.1; the first time for the person asked about with
 * probability 0.5, later for the boss last found with probability 0.5, else for anyone; then it answers the home
 * last found with probability 0.6, else any city. It is right about 0.21 of the time.
 *
 * **Source**: a small relative of multi-hop question answering with search, e.g. HotpotQA (Yang et al. 2018).
 */
export class TwoHop implements Environment {
  readonly spec: EnvironmentSpec;
  private episode: Episode | undefined;

  constructor(private readonly options: TwoHopOptions) {
    const { calls } = options;
    requireWhole("calls", calls, 0, 8);
    this.spec = {
      ...about,
      tools: calls === 0 ? [] : ["search"],
      horizon: calls + 1,
      vocabulary: [...people, ...cities, "home", "of", "boss", "?", "nothing", "invalid"],
      // <bos> and the question, a call (3) and its result (6) each, a last turn (3) and `invalid` (3).
      contextLength: 7 + 9 * calls + 6,
      stopTokens: ["<eos>", "</call>"],
      maxActionTokens: 3,
      freshContext: false,
      agents: 1,
      returnRange: [0, 1],
      optimum: calls >= 2 ? 1 : calls === 1 ? 0.25 : 0.125,
      chance: calls >= 1 ? 0.25 : 0.125,
      heldOut: "seeds, which are instances: each draws one of 7⁸·8⁸ knowledge bases",
      options: { ...options },
    };
  }

  reset({ seed }: ResetOptions): Observed {
    assertSeed(seed);
    const random = new Random(seed);
    const knowledge = new Map(
      people.map((person) => {
        const boss = random.choice(people.filter((other) => other !== person));
        return [person, { boss, home: random.choice(cities) }] as const;
      }),
    );
    this.episode = { over: false, knowledge, person: random.choice(people), found: [], turns: 0 };
    return { observation: `? home of boss of ${this.episode.person}`, info: this.info(this.episode) };
  }

  step(action: string): StepResult {
    const episode = inPlay(this.spec, this.episode);
    const { knowledge, found, person } = episode;
    const answer = answerOf(action);
    if (answer !== undefined) {
      const right = knowledge.get(knowledge.get(person)!.boss)!.home;
      return this.end(episode, "", answer.join(" ") === right);
    }
    const query = callOf(action);
    if (query === undefined || episode.turns === this.options.calls)
      return this.end(episode, toolOutput("invalid"), false);
    episode.turns += 1;
    const entry = knowledge.get(query.join(" "));
    if (entry !== undefined) found.push(entry);
    return {
      observation:
        entry === undefined ? toolOutput("nothing") : toolOutput("boss", entry.boss, "home", entry.home),
      reward: 0,
      terminated: false,
      truncated: false,
      info: this.info(episode),
    };
  }

  demonstrate(random: Random): string {
    const { found, person, turns } = inPlay(this.spec, this.episode);
    const last = found.at(-1);
    if (turns < this.options.calls && random.chance([0.7, 0.6, 0.1][turns] ?? 0)) {
      const next = last?.boss ?? person;
      return `<call> ${random.chance(0.5) ? next : random.choice(people)} </call>`;
    }
    return `<ans> ${last !== undefined && random.chance(0.6) ? last.home : random.choice(cities)}`;
  }

  private end(episode: Episode, observation: string, success: boolean): StepResult {
    episode.over = true;
    return {
      observation,
      reward: Number(success),
      terminated: true,
      truncated: false,
      info: this.info(episode, success, observation !== ""),
    };
  }

  private info({ knowledge, person, found, turns }: Episode, success = false, bad_format = false): Info {
    const first = knowledge.get(person)!;
    const second = knowledge.get(first.boss)!;
    const hops = !found.includes(first) ? 0 : !found.includes(second) ? 1 : 2;
    return { success, calls: turns, hops, bad_format };
  }
}

export const twoHop: EnvironmentDefinition<TwoHopOptions> = {
  ...about,
  defaults: { calls: 3 },
  optionDocs: { calls: "searches allowed: 2 suffice, 1 is one too few, 0 takes the tool away" },
  recipe: {
    warmStart: { demonstrations: 2000, steps: 600, learningRate: 3e-3 },
    algorithm: "grpo",
    learningRate: 2e-3,
    updates: 60,
    prompts: 16,
    groupSize: 8,
  },
  baselines: [
    // The boss's home is in an entry that a single search finds only by guessing who the boss is.
    { name: "a single search", options: { calls: 1 } },
    { name: "no search", options: { calls: 0 } },
  ],
  create: (options) => new TwoHop(options),
};
