/** Batched multi-turn rollouts: policies play episodes in lock-step and leave trajectories. */
import { Pace, unlessAborted } from "../engine/pace.js";
import type { Environment } from "../environments/environment.js";
import type { Policy } from "../policy/policy.js";
import { assertSeed, Random } from "../random.js";
import { Episode } from "./episode.js";
import { playInLockStep } from "./lock-step.js";
import { playTurnByTurn } from "./turn-by-turn.js";
import type { Trajectory } from "./trajectory.js";

/** One episode to be played. */
export interface RolloutRequest {
  /** Seed of the environment's episode (the task). */
  seed: number;
  /** Which group the trajectories belong to; by default requests with the same seed form one. */
  group?: number;
  /**
   * Actions that are replayed before the policy takes over (tree and branching rollouts, Monte-Carlo values):
   * texts as passed to `step`. Their tokens are in the trajectory with mask 0.
   */
  prefix?: readonly string[];
}

export interface RolloutOptions {
  /** Gives an environment that no other episode is played in; called once per episode. */
  environment: () => Environment;
  /** One policy for all agents, or one for each agent of the environment. */
  policy: Policy | readonly Policy[];
  requests: readonly RolloutRequest[];
  /** Of the sampling: together with the requests and the policies it determines every trajectory. */
  seed: number;
  /** Which instances the environment draws; "train" by default. */
  split?: "train" | "test";
  /** 1 by default. */
  temperature?: number;
  /** Take the likeliest token every time. */
  greedy?: boolean;
  /** Stops the work within a fraction of a second; the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

/** What the ways of playing have in common. */
export interface Play {
  readonly episodes: readonly Episode[];
  readonly policies: readonly Policy[];
  readonly options: RolloutOptions;
  /** Seed of one row's sampling. */
  rowSeed(episode: number, step: number): number;
}

/**
 * Plays every requested episode to its end.
 * @returns trajectories in the order of the requests; an episode may leave several (see {@link Trajectory}).
 * @throws Error when an environment throws, naming it with the episode's seed and turn.
 */
export async function rollout(options: RolloutOptions): Promise<Trajectory[]> {
  const { requests, environment, split = "train" } = options;
  assertSeed(options.seed, "rollout: seed");
  const groups = new Map<number, number>();
  const episodes: Episode[] = [];
  try {
    const pace = new Pace(options.signal);
    for (const [index, request] of requests.entries()) {
      await pace.breathe();
      if (!groups.has(request.seed)) groups.set(request.seed, groups.size);
      const group = request.group ?? groups.get(request.seed)!;
      const episode = new Episode(environment(), { index, group, seed: request.seed });
      episodes.push(episode);
      await unlessAborted(episode.begin(split, request.prefix ?? []), options.signal);
    }
    if (episodes.length === 0) return [];
    const { spec } = episodes[0]!;
    const policies = onePolicyPerAgent(options.policy, spec.agents);
    for (const policy of new Set(policies)) checkFit(policy, episodes[0]!);
    const play: Play = {
      episodes,
      policies,
      options,
      rowSeed: (episode, step) => new Random(options.seed, episode, step).seed(),
    };
    if (spec.freshContext || spec.agents > 1) await playTurnByTurn(play);
    else await playInLockStep(play);
    return episodes.flatMap((episode) => episode.trajectories());
  } finally {
    for (const episode of episodes) episode.close();
  }
}

function onePolicyPerAgent(policy: Policy | readonly Policy[], agents: number): readonly Policy[] {
  if (!Array.isArray(policy)) return Array.from({ length: agents }, () => policy as Policy);
  const policies = policy as readonly Policy[];
  if (policies.length !== agents) {
    throw new RangeError(
      `rollout: there are ${policies.length} policies for ${agents} agents; give one or ${agents}`,
    );
  }
  return policies;
}

/** The environment's words must be the policy's, and its contexts must fit. */
function checkFit({ vocabulary, contextLength }: Policy, { spec }: Episode): void {
  const missing = spec.vocabulary.filter((word) => !vocabulary.has(word));
  if (missing.length > 0) {
    throw new RangeError(
      `The policy's vocabulary lacks ${missing.length} words of the environment "${spec.id}", ` +
        `the first is "${missing[0]}"; make the policy with createPolicyFor(environment.spec)`,
    );
  }
  if (contextLength < spec.contextLength) {
    throw new RangeError(
      `The environment "${spec.id}" needs contexts of ${spec.contextLength} tokens, the policy holds ${contextLength}; ` +
        "make it with createPolicyFor(environment.spec)",
    );
  }
}
