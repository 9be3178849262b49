/** One training under way: what changes from update to update, and the tensors that go with it. */
import type { Algorithm, AlgorithmState } from "../algorithms/algorithm.js";
import type { Environment } from "../environments/environment.js";
import { DamagedPolicyError } from "../policy/policy.js";
import type { TransformerPolicy } from "../policy/transformer-policy.js";
import { Random } from "../random.js";
import { rollout, type RolloutRequest } from "../rollout/rollout.js";
import type { Trajectory } from "../rollout/trajectory.js";
import { Adam } from "./adam.js";
import { sliceTokens } from "./batch.js";
import { BestParameters } from "./best.js";
import { EnvironmentPool } from "./environment-pool.js";
import { rolloutMetrics } from "./rollout-metrics.js";
import { trainingSeed } from "./seeds.js";
import type { TrainingState } from "./state.js";
import { update, type Metrics } from "./update.js";
import { demonstrate } from "./warm-start.js";

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

export interface SessionOptions {
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
  /** Of a named algorithm, as JSON. */
  algorithmOptions: string;
  signal: AbortSignal | undefined;
}

/** Training under way: everything that changes from update to update, and the tensors that go with it. */
export class Session {
  update = 0;
  private seconds = 0;
  private random: Random;
  private readonly optimizer: Adam;
  private readonly environments: EnvironmentPool;
  private coefficients: number[];
  private algorithmState: AlgorithmState = {};
  /**
   * What the present policy played from the start in this update. A strategy may return less (it drops tasks that
   * teach nothing) or more (old and branched rollouts), from which the policy's success could not be told.
   */
  private fresh: Trajectory[] = [];
  /** Seeds of the tasks rolled out in this update. */
  private readonly tasks = new Set<number>();
  /** Trajectories sampled in this update, whatever became of them. */
  private sampled = 0;
  /** Parameters, optimizer and random numbers after the last complete update: what a failed one falls back to. */
  complete!: TrainingState;
  /** The latest complete update whose policy could still be sampled from. */
  private sound!: TrainingState;

  private constructor(
    private readonly options: SessionOptions,
    private readonly reference: TransformerPolicy | undefined,
    private readonly best: BestParameters,
  ) {
    const { policy, algorithm, seed, environment } = options;
    this.random = new Random(seed, 2);
    this.environments = new EnvironmentPool(environment);
    this.optimizer = new Adam([...policy.parameters.values()]);
    this.coefficients = algorithm.regularizers.map(({ coefficient }) => coefficient);
  }

  static async open(options: SessionOptions): Promise<Session> {
    const { policy, algorithm } = options;
    // Made once now: what an environment's constructor throws is thrown before anything is allocated.
    const environment = options.environment();
    const several = environment.spec.agents > 1;
    environment.close?.();
    const best = new BestParameters(options.keep === "best" && !several);
    const reference = algorithm.reference === undefined ? undefined : await policy.clone();
    const session = new Session(options, reference, best);
    try {
      session.sound = session.complete = await session.snapshot();
      return session;
    } catch (error) {
      session.free();
      throw error;
    }
  }

  async step(): Promise<TrainStep> {
    const { policy, algorithm, learningRate, temperature, signal } = this.options;
    const start = performance.now();
    this.fresh = [];
    this.tasks.clear();
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
    // The rollouts were played with the parameters that the latest update left.
    this.best.offer(rolled["rollout/return"] ?? 0, this.complete.parameters);

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
    const { policy, prompts, groupSize, temperature, signal } = this.options;
    const abort = signal === undefined ? {} : { signal };
    return {
      ...{ prompts, groupSize, random: this.random, state: this.algorithmState, update: this.update },
      nextSeed: () => trainingSeed(this.random),
      rollout: async (requests: readonly RolloutRequest[]) => {
        const seed = this.random.seed();
        const played = await this.environments.lend((environment) =>
          rollout({ environment, policy, requests, temperature, seed, ...abort }),
        );
        // Tasks that a strategy comes back to were chosen by how they went: only their first rollouts count.
        const first = requests.every(({ prefix }) => prefix === undefined)
          ? played.filter(({ seed: task }) => !this.tasks.has(task))
          : [];
        // Every call numbers its episodes from 0.
        for (const one of first) {
          this.fresh.push(this.sampled === 0 ? one : { ...one, episode: this.sampled + one.episode });
        }
        for (const { seed: task } of requests) this.tasks.add(task);
        this.sampled += played.length;
        return played;
      },
      demonstrations: async (requests: readonly RolloutRequest[]) =>
        await this.environments.lend((environment) =>
          demonstrate(environment, policy.vocabulary, requests, this.random, signal),
        ),
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
      settings: this.settings(),
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

  /** What a training that goes on must share with the one that was saved. */
  private settings(): Record<string, string | number> {
    const { learningRate, prompts, groupSize, temperature, keep, algorithmOptions } = this.options;
    return { learningRate, prompts, groupSize, temperature, keep, algorithmOptions };
  }

  /** @throws RangeError when the saved training had other settings. */
  async restore(state: TrainingState): Promise<void> {
    for (const [name, value] of Object.entries(this.settings())) {
      const saved = state.settings[name];
      if (saved !== undefined && saved !== value) {
        throw new RangeError(
          `train: the training to resume had ${name} ${saved}, this one has ${value}; give it the same settings`,
        );
      }
    }
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
    this.free();
    this.options.policy.assign(this.best.parameters ?? this.complete.parameters);
  }

  private free(): void {
    this.optimizer.dispose();
    this.reference?.dispose();
  }
}
