/** Trainings of learning checks. */
import { evaluate } from "../../src/training/evaluate.js";
import { makeEnvironment } from "../../src/environments/registry.js";
import { train, type TrainOptions } from "../../src/training/train.js";
import { warmStartPolicy } from "../../src/training/checkpoints.js";
import type { TransformerPolicy } from "../../src/policy/transformer-policy.js";
import type { Environment } from "../../src/environments/environment.js";
import type { LearningRun } from "./exercise.js";

export interface TrainedSuccessOptions extends Omit<TrainOptions, "seed" | "signal" | "resume"> {
  /** Where success is measured, if not where it was trained: the reward may be the learner's, success is not. */
  measuredIn?: () => Environment;
  /** Episodes of the evaluation; 256 by default. */
  episodes?: number;
  /** Training ends early once success, averaged over four updates, is this high: a check need not see the rest. */
  until?: number;
}

/**
 * Trains with one seed and measures, on held-out episodes, the success (sampled) of what came of it.
 *
 * The policy is the environment's warm start by default, as in {@link train}; one that is given is trained and
 * stays the caller's. Progress counts updates and shows the success of the last one.
 */
export async function trainedSuccess(
  { measuredIn, episodes = 256, until = Infinity, ...options }: TrainedSuccessOptions,
  { seed, signal, progress }: LearningRun,
): Promise<number> {
  const training = train({ ...options, seed, signal });
  const recent: number[] = [];
  let made: TransformerPolicy | undefined;
  try {
    for await (const { update, updates, metrics } of training) {
      if (options.policy === undefined) made = training.policy;
      const success = metrics["rollout/success"] ?? NaN;
      recent.push(success);
      progress(update / updates, `update ${update} of ${updates}, success ${share(success)}`);
      if (recent.length >= 4 && mean(recent.slice(-4)) >= until) break;
    }
    const { environment, environmentOptions } = options;
    const { success } = await evaluate({
      environment:
        measuredIn ??
        (typeof environment === "string"
          ? () => makeEnvironment(environment, environmentOptions)
          : environment),
      ...{ policy: options.policy ?? training.policy, episodes, seed, signal },
    });
    return success;
  } finally {
    made?.dispose();
  }
}

/** A registered environment's warm-start policy for as long as `work` takes. */
export async function withWarmStart<T>(
  environment: string,
  signal: AbortSignal,
  work: (policy: TransformerPolicy) => Promise<T>,
): Promise<T> {
  const policy = await warmStartPolicy(environment, { signal });
  try {
    return await work(policy);
  } finally {
    policy.dispose();
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const share = (value: number) => value.toFixed(2).replace(/^0/, "");
