import type { Trajectory } from "../../rollout/trajectory.js";
import type { AdvantageEstimator } from "../algorithm.js";
import { episodesOf, requireFraction, turnRewards, zeros, type Episode } from "./episodes.js";

export interface GaeOptions {
  /** Discount, in [0, 1]. Default 1. */
  gamma?: number;
  /** How far rewards are followed before values are trusted, in [0, 1]: 0 a step, 1 all. Default 0.95. */
  lambda?: number;
  /**
   * Where γ applies: "turn" where a turn ends, so that long actions are not discounted against short ones
   * (the environment's time passes in turns); "token" at every written token. Default "turn". λ applies at
   * every token.
   */
  discount?: "turn" | "token";
  /** λ of the value targets, where it differs from that of the advantages (VAPO's decoupled GAE takes 1). */
  returnsLambda?: number;
}

/**
 * Generalized advantage estimation over written tokens (Schulman et al. 2016, arXiv 1506.02438):
 *
 *     δ_t = r_t + γ·V(s_{t+1}) − V(s_t)        A_t = δ_t + γλ·A_{t+1}        return_t = A_t + V(s_t)
 *
 * The steps are the tokens the policy wrote: what the environment wrote in between is part of the next state.
 * A turn's reward is received at its last token. Contexts of one agent's episode follow each other, so that
 * credit flows back from one fresh context into the one before.
 *
 * V(s_{t+1}) after the last token: 0 when the episode terminated. When it was truncated, the latest estimate
 * there is: that before the last written token (values are not estimated at tokens others wrote). A cut-off episode that bootstrapped with 0 would teach that time running out
 * is bad luck.
 *
 * Trajectories must carry `values`: the value head's estimate before each token.
 *
 * @throws RangeError for options outside [0, 1], TypeError for trajectories without values.
 */
export function gae(options: GaeOptions = {}): AdvantageEstimator {
  const { gamma = 1, lambda = 0.95, discount = "turn", returnsLambda = lambda } = options;
  requireFraction(gamma, "gamma");
  requireFraction(lambda, "lambda");
  requireFraction(returnsLambda, "returnsLambda");
  return {
    name: "gae",
    needsValues: true,
    estimate: (trajectories) => run(trajectories, lambda, gamma, discount, (advantage) => advantage),
    returns: (trajectories) =>
      run(trajectories, returnsLambda, gamma, discount, (advantage, value) => advantage + value),
  };
}

/** A written token of an episode, with the reward received at it. */
interface Step {
  row: number;
  column: number;
  value: number;
  reward: number;
  endsTurn: boolean;
}

function run(
  trajectories: readonly Trajectory[],
  lambda: number,
  gamma: number,
  discount: "turn" | "token",
  result: (advantage: number, value: number) => number,
): Float32Array[] {
  const results = zeros(trajectories);
  for (const episode of episodesOf(trajectories)) {
    let nextValue = episode.terminated ? 0 : finalValue(episode);
    let nextAdvantage = 0;
    for (const step of writtenTokens(episode, trajectories).reverse()) {
      const factor = discount === "token" || step.endsTurn ? gamma : 1;
      const delta = step.reward + factor * nextValue - step.value;
      nextAdvantage = delta + factor * lambda * nextAdvantage;
      nextValue = step.value;
      results[step.row]![step.column] = result(nextAdvantage, step.value);
    }
  }
  return results;
}

function writtenTokens(episode: Episode, trajectories: readonly Trajectory[]): Step[] {
  const rewards = turnRewards(episode);
  return episode.turns.flatMap(({ row, start, end }, k) => {
    const { mask } = trajectories[row]!;
    const values = valuesOf(trajectories[row]!);
    const steps: Step[] = [];
    for (let column = start; column < end; column++) {
      const endsTurn = column === end - 1;
      if (!mask[column]) continue;
      steps.push({ row, column, value: values[column]!, reward: endsTurn ? rewards[k]! : 0, endsTurn });
    }
    return steps;
  });
}

/** The value estimate at the last written token: what is known of a cut-off episode's end. */
function finalValue(episode: Episode): number {
  for (const trajectory of [...episode.trajectories].reverse()) {
    const column = trajectory.mask.lastIndexOf(1);
    if (column >= 0) return valuesOf(trajectory)[column]!;
  }
  return 0;
}

function valuesOf({ values, episode }: Trajectory): Float32Array {
  if (!values) {
    throw new TypeError(
      `gae: episode ${episode} has no values; sample it with a policy that has a value head`,
    );
  }
  return values;
}
