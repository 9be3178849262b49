import type { Trajectory } from "../../rollout/trajectory.js";
import type { SamplingStrategy } from "../algorithm.js";
import { actionsOf, branch } from "./branching.js";
import { byEpisode, drawTasks, merged, requestsFor } from "./tasks.js";

/**
 * Rollouts that differ from one turn on, of which only that turn is learned from: what a step-wise preference
 * needs (Step-DPO, Lai et al. 2024, arXiv 2406.18629).
 *
 * Each task is rolled out once; a turn of that rollout is drawn uniformly; `groupSize` − 1 siblings replay
 * the actions before it and go on. In every one of them the mask is 1 on that turn alone: a preference
 * between two siblings is then one between two next steps after the same beginning, judged by how the
 * episodes ended.
 *
 * Simplified: Step-DPO's wrong steps are located by a stronger model or by people, and its right ones
 * verified answers; here the step is drawn and the outcome decides.
 *
 * With several agents or fresh contexts, only the context that holds the turn is returned.
 */
export function divergingTurns(): SamplingStrategy {
  return {
    name: "diverging turns",
    async sample(context) {
      const { groupSize, prompts, random } = context;
      const firsts = await context.rollout(requestsFor(drawTasks(context, prompts), 1));
      const parents = byEpisode(firsts).map((episode) => ({
        episode,
        step: random.integer(actionsOf(episode).length),
      }));
      const steps = new Map(parents.map(({ episode, step }) => [episode[0]!.group, step]));
      const requests = parents.flatMap(({ episode, step }) =>
        Array.from({ length: groupSize - 1 }, () => branch(episode, step)),
      );
      const siblings = requests.length > 0 ? await context.rollout(requests) : [];
      return merged([firsts, siblings]).flatMap((trajectory) => {
        const turn = trajectory.turns.find(({ step }) => step === steps.get(trajectory.group));
        return turn ? [onlyTurn(trajectory, turn.start, turn.end)] : [];
      });
    },
  };
}

function onlyTurn(trajectory: Trajectory, start: number, end: number): Trajectory {
  const within = (_: number, t: number): boolean => t >= start && t < end;
  return {
    ...trajectory,
    mask: trajectory.mask.map((bit, t) => (within(bit, t) ? bit : 0)),
    logProbs: trajectory.logProbs.map((logProb, t) => (within(logProb, t) ? logProb : 0)),
  };
}
