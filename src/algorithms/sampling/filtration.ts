import type { Trajectory } from "../../rollout/trajectory.js";
import type { Random } from "../../random.js";
import { episodesOf, groupsOf, type Episode } from "../advantages/episodes.js";
import type { SamplingStrategy } from "../algorithm.js";
import { requireCount } from "./tasks.js";

export interface FiltrationOptions {
  /** Episodes of each group (and agent) that are learned from; at least 1. */
  keep: number;
  /**
   * Which: "best" those with the highest returns; "best-worst" half of them the highest, half the lowest;
   * "best-random" half the highest, half at random from the rest. Half is rounded up for the best.
   * Default "best-worst".
   */
  which?: "best" | "best-worst" | "best-random";
}

/**
 * Policy filtration: of a group's rollouts only some are learned from, chosen by the rank of their return.
 *
 * PF-PPO (Zhang et al. 2024, arXiv 2409.06957) does so where rewards are noisy: a reward model is most
 * reliable at both ends of its scale. It names the same three choices; its exact sampling weights are not
 * reproduced here. Equal returns are ranked at random. A group with `keep` rollouts or fewer stays whole.
 *
 * @param inner makes the rollouts that are chosen from.
 */
export function filtration(inner: SamplingStrategy, options: FiltrationOptions): SamplingStrategy {
  const { keep, which = "best-worst" } = options;
  requireCount(keep, 1, "keep");
  return {
    name: `${inner.name}, ${which} ${keep}`,
    async sample(context) {
      const trajectories = await inner.sample(context);
      const kept = groupsOf(episodesOf(trajectories)).flatMap((group) =>
        choose(group, keep, which, context.random),
      );
      const rows = new Set(kept.flatMap((episode) => episode.rows));
      return trajectories.filter((_: Trajectory, row) => rows.has(row));
    },
  };
}

function choose(
  group: readonly Episode[],
  keep: number,
  which: NonNullable<FiltrationOptions["which"]>,
  random: Random,
): Episode[] {
  if (group.length <= keep) return [...group];
  const ranked = random.shuffle(group).sort((a, b) => b.return - a.return);
  if (which === "best") return ranked.slice(0, keep);
  const best = ranked.slice(0, Math.ceil(keep / 2));
  const rest = ranked.slice(best.length);
  const others = keep - best.length;
  if (which === "best-random") return [...best, ...random.sample(rest, others)];
  return [...best, ...rest.slice(rest.length - others)];
}
