/** Trajectories put together again: which belong to one agent's episode, and which episodes to one group. */
import type { Trajectory, Turn } from "../../rollout/trajectory.js";

/** One agent's share of one episode: what a return belongs to, however many contexts it was written in. */
export interface Episode {
  group: number;
  agent: number;
  /** Sum of the agent's rewards, undiscounted. */
  return: number;
  success: boolean;
  terminated: boolean;
  truncated: boolean;
  /** Row numbers of its trajectories in the batch, in the order of their contexts. */
  rows: number[];
  /** Its trajectories, in the same order. */
  trajectories: Trajectory[];
  /** Its turns in the order they were played, replayed ones included. */
  turns: EpisodeTurn[];
}

export interface EpisodeTurn extends Turn {
  /** Row number of the trajectory it stands in. */
  row: number;
}

/**
 * The episodes of a batch, in the order of their first rows.
 *
 * @throws RangeError when a return or a reward is not a finite number.
 */
export function episodesOf(trajectories: readonly Trajectory[]): Episode[] {
  const episodes = new Map<string, Episode>();
  for (const [row, trajectory] of trajectories.entries()) {
    const { return: total, episode } = trajectory;
    if (!Number.isFinite(total)) throw notFinite(total, `the return of episode ${episode}`);
    const key = `${trajectory.episode}/${trajectory.agent}`;
    const known = episodes.get(key);
    if (known) known.rows.push(row);
    else episodes.set(key, emptyEpisode(trajectory, row));
  }
  for (const episode of episodes.values()) {
    if (episode.rows.length > 1) {
      episode.rows.sort((a, b) => trajectories[a]!.context - trajectories[b]!.context);
    }
    for (const row of episode.rows) {
      const trajectory = trajectories[row]!;
      episode.trajectories.push(trajectory);
      for (const turn of trajectory.turns) {
        if (!Number.isFinite(turn.reward)) throw notFinite(turn.reward, `the reward of step ${turn.step}`);
        episode.turns.push(turnIn(row, turn));
      }
    }
  }
  return [...episodes.values()];
}

// Records are written out field by field: spreading takes several times as long, for every episode of every update.
function emptyEpisode(trajectory: Trajectory, row: number): Episode {
  const { group, agent, return: total, success, terminated, truncated } = trajectory;
  return {
    group,
    agent,
    return: total,
    success,
    terminated,
    truncated,
    rows: [row],
    trajectories: [],
    turns: [],
  };
}

function turnIn(row: number, { start, end, reward, action, step, value }: Turn): EpisodeTurn {
  const turn: EpisodeTurn = { row, start, end, reward, action, step };
  if (value !== undefined) turn.value = value;
  return turn;
}

/** Episodes that are compared with each other: those of the same task (`group`) and the same agent. */
export function groupsOf(episodes: readonly Episode[]): Episode[][] {
  const groups = new Map<string, Episode[]>();
  for (const episode of episodes) {
    const key = `${episode.group}/${episode.agent}`;
    const known = groups.get(key);
    if (known) known.push(episode);
    else groups.set(key, [episode]);
  }
  return [...groups.values()];
}

/**
 * The reward of each of an episode's turns, such that they sum to its return.
 *
 * What an agent receives outside its own turns (another player's move ended the game) is added to its last
 * one.
 */
export function turnRewards(episode: Episode): number[] {
  const rewards = episode.turns.map((turn) => turn.reward);
  const outside = episode.return - sum(rewards);
  // Sums of decimal rewards differ by rounding: that is not a reward.
  if (rewards.length > 0 && Math.abs(outside) > 1e-9 * Math.max(1, Math.abs(episode.return))) {
    rewards[rewards.length - 1]! += outside;
  }
  return rewards;
}

/** Return-to-go of each turn: G_k = r_k + γ·G_{k+1}, with γ applied once per turn. */
export function returnsToGo(rewards: readonly number[], gamma: number): number[] {
  const returns = new Array<number>(rewards.length);
  let following = 0;
  for (let k = rewards.length - 1; k >= 0; k--) {
    following = rewards[k]! + gamma * following;
    returns[k] = following;
  }
  return returns;
}

/** One array of zeros for each trajectory. */
export function zeros(trajectories: readonly Trajectory[]): Float32Array[] {
  return trajectories.map(({ tokens }) => new Float32Array(tokens.length));
}

/** Gives every written token of an episode, in all of its contexts, the same value. */
export function fillEpisode(into: readonly Float32Array[], episode: Episode, value: number): void {
  for (let i = 0; i < episode.rows.length; i++) {
    const { mask } = episode.trajectories[i]!;
    const tokens = into[episode.rows[i]!]!;
    for (let t = 0; t < mask.length; t++) if (mask[t]) tokens[t] = value;
  }
}

/** Gives every written token of a turn the same value; a replayed turn has none. */
export function fillTurn(
  into: readonly Float32Array[],
  trajectories: readonly Trajectory[],
  turn: EpisodeTurn,
  value: number,
): void {
  const { mask } = trajectories[turn.row]!;
  for (let t = turn.start; t < turn.end; t++) if (mask[t]) into[turn.row]![t] = value;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Mean; 0 of nothing. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}

/**
 * Whether the values are all the same. Their mean may still differ from them by rounding, which would give
 * rows that teach nothing an advantage, however small, and so a place in every slice of the batch.
 */
export function allEqual(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}

/**
 * Standard deviation: "sample" divides the squares by n − 1, "population" by n.
 * Of a single value both are 0.
 */
export function standardDeviation(values: readonly number[], kind: "sample" | "population"): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  const squares = sum(values.map((value) => (value - centre) ** 2));
  return Math.sqrt(squares / (kind === "sample" ? values.length - 1 : values.length));
}

/** Throws a RangeError that names the option unless its value lies in [0, 1]. */
export function requireFraction(value: number, name: string): void {
  if (!(value >= 0 && value <= 1)) throw new RangeError(`${name} must be from 0 to 1, not ${value}`);
}

function notFinite(value: number, what: string): RangeError {
  return new RangeError(`${what} is ${value}: the environment must give finite rewards`);
}
