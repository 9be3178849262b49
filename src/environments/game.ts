/** What the two-player games share: who the opponent is, and how a game ends in self-play. */
import type { StepResult } from "./environment.js";

/**
 * "random" and "optimal" play inside the environment, after the agent; with "self" both players are agents,
 * each with a context of its own.
 */
export const opponents = ["random", "optimal", "self"] as const;

export type Opponent = (typeof opponents)[number];

/**
 * Refuses an `opponent` option that is none of these.
 *
 * @throws RangeError
 */
export function requireOpponent(value: string): asserts value is Opponent {
  if ((opponents as readonly string[]).includes(value)) return;
  throw new RangeError(`Option opponent must be one of ${opponents.join(", ")}, not "${value}"`);
}

/**
 * The rewards of one step as {@link StepResult} has them: `rewards` and `agent` only with two agents.
 *
 * @param actor the agent that acted.
 * @param next the agent that acts next or, at the end, is shown the last observation.
 * @param rewards what agent 0 and agent 1 receive.
 */
export function pay(
  selfPlay: boolean,
  actor: number,
  next: number,
  rewards: readonly [number, number],
): Pick<StepResult, "reward"> | Pick<StepResult, "reward" | "rewards" | "agent"> {
  return selfPlay ? { reward: rewards[actor]!, rewards, agent: next } : { reward: rewards[0] };
}
