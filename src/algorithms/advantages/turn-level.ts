import type { AdvantageEstimator } from "../algorithm.js";
import {
  allEqual,
  episodesOf,
  fillTurn,
  groupsOf,
  mean,
  requireFraction,
  returnsToGo,
  standardDeviation,
  turnRewards,
  zeros,
} from "./episodes.js";

export interface TurnLevelOptions {
  /** Discount per turn, in [0, 1]. Default 1. */
  gamma?: number;
  /** Divide by the "sample" (n − 1) or "population" (n) deviation, or by "none". Default "sample". */
  std?: "sample" | "population" | "none";
  /** Added to the standard deviation. Default 1e-6. */
  eps?: number;
  /**
   * What a turn's return-to-go is compared with: "same-turn" those of the turns with the same number in the
   * group's other rollouts; "all-turns" those of every turn in the group. Default "same-turn".
   */
  compare?: "same-turn" | "all-turns";
}

/**
 * Turn-level advantage: each turn is credited with its own return-to-go G_k = Σ_{j ≥ k} γ^{j−k} r_j,
 * normalised within the group: A_{i,k} = (G_{i,k} − mean) / (std + eps).
 *
 * With a single reward at the end, γ = 1 and rollouts of equal length this is {@link groupRelative}; it
 * differs as soon as rewards come on the way: a late mistake no longer blames the turns before it. The
 * formula is this library's: no one paper's; the idea of a credit of its own for each turn is that of
 * multi-turn GRPO variants.
 *
 * A turn with nothing to compare it with (the group's only one with its number), and turns whose
 * returns-to-go are all equal, have advantage 0.
 */
export function turnLevel(options: TurnLevelOptions = {}): AdvantageEstimator {
  const { gamma = 1, std = "sample", eps = 1e-6, compare = "same-turn" } = options;
  requireFraction(gamma, "gamma");
  return {
    name: `turn-level (${compare})`,
    estimate(trajectories) {
      const advantages = zeros(trajectories);
      for (const group of groupsOf(episodesOf(trajectories))) {
        const returns = group.map((episode) => returnsToGo(turnRewards(episode), gamma));
        for (const [i, { turns }] of group.entries()) {
          for (const [k, turn] of turns.entries()) {
            const peers =
              compare === "all-turns" ? returns.flat() : returns.flatMap((own) => own.slice(k, k + 1));
            fillTurn(advantages, trajectories, turn, normalised(returns[i]![k]!, peers, std, eps));
          }
        }
      }
      return advantages;
    },
  };
}

/**
 * GRPO with process supervision (Shao et al. 2024, arXiv 2402.03300): every turn's reward is normalised by
 * mean and standard deviation of all turn rewards in the group, and a token's advantage is the sum of the
 * normalised rewards of its own turn and the turns after it.
 *
 * A turn with no reward of its own still has a normalised one (below the mean when others were rewarded), so
 * that the number of turns matters: with rewards only at the end, {@link turnLevel} is the better choice.
 *
 * @param std "sample" (n − 1) or "population" (n) standard deviation. Default "sample".
 * @param eps added to it. Default 1e-6.
 */
export function processSupervision({
  std = "sample",
  eps = 1e-6,
}: { std?: "sample" | "population"; eps?: number } = {}): AdvantageEstimator {
  return {
    name: "process-supervision",
    estimate(trajectories) {
      const advantages = zeros(trajectories);
      for (const group of groupsOf(episodesOf(trajectories))) {
        const rewards = group.map(turnRewards);
        const peers = rewards.flat();
        for (const [i, { turns }] of group.entries()) {
          const sums = returnsToGo(
            rewards[i]!.map((reward) => normalised(reward, peers, std, eps)),
            1,
          );
          for (const [k, turn] of turns.entries()) fillTurn(advantages, trajectories, turn, sums[k]!);
        }
      }
      return advantages;
    },
  };
}

function normalised(
  value: number,
  peers: readonly number[],
  std: "sample" | "population" | "none",
  eps: number,
): number {
  if (allEqual(peers)) return 0;
  const scale = std === "none" ? 1 : standardDeviation(peers, std) + eps;
  return (value - mean(peers)) / scale;
}
