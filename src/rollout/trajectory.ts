/** What a rollout leaves behind: the record every algorithm, figure and file works on. */

/** One stretch of tokens the policy wrote without interruption, or that was replayed from a prefix (mask 0). */
export interface Turn {
  /** Half-open range of columns in {@link Trajectory.tokens}. */
  start: number;
  end: number;
  /** Reward of the step this turn's action led to. */
  reward: number;
  /** The action's text as passed to `step`: what `RolloutRequest.prefix` replays. */
  action: string;
  /** Position of this action among all actions of the episode, those of other agents and replayed ones included. */
  step: number;
  /** Monte-Carlo estimate of the rewards from this turn on, where the sampling strategy made one. */
  value?: number;
}

/**
 * One context of one agent in one episode: a row of a training batch.
 *
 * An episode with a single agent and a single context gives one trajectory. Agents with a fresh context each
 * turn (notepad) give one per turn, and games one per player; those that belong together share `episode`.
 * The arrays have one entry per token, T in all.
 */
export interface Trajectory {
  /** Index of the episode in its batch. */
  episode: number;
  /** Index of the task in its batch: rollouts of one group started from the same seed. */
  group: number;
  /** Which agent wrote it: 0 in single-agent environments. */
  agent: number;
  /** Position among the contexts of this agent in the episode: 0 unless every turn has a fresh context. */
  context: number;
  /** Seed of the environment's episode. */
  seed: number;
  /** Prompt, actions and observations as they stood in the context. */
  tokens: Int32Array;
  /** 1 where the policy wrote the token; 0 for the prompt and what the environment or a tool put there. */
  mask: Uint8Array;
  /** Natural log-probability of each written token under the policy that sampled it, at its temperature; 0 elsewhere. */
  logProbs: Float32Array;
  /** Entropy in nats of the distribution each written token was drawn from; 0 elsewhere. */
  entropies?: Float32Array;
  /** Value head's estimate of the return before each token, when the policy has one. */
  values?: Float32Array;
  turns: Turn[];
  /** The environment's scripted policy wrote it, not the policy in training; `logProbs` are then 0. */
  demonstrated?: true;
  /** Sum of the agent's rewards over the whole episode (not only this context). */
  return: number;
  success: boolean;
  terminated: boolean;
  truncated: boolean;
  /** The environment's last `info`. */
  info: Readonly<Record<string, number | string | boolean>>;
}
