/** One learning run: warm start → evaluation → reinforcement learning → evaluation. */
import { cpus } from "node:os";
import { currentEngine } from "../../src/engine/index.js";
import type { OptionValue, Recipe } from "../../src/environments/environment.js";
import { exploitability } from "../../src/environments/kuhn-poker-tree.js";
import { environmentDefinition, makeEnvironment } from "../../src/environments/registry.js";
import type { TransformerPolicy } from "../../src/policy/index.js";
import { evaluate, train, warmStartPolicy } from "../../src/training/index.js";
import { kuhnStrategy } from "../../src/training/kuhn-strategy.js";

export interface Job {
  environment: string;
  /** "default", or the name of one of the environment's baselines. */
  variant: string;
  seed: number;
  /** Episodes of each evaluation. */
  episodes: number;
  /** Stop after this many updates instead of the recipe's. */
  updates?: number;
}

export interface Measured {
  success: number;
  /** 95 % interval (Wilson's). */
  low: number;
  high: number;
  /** Kuhn poker only, in antes a game. */
  exploitability?: number;
  /** Further figures of the evaluation, "rollout/…". */
  metrics: Record<string, number>;
}

export interface LearningResult extends Job {
  algorithm: string;
  before: Measured;
  after: Measured;
  /** Success of the same policy when it takes the likeliest token every time. */
  greedyAfter: number;
  updates: number;
  trajectories: number;
  /** Seconds of reinforcement learning: sampling and updates, without warm start and evaluations. */
  seconds: number;
  /** Success of the training rollouts, update by update. */
  curve: number[];
  engine: string;
  machine: string;
  node: string;
}

export async function run(
  job: Job,
  onUpdate?: (update: number, updates: number, success: number) => void,
): Promise<LearningResult> {
  const definition = environmentDefinition(job.environment);
  const { options, recipe } = settings(job);
  const environment = () => makeEnvironment(job.environment, options);
  const valueHead = recipe.algorithm === "ppo";
  const policy = await warmStartPolicy(job.environment, {
    environmentOptions: options,
    valueHead,
    seed: job.seed,
  });
  const before = await measure(job, policy, environment);
  const training = train({
    ...{ environment: job.environment, environmentOptions: options, policy, seed: job.seed },
    ...{ algorithm: recipe.algorithm, learningRate: recipe.learningRate },
    ...{ prompts: recipe.prompts, groupSize: recipe.groupSize, updates: job.updates ?? recipe.updates },
  });
  const curve: number[] = [];
  let trajectories = 0;
  let seconds = 0;
  for await (const step of training) {
    curve.push(round(step.metrics["rollout/success"]!));
    trajectories += step.metrics["rollout/trajectories"]!;
    seconds = step.seconds;
    onUpdate?.(step.update, step.updates, step.metrics["rollout/success"]!);
  }
  const after = await measure(job, policy, environment);
  const greedy = await evaluate({ environment, policy, episodes: job.episodes, greedy: true });
  policy.dispose();
  return {
    ...job,
    algorithm: recipe.algorithm,
    ...{ before, after, greedyAfter: round(greedy.success) },
    ...{ updates: curve.length, trajectories, seconds: round(seconds), curve },
    engine: currentEngine()!.name,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? "unknown CPU"}`,
    node: process.version,
  };

  function settings({ variant }: Job): { options: Record<string, OptionValue>; recipe: Recipe } {
    if (variant === "default") return { options: {}, recipe: definition.recipe };
    const baseline = definition.baselines.find(({ name }) => name === variant);
    if (baseline === undefined) throw new RangeError(`${job.environment} has no baseline "${variant}"`);
    return {
      options: baseline.options as Record<string, OptionValue>,
      recipe: { ...definition.recipe, ...baseline.recipe },
    };
  }
}

async function measure(
  { environment: id, episodes, variant }: Job,
  policy: TransformerPolicy,
  environment: () => ReturnType<typeof makeEnvironment>,
): Promise<Measured> {
  const { success, interval, metrics } = await evaluate({ environment, policy, episodes });
  return {
    ...{ success: round(success), low: round(interval.low), high: round(interval.high) },
    ...(id === "kuhn-poker"
      ? { exploitability: round(exploitability(await kuhnStrategy(policy, variant === "default"))) }
      : {}),
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, round(value)])),
  };
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}
