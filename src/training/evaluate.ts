/** How good a policy is, measured on tasks it was not trained on. */
import type { Environment } from "../environments/environment.js";
import type { Policy } from "../policy/policy.js";
import { Random } from "../random.js";
import { rollout } from "../rollout/rollout.js";
import type { Trajectory } from "../rollout/trajectory.js";
import { wilsonInterval, type Interval } from "../statistics.js";
import { rolloutMetrics } from "./rollout-metrics.js";
import { evaluationSeeds } from "./seeds.js";

export interface EvaluateOptions {
  environment: () => Environment;
  /** One policy for all agents, or one for each. */
  policy: Policy | readonly Policy[];
  /** 512 by default. */
  episodes?: number;
  /** False by default: actions are drawn, as in training. Greedy decoding hides weakness. */
  greedy?: boolean;
  /** 1 by default. */
  temperature?: number;
  /** Of the sampling; the tasks are the same for every seed. 0 by default. */
  seed?: number;
  signal?: AbortSignal;
}

export interface Evaluation {
  /** Share of episodes solved. */
  success: number;
  /** Its 95 % interval (Wilson's). */
  interval: Interval;
  /** How many episodes (times agents). */
  episodes: number;
  /** The same figures as in training, "rollout/…". */
  metrics: Record<string, number>;
  trajectories: Trajectory[];
}

/** Plays held-out tasks and counts. */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { environment, policy, episodes = 512, greedy = false, temperature = 1, seed = 0, signal } = options;
  if (!Number.isSafeInteger(episodes) || episodes < 1) {
    throw new RangeError(`evaluate: episodes must be a whole number of at least 1, not ${episodes}`);
  }
  const trajectories: Trajectory[] = [];
  const seeds = evaluationSeeds(episodes);
  // In portions: more rows at once would not be sampled faster, but hold more of the cache in memory.
  for (let first = 0; first < episodes; first += portion) {
    const part = await rollout({
      ...{ environment, policy, greedy, temperature, split: "test" as const },
      // Rows are seeded by their place in a portion: each portion needs a seed of its own.
      seed: new Random(seed, first).seed(),
      requests: seeds.slice(first, first + portion).map((task, i) => ({ seed: task, group: first + i })),
      ...(signal === undefined ? {} : { signal }),
    });
    for (const trajectory of part) trajectories.push({ ...trajectory, episode: trajectory.episode + first });
  }
  const outcomes = new Map(trajectories.map((t) => [`${t.episode} ${t.agent}`, t.success]));
  const successes = [...outcomes.values()].filter(Boolean).length;
  return {
    success: successes / outcomes.size,
    interval: wilsonInterval(successes, outcomes.size),
    episodes: outcomes.size,
    metrics: rolloutMetrics(trajectories),
    trajectories,
  };
}

const portion = 256;
