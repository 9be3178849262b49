import type { Trajectory } from "../../rollout/trajectory.js";
import type { SamplingStrategy } from "../algorithm.js";
import { byGroup, isInformative, merged, requireCount } from "./tasks.js";

const key = "sampling/replay-buffer";

/** A trajectory as JSON: its typed arrays as plain ones. */
type Stored = Omit<Trajectory, "tokens" | "mask" | "logProbs" | "entropies" | "values"> & {
  tokens: number[];
  mask: number[];
  logProbs: number[];
  entropies?: number[];
  values?: number[];
};

/**
 * Replay buffer of informative groups: when an update has fewer than `prompts` groups whose returns differ,
 * those that all agree are replaced by groups of earlier updates, drawn at random from the last `capacity`
 * informative ones (after the selective sample buffer of Skywork R1V2, arXiv 2504.16656, which prefers large
 * advantages).
 *
 * Replayed trajectories keep the log-probabilities of the policy that sampled them: use an objective with a
 * clipped ratio. Until the buffer has something to offer, uninformative groups stay.
 *
 * @param inner makes the fresh rollouts.
 * @param capacity groups that are kept. Default 64.
 */
export function replayBuffer(inner: SamplingStrategy, { capacity = 64 } = {}): SamplingStrategy {
  requireCount(capacity, 1, "capacity");
  return {
    name: `${inner.name}, replay`,
    async sample(context) {
      const buffer = (context.state[key] ??= []) as Stored[][];
      const groups = byGroup(await inner.sample(context));
      const informative = groups.filter(isInformative);
      const missing = Math.max(0, context.prompts - informative.length);
      const old = context.random.sample(buffer, missing).map((group) => group.map(restored));
      const rest = groups.filter((group) => !isInformative(group)).slice(0, missing - old.length);
      buffer.push(...informative.map((group) => group.map(stored)));
      buffer.splice(0, buffer.length - capacity);
      return merged([...informative, ...rest, ...old].map(numbered));
    },
  };
}

/** The group as number `group` of a batch, its episodes counted from 0. */
function numbered(trajectories: readonly Trajectory[], group: number): Trajectory[] {
  const episodes = [...new Set(trajectories.map(({ episode }) => episode))];
  return trajectories.map((trajectory) => ({
    ...trajectory,
    group,
    episode: episodes.indexOf(trajectory.episode),
  }));
}

function stored({ values, entropies, ...trajectory }: Trajectory): Stored {
  const { tokens, mask, logProbs } = trajectory;
  return {
    ...trajectory,
    tokens: [...tokens],
    mask: [...mask],
    logProbs: [...logProbs],
    ...(entropies && { entropies: [...entropies] }),
    ...(values && { values: [...values] }),
  };
}

function restored({ values, entropies, ...trajectory }: Stored): Trajectory {
  return {
    ...trajectory,
    tokens: Int32Array.from(trajectory.tokens),
    mask: Uint8Array.from(trajectory.mask),
    logProbs: Float32Array.from(trajectory.logProbs),
    ...(entropies && { entropies: Float32Array.from(entropies) }),
    ...(values && { values: Float32Array.from(values) }),
  };
}
