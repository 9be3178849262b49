/** Reinforcement learning as an async iterator: rollouts → advantages → objective → optimizer step → metrics. */
import type { Algorithm, AlgorithmOptions } from "../algorithms/algorithm.js";
import { algorithm as namedAlgorithm } from "../algorithms/catalogue.js";
import { ambientSignal } from "../engine/ambient.js";
import type { Environment, EnvironmentSpec, OptionValue, Recipe } from "../environments/environment.js";
import { environmentDefinition, makeEnvironment } from "../environments/registry.js";
import { checkTemperature } from "../policy/sample-checks.js";
import type { TransformerPolicy } from "../policy/transformer-policy.js";
import { assertSeed } from "../random.js";
import { warmStartPolicy } from "./checkpoints.js";
import { Session, type TrainStep } from "./session.js";
import { readTrainingState, writeTrainingState, type TrainingState } from "./state.js";

export type { TrainStep };

export interface TrainOptions {
  /**
   * A registered environment's id, or a function that makes one. Made once for every episode that is played at the
   * same time, and reset for the episodes of the next update.
   */
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
  /** Determines everything random. By default 0, or that of the training which is resumed. */
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
  /**
   * A file written by {@link Training.save}: goes on where it was, bit for bit on the same engine. Refused when it
   * was trained on another environment, with other options of it, by another algorithm or with another seed.
   */
  resume?: string;
  /** Aborting it stops training within 250 ms. In a notebook the running cell's stop button does by default. */
  signal?: AbortSignal;
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
    if (options.keep !== undefined && !["best", "last"].includes(options.keep)) {
      throw new RangeError(`train: keep must be "best" or "last", not ${JSON.stringify(options.keep)}`);
    }
    if (typeof options.algorithm === "object" && options.algorithmOptions !== undefined) {
      throw new RangeError("train: algorithmOptions belong to a named algorithm; an Algorithm has its own");
    }
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
    writeTrainingState(path, state, this.policy, this.environmentSpec());
  }

  private async open(policy: TransformerPolicy, signal: AbortSignal | undefined): Promise<Session> {
    const { recipe, algorithm, options } = this;
    const state =
      options.resume === undefined
        ? undefined
        : readTrainingState(options.resume, {
            ...{ policy, algorithm, seed: options.seed },
            environment: this.environmentSpec(),
          });
    const session = await Session.open({
      ...{ policy, algorithm, signal, environment: this.makeEnvironment },
      ...{ prompts: recipe.prompts, groupSize: recipe.groupSize, learningRate: recipe.learningRate },
      updates: recipe.updates,
      temperature: options.temperature ?? 1,
      keep: options.keep ?? "best",
      algorithmOptions: JSON.stringify(options.algorithmOptions ?? {}),
      seed: state?.seed ?? this.seed,
    });
    if (state !== undefined) {
      try {
        await session.restore(state);
      } catch (error) {
        session.close();
        throw error;
      }
    }
    return session;
  }

  private environmentSpec(): EnvironmentSpec {
    const environment = this.makeEnvironment();
    environment.close?.();
    return environment.spec;
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
