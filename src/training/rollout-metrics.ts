/** Figures of a batch of trajectories, under the names the trainer reports. */
import type { Trajectory } from "../rollout/trajectory.js";

/**
 * `rollout/success`, `rollout/return`, `rollout/turns` (policy turns an episode), `rollout/tokens` (tokens the
 * policy wrote an episode) and one `rollout/<name>` for every number and flag in the environment's `info`
 * (averaged over the episodes that report it), and `policy/entropy` in nats a written token. With several agents they are means over agents too.
 */
export function rolloutMetrics(trajectories: readonly Trajectory[]): Record<string, number> {
  const episodes = new Map<string, Trajectory[]>();
  for (const trajectory of trajectories) {
    const key = `${trajectory.episode} ${trajectory.agent}`;
    const contexts = episodes.get(key);
    if (contexts === undefined) episodes.set(key, [trajectory]);
    else contexts.push(trajectory);
  }
  const sums = new Map<string, { total: number; count: number }>();
  const add = (name: string, value: number) => {
    const sum = sums.get(name);
    if (sum === undefined) sums.set(name, { total: value, count: 1 });
    else {
      sum.total += value;
      sum.count++;
    }
  };
  for (const contexts of episodes.values()) {
    const last = contexts.at(-1)!;
    add("rollout/success", last.success ? 1 : 0);
    add("rollout/return", last.return);
    add("rollout/turns", writtenTurns(contexts));
    add("rollout/tokens", writtenTokens(contexts));
    for (const [name, value] of Object.entries(last.info)) {
      if (name !== "success" && typeof value !== "string") add(`rollout/${name}`, Number(value));
    }
  }
  addEntropy(trajectories, add);
  return Object.fromEntries(Array.from(sums, ([name, { total, count }]) => [name, total / count]));
}

/** Each written token counts alike. */
function addEntropy(trajectories: readonly Trajectory[], add: (name: string, value: number) => void): void {
  for (const { mask, entropies } of trajectories) {
    if (entropies === undefined) continue;
    for (let t = 0; t < mask.length; t++) if (mask[t] === 1) add("policy/entropy", entropies[t]!);
  }
}

function writtenTurns(contexts: readonly Trajectory[]): number {
  let count = 0;
  for (const { turns, mask } of contexts) for (const { start } of turns) if (mask[start] === 1) count++;
  return count;
}

function writtenTokens(contexts: readonly Trajectory[]): number {
  let count = 0;
  for (const { mask } of contexts) for (const written of mask) count += written;
  return count;
}
