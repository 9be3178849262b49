/** What the entries of the GRPO family share. */
import type { Algorithm, AlgorithmOptions, Objective } from "../algorithm.js";
import { groupRelative } from "../advantages/group-relative.js";
import { clippedRatio } from "../objectives/clipped-ratio.js";
import { regularized } from "../options.js";
import { groupSampling } from "../sampling/groups.js";

/** The options GRPO and most of its variants share, with GRPO's defaults. */
export const grpoDefaults = {
  epochs: 1,
  minibatches: 1,
  clipLow: 0.2,
  clipHigh: 0.2,
  entropy: 0,
  kl: 0,
};

/** Methods whose ratio or clip is the point: a second pass over the batch, or it would do nothing. */
export const twoEpochs = { ...grpoDefaults, epochs: 2 };

type GrpoOptions = Required<Pick<AlgorithmOptions, keyof typeof grpoDefaults>>;

/**
 * GRPO with parts changed: groups, advantages relative to the group (sample standard deviation), a clipped ratio
 * at the level of tokens averaged over tokens.
 */
export function groupBased(
  { epochs, minibatches, clipLow, clipHigh, entropy, kl }: GrpoOptions,
  changed: Partial<Algorithm> = {},
): Omit<Algorithm, "name"> {
  return {
    sampling: groupSampling(),
    advantage: groupRelative(),
    objective: tokenRatio({ clipLow, clipHigh }),
    ...regularized({ entropy, kl }),
    epochs,
    minibatches,
    valueHead: false,
    ...changed,
  };
}

function tokenRatio(clips: { clipLow: number; clipHigh: number }): Objective {
  return clippedRatio({ ...clips, aggregation: "token" });
}
