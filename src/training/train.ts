/** Reinforcement learning as an async iterator: rollouts → advantages → objective → optimizer step → metrics. */
import type { Algorithm, AlgorithmOptions, AlgorithmState } from "../algorithms/algorithm.js";
import { algorithm as namedAlgorithm } from "../algorithms/catalogue.js";
import { ambientSignal } from "../engine/ambient.js";
import type { Environment, OptionValue, Recipe } from "../environments/environment.js";
import { environmentDefinition, makeEnvironment } from "../environments/registry.js";
import { checkTemperature } from "../policy/sampler.js";
import { DamagedPolicyError } from "../policy/policy.js";
import type { TransformerPolicy } from "../policy/transformer-policy.js";
import { assertSeed, Random } from "../random.js";
import { rollout, type RolloutRequest } from "../rollout/rollout.js";
import type { Trajectory } from "../rollout/trajectory.js";
import { Adam } from "./adam.js";
import { sliceTokens } from "./batch.js";
import { BestParameters } from "./best.js";
import { rolloutMetrics } from "./rollout-metrics.js";
import { trainingSeed } from "./seeds.js";
import { readTrainingState, writeTrainingState, type TrainingState } from "./state.js";
import { update, type Metrics } from "./update.js";
import { demonstrate } from "./warm-start.js";
import { warmStartPolicy } from "./checkpoints.js";

export interface TrainOptions {
  /** A registered environment's id, or a function that makes one (called once per episode). */
  environment: string | (() => Environment);
  /** Options of a registered environment. */
  environmentOptions?: Readonly<Record<string, OptionValue>>;
  /**
   * What is trained; it stays the caller's to dispose. By default the environment's warm-start policy, which
   * {@link Training.policy} then holds.
   */
  policy?: TransformerPolicy;
  /** Name in the catalogue (`arl algorithms`), or an algorithm of your own. The recipe's by default. */
  algorithm?: string | Algorithm;
  /** Of a named algorithm. */
  algorithmOptions?: AlgorithmOptions;
  /** Determines everything random. 0 by default. */
  seed?: number;
  /** How many updates, how many tasks in each and how many rollouts of each task: the recipe's by default. */
  updates?: number;
  prompts?: number;
  groupSize?: number;
  learningRate?: number;
  /** Of the sampling; 1 by default. */
  temperature?: number;
  /**
   * Which parameters the policy holds at the end: those of the best mean return over four updates in a row
   * (default), or the last ones. Games between several agents keep the last: their returns add up to nothing.
   */
  keep?: "best" | "last";
  /** A file written by {@link Training.save}: goes on where it was, bit for bit on the same engine. */
  resume?: string;
  /** Aborting it stops training within 250 ms. In a notebook the running cell's stop button does by default. */
  signal?: AbortSignal;
}

export interface TrainStep {
  /** Updates done, from 1. */
  update: number;
  updates: number;
  /** Seconds of training so far, sampling included. */
  seconds: number;
  metrics: Metrics;
  /** What was rolled out for this update, and the advantages it was learned with (one array per trajectory). */
  trajectories: readonly Trajectory[];
  advantages: readonly Float32Array[];
}

/** Settings of environments that come without a recipe. */
const standardRecipe = { algorithm: "grpo", learningRate: 1e-3, updates: 100, prompts: 16, groupSize: 8 };

/**
 * Trains a policy: `for await (const step of train({ environment: "weather" })) …`.
 *
 * However the loop ends (all updates, `break`, an error, the signal) no tensor is left behind but the policy's,
 * and the policy holds what was learned. @throws RangeError for options that make no sense, before anything runs.
 */
export function train(options: TrainOptions): Training {
  return new Training(options);
}

export class Training implements AsyncIterable<TrainStep> {
  readonly algorithm: Algorithm;
  readonly recipe: Pick<Recipe, "learningRate" | "updates" | "prompts" | "groupSize">;
  private readonly makeEnvironment: () => Environment;
  private readonly seed: number;
  private trained: TransformerPolicy | undefined;
  private session: Session | undefined;
  private started = false;
  private last: TrainingState | undefined;

  constructor(private readonly options: TrainOptions) {
    const { environment, environmentOptions } = options;
    this.makeEnvironment =
      typeof environment === "string" ? () => makeEnvironment(environment, environmentOptions) : environment;
    const definition = typeof environment === "string" ? environmentDefinition(environment) : undefined;
    // Made once now, so that a wrong option is reported before anything is sampled.
    if (definition !== undefined) this.makeEnvironment().close?.();
    const recipe = { ...standardRecipe, ...definition?.recipe };
    this.recipe = {
      learningRate: options.learningRate ?? recipe.learningRate,
      updates: options.updates ?? recipe.updates,
      prompts: options.prompts ?? recipe.prompts,
      groupSize: options.groupSize ?? recipe.groupSize,
    };
    checkSizes(this.recipe);
    const chosen = options.algorithm ?? recipe.algorithm;
    // The recipe's entropy bonus and epochs belong to its own algorithm; another brings its own defaults.
    const own: AlgorithmOptions = chosen === recipe.algorithm ? recipeOptions(definition?.recipe) : {};
    this.algorithm =
      typeof chosen === "string" ? namedAlgorithm(chosen, { ...own, ...options.algorithmOptions }) : chosen;
    this.seed = options.seed ?? 0;
    assertSeed(this.seed, "train: seed");
    checkTemperature(options.temperature ?? 1);
    this.trained = options.policy;
    if (this.trained !== undefined) this.checkPolicy(this.trained);
  }

  /** What is being trained. @throws Error before the first step when the policy was left to the trainer. */
  get policy(): TransformerPolicy {
    if (this.trained === undefined) throw new Error("Training.policy is there from the first step on");
    return this.trained;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrainStep, void, undefined> {
    if (this.started) throw new Error("This training has run; call train() again, with `resume` to go on");
    this.started = true;
    const signal = this.options.signal ?? ambientSignal();
    signal?.throwIfAborted();
    if (this.trained === undefined) {
      this.trained = await warmStartPolicy(this.options.environment, {
        environmentOptions: this.options.environmentOptions ?? {},
        valueHead: this.algorithm.valueHead,
        seed: this.seed,
        ...(signal === undefined ? {} : { signal }),
      });
      this.checkPolicy(this.trained);
    }
    const session = (this.session = await this.open(this.trained, signal));
    try {
      while (session.update < this.recipe.updates) {
        yield await session.step();
      }
    } finally {
      this.last = session.complete;
      this.session = undefined;
      session.close();
    }
  }

  /** Runs to the end. @returns all steps, without their trajectories. */
  async run(onStep?: (step: TrainStep) => void): Promise<Omit<TrainStep, "trajectories" | "advantages">[]> {
    const steps = [];
    for await (const step of this) {
      onStep?.(step);
      const { update, updates, seconds, metrics } = step;
      steps.push({ update, updates, seconds, metrics });
    }
    return steps;
  }

  /** Writes all that is needed to go on after the last complete update: see {@link TrainOptions.resume}. */
  save(path: string): void {
    const state = this.session?.complete ?? this.last;
    if (state === undefined) throw new Error("Training.save: nothing has been trained yet");
    writeTrainingState(path, state, this.policy);
  }

  private async open(policy: TransformerPolicy, signal: AbortSignal | undefined): Promise<Session> {
    const { recipe, algorithm, options } = this;
    const session = await Session.open({
      ...{ policy, algorithm, signal, environment: this.makeEnvironment },
      ...{ prompts: recipe.prompts, groupSize: recipe.groupSize, learningRate: recipe.learningRate },
      updates: recipe.updates,
      temperature: options.temperature ?? 1,
      keep: options.keep ?? "best",
      seed: this.seed,
    });
    if (options.resume !== undefined) {
      try {
        await session.restore(readTrainingState(options.resume, policy, algorithm));
      } catch (error) {
        session.close();
        throw error;
      }
    }
    return session;
  }

  private checkPolicy(policy: TransformerPolicy): void {
    if (this.algorithm.valueHead && !policy.hasValueHead) {
      throw new RangeError(
        `${this.algorithm.name} needs a policy with a value head: ` +
          "createPolicyFor(spec, { valueHead: true }) or loadPolicy(path, { valueHead: true })",
      );
    }
  }
}

function recipeOptions(recipe: Recipe | undefined): AlgorithmOptions {
  return {
    ...(recipe?.entropy === undefined ? {} : { entropy: recipe.entropy }),
    ...(recipe?.epochs === undefined ? {} : { epochs: recipe.epochs }),
    ...(recipe?.kl === undefined ? {} : { kl: recipe.kl }),
  };
}

function checkSizes(sizes: Record<"learningRate" | "updates" | "prompts" | "groupSize", number>): void {
  for (const name of ["updates", "prompts", "groupSize"] as const) {
    const least = name === "updates" ? 0 : 1;
    if (!Number.isSafeInteger(sizes[name]) || sizes[name] < least) {
      throw new RangeError(`train: ${name} must be a whole number of at least ${least}, not ${sizes[name]}`);
    }
  }
  if (!(sizes.learningRate > 0 && Number.isFinite(sizes.learningRate))) {
    throw new RangeError(`train: learningRate must be a positive number, not ${sizes.learningRate}`);
  }
}

interface SessionOptions {
  policy: TransformerPolicy;
  algorithm: Algorithm;
  environment: () => Environment;
  updates: number;
  prompts: number;
  groupSize: number;
  learningRate: number;
  temperature: number;
  keep: "best" | "last";
  seed: number;
  signal: AbortSignal | undefined;
}

/** Training under way: everything that changes from update to update, and the tensors that go with it. */
class Session {
  update = 0;
  private seconds = 0;
  private random: Random;
  private readonly optimizer: Adam;
  private coefficients: number[];
  private algorithmState: AlgorithmState = {};
  private readonly best: BestParameters;
  /**
   * What the present policy played from the start in this update. A strategy may return less (it drops tasks that
   * teach nothing) or more (old and branched rollouts), from which the policy's success could not be told.
   */
  private fresh: Trajectory[] = [];
  /** Trajectories sampled in this update, whatever became of them. */
  private sampled = 0;
  /** Parameters, optimizer and random numbers after the last complete update: what a failed one falls back to. */
  complete!: TrainingState;
  /** The latest complete update whose policy could still be sampled from. */
  private sound!: TrainingState;

  private constructor(
    private readonly options: SessionOptions,
    private readonly reference: TransformerPolicy | undefined,
  ) {
    const { policy, algorithm, seed } = options;
    this.random = new Random(seed, 2);
    this.optimizer = new Adam([...policy.parameters.values()]);
    this.coefficients = algorithm.regularizers.map(({ coefficient }) => coefficient);
    const environment = options.environment();
    const several = environment.spec.agents > 1;
    environment.close?.();
    this.best = new BestParameters(options.keep === "best" && !several);
  }

  static async open(options: SessionOptions): Promise<Session> {
    const { policy, algorithm } = options;
    const session = new Session(
      options,
      algorithm.reference === undefined ? undefined : await policy.clone(),
    );
    session.sound = session.complete = await session.snapshot();
    return session;
  }

  async step(): Promise<TrainStep> {
    const { policy, algorithm, learningRate, temperature, signal } = this.options;
    const start = performance.now();
    this.fresh = [];
    this.sampled = 0;
    let trajectories: Trajectory[];
    try {
      trajectories = await algorithm.sampling.sample(this.samplingContext());
    } catch (error) {
      // The latest update left parameters that are numbers, but too large ones: nothing was learned by it.
      if (error instanceof DamagedPolicyError) this.complete = this.sound;
      throw error;
    }
    this.sound = this.complete;
    const sampled = performance.now();
    const rolled = rolloutMetrics(this.fresh.length > 0 ? this.fresh : trajectories);
    await this.best.offer(rolled["rollout/return"] ?? 0, async () => await policy.values());

    const advantages = algorithm.advantage.estimate(trajectories, this.algorithmState);
    const returns = algorithm.valueHead ? algorithm.advantage.returns?.(trajectories) : undefined;
    const metrics = await update({
      ...{ policy, algorithm, trajectories, advantages, learningRate, temperature },
      ...(this.reference === undefined ? {} : { reference: this.reference }),
      ...(returns === undefined ? {} : { returns }),
      ...(signal === undefined ? {} : { signal }),
      coefficients: this.coefficients,
      optimizer: this.optimizer,
      random: this.random,
      sliceTokens: sliceTokens(policy.config),
    });
    this.adapt(metrics);
    this.update++;
    await this.replaceReference();
    const end = performance.now();
    this.seconds += (end - start) / 1000;
    this.complete = await this.snapshot();
    return {
      update: this.update,
      updates: this.options.updates,
      seconds: this.seconds,
      metrics: {
        ...metrics,
        ...rolled,
        "rollout/trajectories": this.sampled,
        "time/sample_ms": sampled - start,
        "time/update_ms": end - sampled,
      },
      trajectories,
      advantages,
    };
  }

  private samplingContext() {
    const { policy, environment, prompts, groupSize, temperature, signal } = this.options;
    const abort = signal === undefined ? {} : { signal };
    return {
      ...{ prompts, groupSize, random: this.random, state: this.algorithmState, update: this.update },
      nextSeed: () => trainingSeed(this.random),
      rollout: async (requests: readonly RolloutRequest[]) => {
        const seed = this.random.seed();
        const played = await rollout({ environment, policy, requests, temperature, seed, ...abort });
        if (requests.every(({ prefix }) => prefix === undefined)) {
          // Every call numbers its episodes from 0.
          for (const one of played) this.fresh.push({ ...one, episode: this.sampled + one.episode });
        }
        this.sampled += played.length;
        return played;
      },
      demonstrations: async (requests: readonly RolloutRequest[]) =>
        await demonstrate(environment, policy.vocabulary, requests, this.random, signal),
    };
  }

  /** Coefficients that follow what was measured. */
  private adapt(metrics: Metrics): void {
    for (const [i, { adapt, metric }] of this.options.algorithm.regularizers.entries()) {
      const measured = metrics[metric];
      // Nothing is measured where there was nothing to learn from.
      if (adapt !== undefined && measured !== undefined) {
        this.coefficients[i] = adapt(this.coefficients[i]!, measured);
      }
    }
  }

  private async replaceReference(): Promise<void> {
    const { replaceEvery: every, averageDecay } = this.options.algorithm.reference ?? {};
    if (averageDecay !== undefined) {
      const [old, present] = [await this.reference!.values(), await this.options.policy.values()];
      for (const [name, values] of old) {
        const latest = present.get(name)!;
        for (let i = 0; i < values.length; i++) {
          values[i] = averageDecay * values[i]! + (1 - averageDecay) * latest[i]!;
        }
      }
      this.reference!.assign(old);
    }
    if (every !== undefined && this.update % every === 0)
      this.reference!.assign(await this.options.policy.values());
  }

  private async snapshot(): Promise<TrainingState> {
    return {
      algorithm: this.options.algorithm.name,
      seed: this.options.seed,
      update: this.update,
      seconds: this.seconds,
      random: this.random.state,
      algorithmState: structuredClone(this.algorithmState),
      coefficients: [...this.coefficients],
      best: this.best.state,
      optimizer: await this.optimizer.state(),
      parameters: await this.options.policy.values(),
      ...(this.reference === undefined ? {} : { reference: await this.reference.values() }),
    };
  }

  async restore(state: TrainingState): Promise<void> {
    this.update = state.update;
    this.seconds = state.seconds;
    this.random = Random.fromState(state.random);
    this.algorithmState = structuredClone(state.algorithmState);
    this.coefficients = [...state.coefficients];
    this.best.state = state.best;
    this.optimizer.restore(state.optimizer);
    this.options.policy.assign(state.parameters);
    if (state.reference !== undefined) this.reference?.assign(state.reference);
    this.sound = this.complete = await this.snapshot();
  }

  /** Leaves the policy with what was learned, and frees everything else. */
  close(): void {
    this.options.policy.assign(this.best.parameters ?? this.complete.parameters);
    this.optimizer.dispose();
    this.reference?.dispose();
  }
}
