/** A made-up world for strategies: known distributions of episodes, and a record of what was asked for. */
import type { AlgorithmState, SamplingContext } from "../../../../src/algorithms/algorithm.js";
import { Random } from "../../../../src/random.js";
import type { RolloutRequest } from "../../../../src/rollout/rollout.js";
import type { Trajectory } from "../../../../src/rollout/trajectory.js";
import { trajectory, type TurnSpec } from "../support.js";

export interface World {
  context(update?: number): SamplingContext;
  /** Every call of `rollout`, as it was made. */
  calls: RolloutRequest[][];
  state: AlgorithmState;
}

export interface WorldOptions {
  prompts?: number;
  groupSize?: number;
  seed?: number;
  /** The next task's seed; whole numbers from 0 by default. */
  nextSeed?: (drawn: number) => number;
  /** Turns of an episode; a replayed prefix is given. */
  play: (
    request: RolloutRequest,
    random: Random,
  ) => { turns: TurnSpec[]; success?: boolean; return?: number };
}

export function world({ prompts = 4, groupSize = 4, seed = 5, nextSeed, play }: WorldOptions): World {
  const calls: RolloutRequest[][] = [];
  const state: AlgorithmState = {};
  const random = new Random(seed, 1);
  const environment = new Random(seed, 2);
  let drawn = 0;
  const rollout = (requests: readonly RolloutRequest[]): Promise<Trajectory[]> => {
    calls.push([...requests]);
    return Promise.resolve(
      requests.map((request, episode) =>
        trajectory({ episode, group: request.group!, seed: request.seed, ...play(request, environment) }),
      ),
    );
  };
  const next = (): number => (nextSeed ? nextSeed(drawn++) : drawn++);
  return {
    calls,
    state,
    context: (update = 0) => ({ prompts, groupSize, random, nextSeed: next, rollout, state, update }),
  };
}

/** One turn, solved with probability `chance(seed)`. */
export function bernoulli(chance: (seed: number) => number): WorldOptions["play"] {
  return ({ seed }, random) => ({ turns: [{ tokens: 2, reward: random.chance(chance(seed)) ? 1 : 0 }] });
}

export function groupsIn(trajectories: readonly Trajectory[]): Map<number, Trajectory[]> {
  const groups = new Map<number, Trajectory[]>();
  for (const t of trajectories) groups.set(t.group, [...(groups.get(t.group) ?? []), t]);
  return groups;
}
