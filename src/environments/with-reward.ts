import type { Environment, Info } from "./environment.js";

/** What a reward of your own can look at: one step of an episode. */
export interface RewardedStep {
  /** The environment's `info` before and after the action. */
  readonly before: Info;
  readonly after: Info;
  /** What the environment itself pays for the step. */
  readonly reward: number;
  /** Whether the episode ended with it: by the task's own rules, or cut off. */
  readonly terminated: boolean;
  readonly truncated: boolean;
}

/**
 * The same environment, paid by another reward: what is seen, what can be done and what counts as success stay as
 * they are, so that agents trained on different rewards can be compared.
 *
 * With `({ reward }) => reward` nothing changes. A potential Φ of `info` is paid by
 * `reward + (terminated || truncated ? 0 : Φ(after)) - Φ(before)`, which leaves the best policies what they were
 * (Ng, Harada and Russell 1999, with discount 1).
 *
 * @throws RangeError for an environment of several agents, and (from `step`) for a reward that is no finite number.
 */
export function withReward(environment: Environment, reward: (step: RewardedStep) => number): Environment {
  const { spec } = environment;
  if (spec.agents > 1)
    throw new RangeError(`withReward: ${spec.id} has ${spec.agents} agents; it pays one only`);
  let before: Info = {};
  return {
    // Another reward has another range.
    spec: { ...spec, returnRange: [-Infinity, Infinity] },
    async reset(options) {
      const first = await environment.reset(options);
      before = first.info;
      return first;
    },
    async step(action) {
      const result = await environment.step(action);
      const { info: after, terminated, truncated } = result;
      const paid = reward({ before, after, reward: result.reward, terminated, truncated });
      if (!Number.isFinite(paid)) {
        throw new RangeError(`withReward: a reward must be a finite number, not ${String(paid)}`);
      }
      before = after;
      return { ...result, reward: paid };
    },
    demonstrate: (random) => environment.demonstrate(random),
    close: () => environment.close?.(),
  };
}
