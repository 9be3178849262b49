import type { RolloutRequest } from "../../rollout/rollout.js";
import type { Trajectory, Turn } from "../../rollout/trajectory.js";
import { episodesOf, mean, requireFraction, returnsToGo, turnRewards } from "../advantages/episodes.js";
import type { SamplingContext, SamplingStrategy } from "../algorithm.js";
import { actionsOf } from "./branching.js";
import { byEpisode, requireCount } from "./tasks.js";

export interface MonteCarloValueOptions {
  /** Extra rollouts from each state. Default 4. */
  rollouts?: number;
  /** Discount per turn of their returns. Default 1. */
  gamma?: number;
}

/** A state of a task: what was played up to it. */
interface State {
  request: RolloutRequest;
  step: number;
  agent: number;
}

/**
 * Monte-Carlo values (VinePPO, Kazemnejad et al. 2024, arXiv 2410.01679): from the state before each written
 * turn, `rollouts` extra episodes are played to the end with the current policy; their mean return-to-go
 * becomes the turn's `value`. The advantage estimator `vineAdvantage` reads it. The extra episodes are not
 * learned from.
 *
 * Costs `rollouts` episodes a turn. States that several rollouts of a task share (its beginning) are valued
 * once.
 *
 * @param inner makes the rollouts whose turns are valued.
 */
export function monteCarloValues(
  inner: SamplingStrategy,
  { rollouts = 4, gamma = 1 }: MonteCarloValueOptions = {},
): SamplingStrategy {
  requireCount(rollouts, 1, "rollouts");
  requireFraction(gamma, "gamma");
  return {
    name: `${inner.name}, ${rollouts} value rollouts`,
    async sample(context) {
      const trajectories = await inner.sample(context);
      const states = new Map<string, State>();
      const keys = new Map<Turn, string>();
      for (const episode of byEpisode(trajectories)) {
        const actions = actionsOf(episode);
        for (const { turns, agent, seed } of episode) {
          for (const turn of turns) {
            const prefix = actions.slice(0, turn.step);
            const key = JSON.stringify([seed, prefix]);
            keys.set(turn, key);
            states.set(key, { request: { seed, prefix }, step: turn.step, agent });
          }
        }
      }
      const values = await valuesOf(states, rollouts, gamma, context);
      return trajectories.map((trajectory) => ({
        ...trajectory,
        turns: trajectory.turns.map((turn) => ({ ...turn, value: values.get(keys.get(turn)!)! })),
      }));
    },
  };
}

async function valuesOf(
  states: ReadonlyMap<string, State>,
  rollouts: number,
  gamma: number,
  context: SamplingContext,
): Promise<Map<string, number>> {
  const entries = [...states];
  // The state's number travels as the group.
  const requests = entries.flatMap(([, { request }], group) =>
    Array.from({ length: rollouts }, () => ({ ...request, group })),
  );
  const returns = entries.map((): number[] => []);
  const played: Trajectory[] = requests.length > 0 ? await context.rollout(requests) : [];
  for (const episode of episodesOf(played)) {
    const { step, agent } = entries[episode.group]![1];
    if (episode.agent !== agent) continue;
    const from = episode.turns.findIndex((turn) => turn.step >= step);
    if (from >= 0) returns[episode.group]!.push(returnsToGo(turnRewards(episode), gamma)[from]!);
  }
  return new Map(entries.map(([key], i) => [key, mean(returns[i]!)]));
}
