/** Batched multi-turn rollouts: policies play episodes in lock-step and leave trajectories. */
import type { Trajectory } from "./trajectory.js";

/** One episode to be played. */
export interface RolloutRequest {
  /** Seed of the environment's episode (the task). */
  seed: number;
  /** Which group the trajectories belong to; the index of the request's task by default. */
  group?: number;
  /**
   * Actions that are replayed before the policy takes over (tree and branching rollouts, Monte-Carlo values):
   * texts as passed to `step`. Their tokens are in the trajectory with mask 0.
   */
  prefix?: readonly string[];
}

export type { Trajectory };
