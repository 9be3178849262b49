/** The warm start: a fresh policy imitates an environment's weak scripted policy until it knows the format. */
import * as tf from "@tensorflow/tfjs-core";
import type { Variable } from "@tensorflow/tfjs-core";
import { ambientSignal } from "../engine/ambient.js";
import { Pace, read, unlessAborted } from "../engine/pace.js";
import type { Environment, Recipe } from "../environments/environment.js";
import { createPolicyFor, type TransformerPolicy } from "../policy/transformer-policy.js";
import { Random } from "../random.js";
import { Episode } from "../rollout/episode.js";
import type { RolloutRequest } from "../rollout/rollout.js";
import type { Trajectory } from "../rollout/trajectory.js";
import type { Vocabulary } from "../policy/vocabulary.js";
import { Adam } from "./adam.js";
import { packRows, sliceRows, sliceTokens, type Row } from "./batch.js";
import { lossGradient } from "./loss-gradient.js";
import { trainingSeed } from "./seeds.js";

export interface WarmStartOptions {
  environment: () => Environment;
  recipe: Pick<Recipe, "warmStart" | "model">;
  /** 0 by default. */
  seed?: number;
  valueHead?: boolean;
  signal?: AbortSignal;
  /** Called after every optimizer step. */
  onStep?: (step: WarmStartStep) => void;
}

export interface WarmStartStep {
  step: number;
  steps: number;
  /** Mean negative log-likelihood of a demonstrated token, in nats. */
  loss: number;
}

/** Contexts imitated in one optimizer step. */
const batchSize = 64;
/** Steps over which the learning rate grows to its full value. */
const warmUp = 20;

/** Makes demonstrations and trains a fresh policy on them. The caller disposes it. */
export async function warmStart(options: WarmStartOptions): Promise<TransformerPolicy> {
  const { environment, recipe, seed = 0, valueHead = false, signal = ambientSignal(), onStep } = options;
  const { demonstrations, steps, learningRate } = recipe.warmStart;
  const random = new Random(seed, 1);
  const sample = environment();
  const { spec } = sample;
  sample.close?.();
  const policy = await createPolicyFor(spec, { ...recipe.model, valueHead, seed });
  const parameters = [...policy.parameters.values()];
  const optimizer = new Adam(parameters);
  try {
    const tasks = Array.from({ length: demonstrations }, (_, group) => ({
      seed: trainingSeed(random),
      group,
    }));
    const pool = (await demonstrate(environment, policy.vocabulary, tasks, random, signal)).map(rowOf);
    for (let i = 0; i < steps; i++) {
      const rows = random.sample(pool, batchSize);
      const { loss, gradient } = await imitationGradient(policy, rows, parameters, signal);
      try {
        await optimizer.step(gradient, learningRate * Math.min(1, (i + 1) / warmUp));
      } finally {
        gradient.dispose();
      }
      if (!Number.isFinite(loss)) throw new Error(`warmStart: the loss is ${loss} at step ${i + 1}`);
      onStep?.({ step: i + 1, steps, loss });
    }
    return policy;
  } catch (error) {
    policy.dispose();
    throw error;
  } finally {
    optimizer.dispose();
  }
}

/**
 * Episodes of the scripted policy as trajectories with `demonstrated` set: mask 1 where it acted, log-probabilities 0.
 * @param random draws the scripted policy's choices
 */
export async function demonstrate(
  environment: () => Environment,
  vocabulary: Vocabulary,
  requests: readonly RolloutRequest[],
  random: Random,
  signal?: AbortSignal,
): Promise<Trajectory[]> {
  const pace = new Pace(signal);
  const demonstrations: Trajectory[] = [];
  const instance = environment();
  try {
    for (const [index, { seed, group = index }] of requests.entries()) {
      await pace.breathe();
      const episode = new Episode(instance, { index, group, seed });
      await unlessAborted(episode.begin("train", []), signal);
      while (!episode.done) await unlessAborted(episode.demonstrate(vocabulary, random), signal);
      for (const trajectory of episode.trajectories())
        demonstrations.push({ ...trajectory, demonstrated: true });
    }
    return demonstrations;
  } finally {
    instance.close?.();
  }
}

function rowOf({ tokens, mask, logProbs }: Trajectory): Row {
  return { tokens, mask, logProbs, advantages: new Float32Array(tokens.length) };
}

/** Gradient of the mean negative log-likelihood of the demonstrated tokens, slice by slice. */
async function imitationGradient(
  policy: TransformerPolicy,
  rows: readonly Row[],
  parameters: readonly Variable[],
  signal: AbortSignal | undefined,
) {
  const tokens = Math.max(
    1,
    rows.reduce((sum, { mask }) => sum + mask.reduce((a, b) => a + b, 0), 0),
  );
  const pace = new Pace(signal);
  let total = 0;
  let gradient = tf.zeros<tf.Rank.R1>([parameters.reduce((sum, { size }) => sum + size, 0)]);
  try {
    const units = rows.map((_, i) => [i]);
    for (const slice of sliceRows(rows, units, sliceTokens(policy.config))) {
      await pace.breathe();
      let loss: tf.Scalar | undefined;
      const next = tf.tidy(() => {
        const packed = packRows(slice.map((row) => rows[row]!));
        const lengths = slice.map((row) => rows[row]!.tokens.length);
        const scored = { tokens: packed.tokens, temperature: 1, lengths, asked: packed.mask };
        const part = lossGradient(policy, scored, ({ logProbs }) => {
          loss = tf.div(tf.neg(tf.sum(tf.mul(logProbs, packed.mask))), tokens);
          return tf.keep(loss);
        });
        return tf.add(gradient, part) as tf.Tensor1D;
      });
      gradient.dispose();
      gradient = next;
      total += (await read(loss!))[0]!;
      loss!.dispose();
    }
    return { loss: total, gradient };
  } catch (error) {
    gradient.dispose();
    throw error;
  }
}
