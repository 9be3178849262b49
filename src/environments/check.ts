/**
 * Plays an environment to see whether it keeps the contract of `environment.ts`, as Gymnasium's `check_env`
 * does for its own. Run it on every environment you write.
 */
import { isDeepStrictEqual } from "node:util";

import { maxSeed, Random } from "../random.js";
import { wordsOf } from "./action.js";
import { specialTokens, type Environment, type EnvironmentSpec, type StepResult } from "./environment.js";

/** What the checker saw of an environment that keeps the contract. */
export interface CheckReport {
  id: string;
  /** Episodes played, replays not counted, and turns taken in them. */
  episodes: number;
  turns: number;
  /** Tokens of the longest context a policy reached; at most `spec.contextLength`. */
  longestContext: number;
  /** Smallest and largest return seen. */
  returns: [number, number];
  /** Share of the weak policy's episodes that ended in success. */
  weakSuccess: number;
}

/** Called at each turn: the action, as passed to `step`. */
type Player = (demonstration: string, spec: EnvironmentSpec, random: Random) => string;

/** Players whose turns a sampler could have written: their contexts are measured. */
const samplers: readonly Player[] = [
  (demonstration) => demonstration,
  randomTurn,
  longestTurn,
  paddedTurn,
  (...turn) => (turn[2].chance(0.7) ? turn[0] : randomTurn(...turn)),
];

/** Players that write what no sampler would; it must be taken as a bad action, without an exception. */
const vandals: readonly Player[] = [
  () => "",
  () => "no-such-word",
  () => "  <ans>\n",
  (_, spec, random) =>
    Array.from({ length: 50 * spec.maxActionTokens }, () => anyWord(spec, random)).join(" "),
  (demonstration) => `${demonstration} ${demonstration} no-such-word`,
  (demonstration, _, random) => (random.chance(0.5) ? demonstration : "constructor __proto__ 1e99 -1"),
];

/**
 * Asserts the contract on `episodes` episodes by the weak policy and as many by each of several bad ones.
 *
 * @param environment an environment, or a function that makes one: then two instances are compared as well.
 * @throws Error that names the clause that is broken, the episode's seed and the actions so far.
 */
export async function checkEnvironment(
  environment: Environment | (() => Environment),
  { episodes = 10, seed = 0 }: { episodes?: number; seed?: number } = {},
): Promise<CheckReport> {
  const make = typeof environment === "function" ? environment : () => environment;
  const instance = make();
  checkSpec(instance.spec);

  const random = new Random(seed);
  const report: CheckReport = {
    id: instance.spec.id,
    episodes: 0,
    turns: 0,
    longestContext: 0,
    returns: [Infinity, -Infinity],
    weakSuccess: 0,
  };
  for (let i = 0; i < episodes; i++) {
    for (const [j, player] of [...samplers, ...vandals].entries()) {
      const episode = new CheckedEpisode(instance, random.seed(), i % 2 === 0 ? "train" : "test");
      await episode.play(player, random, j < samplers.length);
      // A closed instance can be reset again, as the next episode or the replay does.
      instance.close?.();
      const other = make();
      await episode.replay(other);
      other.close?.();
      report.episodes += 1;
      report.turns += episode.actions.length;
      report.longestContext = Math.max(report.longestContext, episode.longestContext);
      report.returns[0] = Math.min(report.returns[0], ...episode.returns);
      report.returns[1] = Math.max(report.returns[1], ...episode.returns);
      if (j === 0 && episode.success) report.weakSuccess += 1 / episodes;
    }
  }
  // Last, since these say the least about whether the task itself is right.
  if (typeof environment === "function") await checkBeforeReset(make());
  await checkSeeds(instance);
  return report;
}

function checkSpec(spec: EnvironmentSpec): void {
  const fail = (clause: string) => {
    throw new Error(`${spec.id} breaks the contract: ${clause}`);
  };
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(spec.id)) fail(`spec.id "${spec.id}" is not in kebab case`);
  for (const name of ["horizon", "contextLength", "maxActionTokens", "agents"] as const) {
    if (!Number.isSafeInteger(spec[name]) || spec[name] < 1)
      fail(`spec.${name} is not a whole number above 0`);
  }
  const seen = new Set<string>(specialTokens);
  for (const word of spec.vocabulary) {
    if (word === "" || /\s/.test(word))
      fail(`the word "${word}" of spec.vocabulary is empty or has white space`);
    if (seen.has(word)) fail(`the word "${word}" is twice in the special tokens and spec.vocabulary`);
    seen.add(word);
  }
  for (const token of spec.stopTokens) {
    if (!seen.has(token)) fail(`the stop token "${token}" is not in the vocabulary`);
  }
  if (spec.stopTokens.length === 0 && spec.maxActionTokens > 1) {
    fail("spec.stopTokens is empty, yet a turn may have more than one token");
  }
  const [least, most] = spec.returnRange;
  if (!(least <= most)) fail("spec.returnRange is not [smallest, largest]");
  for (const name of ["optimum", "chance"] as const) {
    const value = spec[name];
    if (value !== undefined && !(value >= 0 && value <= 1)) fail(`spec.${name} is not from 0 to 1`);
  }
  if ((spec.chance ?? 0) > (spec.optimum ?? 1)) fail("spec.chance is above spec.optimum");
}

async function checkBeforeReset(environment: Environment): Promise<void> {
  const { spec } = environment;
  const error = await errorOf(() => environment.step(spec.vocabulary[0] ?? "<ans>"));
  if (!/reset/.test(error?.message ?? "")) {
    throw new Error(
      `${spec.id} breaks the contract: step before reset must throw an Error that says to reset, ` +
        `not ${error === undefined ? "return" : `"${error.message}"`} (inPlay(this.spec, episode) does it)`,
    );
  }
}

async function checkSeeds(environment: Environment): Promise<void> {
  for (const seed of [-1, 0.5, NaN, maxSeed + 1]) {
    const error = await errorOf(() => environment.reset({ seed }));
    if (/seed/.test(error?.message ?? "")) continue;
    throw new Error(
      `${environment.spec.id} breaks the contract: reset with the seed ${seed} must throw an Error that names ` +
        `the seed, not ${error === undefined ? "return" : `"${error.message}"`} (assertSeed(seed) does it)`,
    );
  }
}

/** One episode under the checker's eyes. */
class CheckedEpisode {
  readonly actions: string[] = [];
  readonly returns: number[];
  longestContext = 0;
  success = false;
  /** What {@link replay} compares: everything the environment returned. */
  private readonly results: unknown[] = [];
  private readonly spec: EnvironmentSpec;
  private readonly words: ReadonlySet<string>;
  /** Tokens in each agent's context, and the turns it has taken. */
  private readonly context: number[];
  private readonly turns: number[];

  constructor(
    private readonly environment: Environment,
    private readonly seed: number,
    private readonly split: "train" | "test",
  ) {
    this.spec = environment.spec;
    this.words = new Set<string>([...specialTokens, ...this.spec.vocabulary]);
    this.returns = Array.from({ length: this.spec.agents }, () => 0);
    this.context = Array.from({ length: this.spec.agents }, () => 1);
    this.turns = Array.from({ length: this.spec.agents }, () => 0);
  }

  /** @param sampled whether the player writes what a sampler could: then contexts are measured. */
  async play(player: Player, random: Random, sampled: boolean): Promise<void> {
    const start = await this.environment.reset({ seed: this.seed, split: this.split });
    this.results.push(start);
    let agent = this.observe(start, sampled, false);
    for (;;) {
      const action = player(this.demonstration(random), this.spec, random);
      this.actions.push(action);
      this.turns[agent]! += 1;
      if (this.turns[agent]! > this.spec.horizon) {
        this.fail("horizon", `agent ${agent} acts more than ${this.spec.horizon} times`);
      }
      if (sampled) this.extend(agent, turnTokens(action, this.spec));

      const error = await errorOf(async () => this.results.push(await this.environment.step(action)));
      if (error !== undefined) this.fail("bad actions never throw", `step threw "${error.message}"`);
      const result = this.results.at(-1) as StepResult;
      this.pay(agent, result);
      const over = result.terminated || result.truncated;
      agent = this.observe(result, sampled, over);
      if (over) return this.end(result);
    }
  }

  /** The same seed and actions, on this instance: everything must come out the same. */
  async replay(instance: Environment): Promise<void> {
    if (instance === this.environment) {
      // Half an episode first: reset must leave nothing of it behind.
      await instance.reset({ seed: this.seed ^ 1, split: this.split });
      await instance.step(this.actions[0]!);
    }
    const results: unknown[] = [await instance.reset({ seed: this.seed, split: this.split })];
    for (const action of this.actions) results.push(await instance.step(action));
    const different = results.findIndex((result, i) => !isDeepStrictEqual(result, this.results[i]));
    if (different < 0) return;
    this.fail(
      "deterministic given the seed, whether or not demonstrate is called",
      `result ${different} was ${JSON.stringify(this.results[different])}, ` +
        `then ${JSON.stringify(results[different])}`,
    );
  }

  private demonstration(random: Random): string {
    const state = random.state;
    const text = this.environment.demonstrate(random);
    if (this.environment.demonstrate(Random.fromState(state)) !== text) {
      this.fail("demonstrate is deterministic and only looks", "asked twice, it gave two answers");
    }
    this.requireWords("demonstrations are words of the vocabulary", text);
    const words = text.split(" ");
    if (turnTokens(text, this.spec) > this.spec.maxActionTokens) {
      this.fail(
        "demonstrations keep to maxActionTokens",
        `"${text}" is longer than ${this.spec.maxActionTokens}`,
      );
    }
    const stop = words.findIndex((word) => this.spec.stopTokens.includes(word));
    if (stop >= 0 && stop < words.length - 1) {
      this.fail(
        "a turn ends at its first stop token",
        `the demonstration "${text}" goes on after ${words[stop]!}`,
      );
    }
    if (words.includes("<eos>")) {
      this.fail("demonstrations carry no closing <eos>", `the demonstration is "${text}"`);
    }
    if (stop < 0 && !this.spec.stopTokens.includes("<eos>") && words.length < this.spec.maxActionTokens) {
      this.fail(
        "a turn ends with a stop token or has maxActionTokens",
        `the demonstration "${text}" does neither`,
      );
    }
    return text;
  }

  /** @returns the agent that acts next */
  private observe(observed: Partial<StepResult>, sampled: boolean, over: boolean): number {
    const { observation, info, agent = 0 } = observed;
    if (typeof observation !== "string") this.fail("observations are texts", `got ${String(observation)}`);
    if (!Number.isInteger(agent) || agent < 0 || agent >= this.spec.agents) {
      this.fail("the agent is a whole number below spec.agents", `got ${agent}`);
    }
    if (typeof info !== "object") this.fail("info is an object", `got ${String(info)}`);
    for (const [name, value] of Object.entries(info)) {
      if (typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) continue;
      this.fail("info holds finite numbers, texts and booleans", `info.${name} is ${String(value)}`);
    }
    if (observation !== "" || !over)
      this.requireWords("observations are words of the vocabulary", observation);
    const words = wordsOf(observation);
    const forbidden = words.find((word) => ["<pad>", "<bos>", "<eos>"].includes(word));
    if (forbidden !== undefined)
      this.fail("observations hold no <pad>, <bos> or <eos>", `got "${observation}"`);
    if (sampled) {
      if (this.spec.freshContext && !over) this.context[agent] = 1;
      if (!(this.spec.freshContext && over)) this.extend(agent, words.length);
    }
    return agent;
  }

  private pay(agent: number, { reward, rewards }: StepResult): void {
    if (!Number.isFinite(reward)) this.fail("rewards are finite numbers", `got ${reward}`);
    if (this.spec.agents > 1) {
      if (rewards?.length !== this.spec.agents || rewards[agent] !== reward) {
        this.fail(
          "with several agents, rewards has one entry each and reward is the acting agent's",
          `agent ${agent} got ${reward}, all got ${JSON.stringify(rewards)}`,
        );
      }
      for (const [i, each] of rewards.entries()) this.returns[i]! += each;
    } else this.returns[0]! += reward;
  }

  private async end({ terminated, truncated, info }: StepResult): Promise<void> {
    if (terminated && truncated) this.fail("an episode ends terminated or truncated", "it did both");
    if (typeof info["success"] !== "boolean") {
      this.fail("info.success is a boolean at the end", `it is ${String(info["success"])}`);
    }
    this.success = info["success"] === true;
    const [least, most] = this.spec.returnRange;
    for (const sum of this.returns) {
      if (sum < least - 1e-9 || sum > most + 1e-9) {
        this.fail("returns lie in returnRange", `${sum} is not from ${least} to ${most}`);
      }
    }
    const error = await errorOf(() => this.environment.step(this.actions[0]!));
    if (!/reset/.test(error?.message ?? "")) {
      this.fail(
        "step after the end throws an Error that says to reset",
        error === undefined ? "it returned" : `it threw "${error.message}"`,
      );
    }
  }

  private extend(agent: number, tokens: number): void {
    this.context[agent]! += tokens;
    this.longestContext = Math.max(this.longestContext, this.context[agent]!);
    if (this.context[agent]! > this.spec.contextLength) {
      this.fail(
        "contexts are at most contextLength",
        `${this.context[agent]!} tokens are more than ${this.spec.contextLength}`,
      );
    }
  }

  private requireWords(clause: string, text: string): void {
    for (const word of text.split(" ")) {
      if (this.words.has(word)) continue;
      this.fail(
        clause,
        word === "" ? `"${text}" is empty or has two spaces in a row` : `"${word}" in "${text}" is not`,
      );
    }
  }

  private fail(clause: string, what: string): never {
    const actions = this.actions.map((action) => `"${action}"`).join(", ") || "none";
    throw new Error(
      `${this.spec.id} breaks the contract, ${clause}: ${what} (seed ${this.seed}, split ${this.split}, ` +
        `actions so far: ${actions})`,
    );
  }
}

/** Tokens of a turn in the context: its words, and the `<eos>` that closed it unless something else did. */
function turnTokens(action: string, { stopTokens, maxActionTokens }: EnvironmentSpec): number {
  const words = wordsOf(action);
  const closed = stopTokens.includes(words.at(-1) ?? "") || words.length >= maxActionTokens;
  return words.length + (closed || !stopTokens.includes("<eos>") ? 0 : 1);
}

/** A turn of random words, ended as a sampler ends it. */
function randomTurn(_: string, spec: EnvironmentSpec, random: Random): string {
  const words: string[] = [];
  while (words.length < spec.maxActionTokens) {
    words.push(anyWord(spec, random));
    if (spec.stopTokens.includes(words.at(-1)!)) break;
  }
  return withoutEnd(words);
}

/** Random words that never stop before maxActionTokens. */
function longestTurn(_: string, spec: EnvironmentSpec, random: Random): string {
  return withoutEnd(filled([], spec, random));
}

/** The demonstration with random words before or after it, up to maxActionTokens: long and often valid. */
function paddedTurn(demonstration: string, spec: EnvironmentSpec, random: Random): string {
  const words = wordsOf(demonstration);
  if (spec.stopTokens.includes(words.at(-1)!)) {
    const room = { ...spec, maxActionTokens: spec.maxActionTokens - words.length };
    return random.chance(0.5) ? demonstration : [...filled([], room, random), ...words].join(" ");
  }
  if (random.chance(0.5)) return withoutEnd(filled(words, spec, random));
  const room = { ...spec, maxActionTokens: spec.maxActionTokens - words.length };
  return [...filled([], room, random), ...words].join(" ");
}

function filled(words: readonly string[], spec: EnvironmentSpec, random: Random): string[] {
  const fillers = [...specialTokens.slice(3), ...spec.vocabulary].filter(
    (word) => !spec.stopTokens.includes(word),
  );
  const turn = [...words];
  while (turn.length < spec.maxActionTokens && fillers.length > 0) turn.push(random.choice(fillers));
  return turn;
}

function anyWord(spec: EnvironmentSpec, random: Random): string {
  return random.choice([...specialTokens, ...spec.vocabulary]);
}

/** The text that is passed to `step`: a closing `<eos>` is left out. */
function withoutEnd(words: readonly string[]): string {
  return (words.at(-1) === "<eos>" ? words.slice(0, -1) : words).join(" ");
}

async function errorOf(call: () => unknown): Promise<Error | undefined> {
  try {
    await call();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
