/** What the trainer's tests have in common: a tiny policy for the echo world, and algorithms made of plain parts. */
import * as tf from "@tensorflow/tfjs-core";
import type { Algorithm, LossInputs } from "../../../src/algorithms/algorithm.js";
import { groupSampling } from "../../../src/algorithms/sampling/groups.js";
import { createPolicyFor, type TransformerPolicy } from "../../../src/policy/index.js";
import { Random } from "../../../src/random.js";
import { rollout, type Trajectory } from "../../../src/rollout/index.js";
import { Echo } from "../rollout/worlds.js";

/** One word a turn, so that chance is right often enough to be learned from. */
export const oneWord = { maxActionTokens: 1, stopTokens: [] };
export const echo = () => new Echo(oneWord);

export async function echoPolicy(
  options: { valueHead?: boolean; seed?: number; width?: number; layers?: number } = {},
): Promise<TransformerPolicy> {
  return await createPolicyFor(new Echo().spec, { width: 8, layers: 1, heads: 2, ...options });
}

export async function played(policy: TransformerPolicy, count: number, seed = 1): Promise<Trajectory[]> {
  const requests = Array.from({ length: count }, (_, i) => ({ seed: i, group: i >> 2 }));
  return await rollout({ environment: echo, policy, requests, seed });
}

/** Random numbers where the policy wrote, 0 elsewhere. */
export function randomAdvantages(trajectories: readonly Trajectory[], seed = 3): Float32Array[] {
  const random = new Random(seed);
  return trajectories.map(({ mask }) => Float32Array.from(mask, (bit) => (bit === 1 ? random.normal() : 0)));
}

/** −Σ advantage · log π / rows: a policy gradient without any frills. */
export function plainLoss({ logProbs, advantages, mask, counts }: LossInputs): tf.Scalar {
  return tf.div(tf.neg(tf.sum(tf.mul(tf.mul(logProbs, advantages), mask))), counts.rows);
}

/** REINFORCE with the batch's mean as its baseline, in a few lines; `changes` replace its parts. */
export function plainAlgorithm(changes: Partial<Algorithm> = {}): Algorithm {
  return {
    name: "plain",
    sampling: groupSampling(),
    advantage: {
      name: "return minus mean",
      estimate(trajectories) {
        const mean = trajectories.reduce((sum, t) => sum + t.return, 0) / trajectories.length;
        return trajectories.map((t) => Float32Array.from(t.mask, (bit) => bit * (t.return - mean)));
      },
    },
    objective: { name: "plain", kind: "policy", loss: plainLoss },
    regularizers: [],
    epochs: 1,
    minibatches: 1,
    valueHead: false,
    ...changes,
  };
}
