/** The same training over several seeds: what a claim about an algorithm or an environment rests on. */
import { makeEnvironment } from "../environments/registry.js";
import { warmStartPolicy } from "./checkpoints.js";
import { evaluate, type Evaluation } from "./evaluate.js";
import type { MetricsRecord } from "./metrics-file.js";
import { train, type TrainOptions, type TrainStep } from "./train.js";

export interface OverSeedsOptions extends Omit<TrainOptions, "environment" | "policy" | "seed" | "resume"> {
  /** A registered environment's id: every seed starts from its warm-start policy. */
  environment: string;
  seeds: readonly number[];
  /** Of each evaluation; 512 by default. */
  episodes?: number;
  onStep?: (seed: number, step: TrainStep) => void;
}

export interface SeedRun {
  seed: number;
  /** One a update, as learning curves take them. */
  steps: MetricsRecord[];
  before: Evaluation;
  after: Evaluation;
}

/**
 * Trains once for each seed, one after the other, from the same start.
 *
 * `figures.learningCurve({ weather: runs.map(({ steps }) => steps) })` draws mean and interval; `meanInterval(
 * runs.map(({ after }) => after.success))` states them.
 */
export async function trainOverSeeds(options: OverSeedsOptions): Promise<SeedRun[]> {
  const { seeds, episodes = 512, onStep, ...training } = options;
  if (seeds.length === 0) throw new RangeError("trainOverSeeds: seeds is empty; give at least one");
  if (new Set(seeds).size < seeds.length) {
    throw new RangeError(
      `trainOverSeeds: a seed is there twice in ${seeds.join(", ")}; its run would be the same`,
    );
  }
  const { environmentOptions = {}, signal } = options;
  const environment = () => makeEnvironment(options.environment, environmentOptions);
  const { valueHead } = train(training).algorithm;
  const abort = signal === undefined ? {} : { signal };
  const runs: SeedRun[] = [];
  for (const seed of seeds) {
    const policy = await warmStartPolicy(options.environment, { environmentOptions, valueHead, ...abort });
    try {
      const before = await evaluate({ environment, policy, episodes, ...abort });
      const steps: MetricsRecord[] = [];
      for await (const step of train({ ...training, policy, seed })) {
        const { update, seconds, metrics } = step;
        steps.push({ update, seconds, metrics });
        onStep?.(seed, step);
      }
      const after = await evaluate({ environment, policy, episodes, ...abort });
      runs.push({ seed, steps, before, after });
    } finally {
      policy.dispose();
    }
  }
  return runs;
}
