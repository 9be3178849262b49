/** Whether one of k attempts at a task succeeds: what a policy could find, beside what it finds at once. */
import type { Environment } from "../environments/environment.js";
import type { Policy } from "../policy/policy.js";
import { Random } from "../random.js";
import { rollout } from "../rollout/rollout.js";
import { meanInterval, type Interval } from "../statistics.js";
import { evaluationSeeds } from "./seeds.js";

/**
 * Unbiased estimate of the probability that at least one of k attempts succeeds, from n ≥ k attempts of which c
 * did: 1 − C(n − c, k) / C(n, k), as a product without large numbers (Chen et al. 2021, arXiv 2107.03374, equation 1).
 *
 * @param attempts n.
 * @param successes c, from 0 to n.
 * @param k from 1 to n.
 * @throws RangeError when one of them is not such a whole number.
 */
export function passAtK(attempts: number, successes: number, k: number): number {
  requireCount("attempts", attempts, 1, Infinity);
  requireCount("successes", successes, 0, attempts);
  requireCount("k", k, 1, attempts);
  let allFail = 1;
  for (let i = 0; i < k; i++) allFail *= Math.max(0, attempts - successes - i) / (attempts - i);
  return 1 - allFail;
}

export interface PassAtKOptions {
  environment: () => Environment;
  policy: Policy;
  /** Held-out tasks: 64 by default. */
  tasks?: number;
  /** Episodes of each, sampled: 64 by default. */
  attempts?: number;
  /** Which k; by default the powers of two up to `attempts`. */
  ks?: readonly number[];
  /** 1 by default. */
  temperature?: number;
  /** Of the sampling; the tasks are the same for every seed. 0 by default. */
  seed?: number;
  signal?: AbortSignal;
}

export interface PassAtKEvaluation {
  attempts: number;
  /** Attempts that succeeded, for each task. */
  successes: number[];
  /** pass@k for each k: mean over the tasks with its 95 % t-interval. */
  curve: { k: number; pass: Interval }[];
}

/**
 * Plays each of a number of held-out tasks many times, and estimates pass@k.
 *
 * @throws RangeError when `tasks`, `attempts` or one of `ks` is not a whole number that makes sense.
 */
export async function evaluatePassAtK(options: PassAtKOptions): Promise<PassAtKEvaluation> {
  const { environment, policy, tasks = 64, attempts = 64, temperature = 1, seed = 0, signal } = options;
  requireCount("tasks", tasks, 1, Infinity);
  requireCount("attempts", attempts, 1, Infinity);
  const ks = options.ks ?? powersOfTwo(attempts);
  for (const k of ks) requireCount("k", k, 1, attempts);
  const successes: number[] = [];
  for (const [i, task] of evaluationSeeds(tasks).entries()) {
    const trajectories = await rollout({
      ...{ environment, policy, temperature, split: "test" as const },
      seed: new Random(seed, i).seed(),
      requests: Array.from({ length: attempts }, () => ({ seed: task })),
      ...(signal === undefined ? {} : { signal }),
    });
    successes.push(new Set(trajectories.filter(({ success }) => success).map(({ episode }) => episode)).size);
  }
  return {
    attempts,
    successes,
    curve: ks.map((k) => ({
      k,
      pass: meanInterval(successes.map((count) => passAtK(attempts, count, k))),
    })),
  };
}

function powersOfTwo(most: number): number[] {
  const powers = [];
  for (let k = 1; k <= most; k *= 2) powers.push(k);
  return powers;
}

function requireCount(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  const range = most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`pass@k: ${name} must be a whole number ${range}, not ${value}`);
}
