/** One episode in play: an environment, and the contexts of its agents as they grow. */
import { specialTokens } from "../environments/environment.js";
import type { Pace } from "../engine/pace.js";
import type {
  Environment,
  EnvironmentSpec,
  Info,
  Observed,
  StepResult,
} from "../environments/environment.js";
import type { SampledContext } from "../policy/policy.js";
import type { Vocabulary } from "../policy/vocabulary.js";
import type { Random } from "../random.js";
import type { Trajectory, Turn } from "./trajectory.js";

/** One agent's context: tokens so far, and what is known of each. */
export interface Context {
  agent: number;
  tokens: number[];
  mask: number[];
  logProbs: number[];
  entropies: number[];
  values: number[] | undefined;
  turns: Turn[];
  /** The sampler's record of the whole context, once it was sampled to its end: it stands for the arrays above. */
  sampled?: SampledContext;
}

export class Episode {
  readonly spec: EnvironmentSpec;
  readonly contexts: Context[] = [];
  /** Which agent acts now. */
  agent = 0;
  done = false;
  /** Actions taken so far, by all agents. */
  steps = 0;
  private terminated = false;
  private truncated = false;
  private info: Info = {};
  private readonly returns: number[];
  /** Text waiting to be put into the acting agent's context. */
  private observation = "";
  /** Each agent's latest turn: rewards that come while others act belong to it. */
  private readonly lastTurns: (Turn | undefined)[];
  /** Actions replayed before the policy took over. */
  private prefix: readonly string[] = [];

  constructor(
    private readonly environment: Environment,
    private readonly identity: { index: number; group: number; seed: number },
  ) {
    this.spec = environment.spec;
    this.returns = Array.from({ length: this.spec.agents }, () => 0);
    this.lastTurns = this.returns.map(() => undefined);
  }

  get index(): number {
    return this.identity.index;
  }

  /** A promise where the environment does not answer at once. */
  begin(split: "train" | "test", prefix: readonly string[]): void | Promise<void> {
    this.prefix = prefix;
    const { seed } = this.identity;
    return this.answer(
      "reset",
      () => this.environment.reset({ seed, split }),
      (first) => {
        this.checkResult("reset", first);
        this.observe(first);
      },
    );
  }

  /** Whether there are actions to be replayed. */
  get hasPrefix(): boolean {
    return this.prefix.length > 0;
  }

  /**
   * Replays the prefix into the contexts. Needs a vocabulary, so it waits for the policy.
   * @throws the reason of the pace's signal when it was aborted.
   */
  async replay(vocabulary: Vocabulary, pace: Pace): Promise<void> {
    for (const action of this.prefix) {
      await pace.breathe();
      if (this.done) {
        throw new RangeError(
          `rollout: the prefix of seed ${this.identity.seed} goes on after the episode ended at its action ${this.steps}`,
        );
      }
      const context = this.openContext(vocabulary);
      const tokens = vocabulary.encode(action);
      const start = context.tokens.length;
      for (const token of closed(tokens, vocabulary, this.spec)) push(context, token);
      context.turns.push(this.newTurn(start, context.tokens.length, action));
      await this.step(action);
    }
  }

  /** Lets the environment's scripted policy take one turn; its tokens have mask 1. */
  async demonstrate(vocabulary: Vocabulary, random: Random): Promise<void> {
    const context = this.openContext(vocabulary);
    const action = this.environment.demonstrate(random);
    const start = context.tokens.length;
    for (const token of closed(vocabulary.encode(action), vocabulary, this.spec)) push(context, token, 1);
    context.turns.push(this.newTurn(start, context.tokens.length, action));
    await this.step(action);
  }

  /** The acting agent's context with the waiting observation in it. */
  openContext(vocabulary: Vocabulary): Context {
    let context = this.contexts.findLast(({ agent }) => agent === this.agent);
    if (context === undefined || this.spec.freshContext) {
      context = emptyContext(this.agent);
      this.contexts.push(context);
    }
    for (const token of this.takeObservation(vocabulary)) push(context, token);
    return context;
  }

  /** The observation waiting to be seen, as tokens. It is handed out once. */
  takeObservation(vocabulary: Vocabulary): number[] {
    const { observation } = this;
    this.observation = "";
    try {
      return vocabulary.encode(observation);
    } catch (error) {
      throw new Error(`${this.place()} gave the observation "${observation}": ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /** Notes a turn in the acting agent's context, and takes its action in the environment. */
  newTurn(start: number, end: number, action: string): Turn {
    const turn: Turn = { start, end, reward: 0, action, step: this.steps };
    this.lastTurns[this.agent] = turn;
    return turn;
  }

  /** A promise where the environment does not answer at once. */
  step(action: string): void | Promise<void> {
    return this.answer(
      "step",
      () => this.environment.step(action),
      (result) => {
        this.take(result);
      },
    );
  }

  /** Asks the environment and uses its answer, at once where it answers at once. */
  private answer<T>(
    call: "reset" | "step",
    ask: () => T | PromiseLike<T>,
    use: (result: T) => void,
  ): void | Promise<void> {
    let result: T | PromiseLike<T>;
    try {
      result = ask();
    } catch (error) {
      throw this.failure(call, error);
    }
    if (!isThenable(result)) {
      use(result);
      return;
    }
    return Promise.resolve(result).then(use, (error: unknown) => {
      throw this.failure(call, error);
    });
  }

  private take(result: StepResult): void {
    this.checkResult("step", result);
    const rewards = result.rewards ?? [];
    for (let agent = 0; agent < this.spec.agents; agent++) {
      const reward = rewards[agent] ?? (agent === this.agent ? result.reward : 0);
      if (!Number.isFinite(reward)) {
        throw new Error(`${this.place()} gave the reward ${reward}; a reward is a finite number`);
      }
      this.returns[agent]! += reward;
      const turn = this.lastTurns[agent];
      if (turn !== undefined) turn.reward += reward;
    }
    this.steps++;
    this.terminated = result.terminated;
    this.truncated = result.truncated;
    this.done = result.terminated || result.truncated;
    if (!this.done && this.steps >= this.spec.horizon * this.spec.agents) {
      throw new Error(`${this.place()} went on after its horizon of ${this.spec.horizon} turns`);
    }
    this.observe(result);
  }

  /** What comes from an environment is anyone's code: it is checked before anything is read from it. */
  private checkResult(call: "reset" | "step", result: unknown): void {
    if (result === undefined || result === null) {
      throw new Error(`${this.place()} returned nothing from ${call}`);
    }
    const missing = missingField(call, typeof result === "object" ? result : {});
    if (missing !== undefined) throw new Error(`${this.place()} did not return ${missing} from ${call}`);
  }

  private observe({ observation, info, agent = 0 }: Observed): void {
    if (!Number.isInteger(agent) || agent < 0 || agent >= this.spec.agents) {
      throw new Error(
        `${this.place()} gave the turn to agent ${agent}; it has ${this.spec.agents}, counted from 0`,
      );
    }
    this.observation = observation;
    this.info = info;
    this.agent = agent;
  }

  /** Ends an episode whose context is full before the environment ended it. */
  cutOff(): void {
    this.done = true;
    if (!this.terminated) this.truncated = true;
  }

  trajectories(): Trajectory[] {
    // An agent that never came to act has its return all the same: a context that holds nothing but its beginning.
    for (let agent = 0; agent < this.spec.agents; agent++) {
      if (this.contexts.every((context) => context.agent !== agent)) this.contexts.push(emptyContext(agent));
    }
    const { index: episode, group, seed } = this.identity;
    const counts = new Map<number, number>();
    return this.contexts.map((played) => {
      const { agent, turns } = played;
      const context = counts.get(agent) ?? 0;
      counts.set(agent, context + 1);
      const { tokens, mask, logProbs, entropies, values } = played.sampled ?? recordOf(played);
      // Written out: spreading objects into one takes several times as long, for every episode of every update.
      const trajectory: Trajectory = {
        episode,
        group,
        agent,
        context,
        seed,
        tokens,
        mask,
        logProbs,
        entropies,
        turns,
        return: this.returns[agent]!,
        // With several agents success is each one's own: it came out ahead.
        success: this.spec.agents === 1 ? this.info["success"] === true : this.returns[agent]! > 0,
        terminated: this.terminated,
        truncated: this.truncated,
        info: this.info,
      };
      if (values !== undefined) trajectory.values = values;
      return trajectory;
    });
  }

  close(): void {
    this.environment.close?.();
  }

  private failure(call: string, error: unknown): Error {
    const message = error instanceof Error ? error.message : String(error);
    return new Error(`${this.place()} failed in ${call}: ${message}`, { cause: error });
  }

  private place(): string {
    return `Environment "${this.spec.id}" (seed ${this.identity.seed}, turn ${this.steps + 1})`;
  }
}

/** Of what an environment returned, the first thing that is missing; undefined when all is there. */
function missingField(call: "reset" | "step", result: object): string | undefined {
  const { observation, info, terminated, truncated } = result as Readonly<Record<string, unknown>>;
  if (typeof observation !== "string") return "a text as observation";
  if (typeof info !== "object" || info === null || Array.isArray(info)) return "an object as info";
  if (call === "reset") return undefined;
  if (typeof terminated !== "boolean") return "true or false as terminated";
  if (typeof truncated !== "boolean") return "true or false as truncated";
  return undefined;
}

/** A context's arrays as a trajectory has them. */
function recordOf({ tokens, mask, logProbs, entropies, values }: Context) {
  return {
    tokens: new Int32Array(tokens),
    mask: new Uint8Array(mask),
    logProbs: new Float32Array(logProbs),
    entropies: new Float32Array(entropies),
    values: values === undefined ? undefined : new Float32Array(values),
  };
}

function emptyContext(agent: number): Context {
  const context: Context = {
    agent,
    tokens: [],
    mask: [],
    logProbs: [],
    entropies: [],
    values: undefined,
    turns: [],
  };
  push(context, specialTokens.indexOf("<bos>"));
  return context;
}

/** Promises of other libraries are no instances of the built-in one. */
function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as Partial<PromiseLike<T>> | null | undefined)?.then === "function";
}

function push(context: Context, token: number, written = 0): void {
  context.tokens.push(token);
  context.mask.push(written);
  context.logProbs.push(0);
  context.entropies.push(0);
  context.values?.push(0);
}

/** Appends what a policy sampled beyond the tokens the context already had. */
export function appendSampled(context: Context, sampled: SampledContext): void {
  for (let t = context.tokens.length; t < sampled.tokens.length; t++) {
    if (sampled.values !== undefined) {
      context.values ??= context.tokens.map(() => 0);
      context.values.push(sampled.values[t]!);
    }
    context.tokens.push(sampled.tokens[t]!);
    context.mask.push(sampled.mask[t]!);
    context.logProbs.push(sampled.logProbs[t]!);
    context.entropies.push(sampled.entropies[t]!);
  }
}

/** A turn's tokens with the `<eos>` that ends it, where the environment's turns end by one. */
export function closed(tokens: readonly number[], vocabulary: Vocabulary, spec: EnvironmentSpec): number[] {
  const stops = spec.stopTokens.map((word) => vocabulary.id(word));
  const last = tokens.at(-1);
  const ended = (last !== undefined && stops.includes(last)) || tokens.length >= spec.maxActionTokens;
  return ended || !spec.stopTokens.includes("<eos>") ? [...tokens] : [...tokens, vocabulary.id("<eos>")];
}

/**
 * A turn's tokens as the text `step` is given: without a closing `<eos>`, where turns end by one. Where they do not,
 * `<eos>` is a word like any other, so that {@link closed} makes the same tokens of the text again.
 */
export function actionText(tokens: readonly number[], vocabulary: Vocabulary, spec: EnvironmentSpec): string {
  const ended = spec.stopTokens.includes("<eos>") && tokens.at(-1) === vocabulary.id("<eos>");
  return vocabulary.decode(ended ? tokens.slice(0, -1) : tokens);
}
