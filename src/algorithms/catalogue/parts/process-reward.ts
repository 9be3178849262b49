import type { Trajectory } from "../../../rollout/trajectory.js";
import { episodesOf } from "../../advantages/episodes.js";
import type { AdvantageEstimator } from "../../algorithm.js";
import { requireAtLeast } from "../../objectives/aggregate.js";

/**
 * A reward for the way, on top of the one at the end (after PSGPO, Dai et al. 2024, arXiv 2410.17621): each turn
 * but the last is rewarded with +weight/n where the state it led to can still be won, −weight/n where it cannot,
 * in an episode of n turns.
 *
 * The paper trains a model that predicts such labels for lines of code, and collects them as this does: can any
 * completion of this prefix pass? Here the completions themselves decide: `value` of the next turn, the mean
 * return of rollouts from there (the strategy `monteCarloValues`), is positive. Divided by n, the way can never be
 * worth more than `weight`, however long it is made.
 *
 * @param inner estimates advantages from the changed rewards.
 * @param weight at least 0. Default 0.25.
 * @throws TypeError for turns without a value.
 */
export function processReward(inner: AdvantageEstimator, { weight = 0.25 } = {}): AdvantageEstimator {
  requireAtLeast(weight, 0, "weight");
  return {
    ...inner,
    name: `process reward, ${inner.name}`,
    estimate: (trajectories, state) => inner.estimate(rewarded(trajectories, weight), state),
    ...(inner.returns && {
      returns: (trajectories: readonly Trajectory[]) => inner.returns!(rewarded(trajectories, weight)),
    }),
  };
}

function rewarded(trajectories: readonly Trajectory[], weight: number): Trajectory[] {
  const changed = [...trajectories];
  for (const { rows, turns, return: outcome } of episodesOf(trajectories)) {
    const extra = new Map<number, number>();
    for (const [k, { step }] of turns.entries()) {
      const next = turns[k + 1];
      if (!next) continue;
      if (next.value === undefined) {
        throw new TypeError(
          `processReward: step ${next.step} has no value; sample with the strategy monteCarloValues`,
        );
      }
      extra.set(step, (next.value > 0 ? weight : -weight) / turns.length);
    }
    const total = [...extra.values()].reduce((sum, value) => sum + value, 0);
    for (const row of rows) {
      changed[row] = {
        ...trajectories[row]!,
        return: outcome + total,
        turns: trajectories[row]!.turns.map((turn) => ({
          ...turn,
          reward: turn.reward + (extra.get(turn.step) ?? 0),
        })),
      };
    }
  }
  return changed;
}
