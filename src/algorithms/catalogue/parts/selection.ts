/** Which rollouts an update learns from, or makes more of. */
import type { Trajectory } from "../../../rollout/trajectory.js";
import { episodesOf, groupsOf, mean, standardDeviation } from "../../advantages/episodes.js";
import type { SamplingStrategy } from "../../algorithm.js";
import { filtration, type FiltrationOptions } from "../../sampling/filtration.js";
import { byGroup, drawTasks, merged, requestsFor, requireCount } from "../../sampling/tasks.js";

/** {@link filtration} that keeps half of each group (rounded up). */
export function keepHalf(
  inner: SamplingStrategy,
  which: NonNullable<FiltrationOptions["which"]>,
): SamplingStrategy {
  return {
    name: `${inner.name}, ${which} half`,
    sample: (context) => filtration(inner, { keep: Math.ceil(context.groupSize / 2), which }).sample(context),
  };
}

/**
 * StarPO-S's uncertainty filter (Wang et al. 2025, arXiv 2504.20073; as in the authors' code, RAGEN's
 * ragen/trainer/agent_trainer.py and config/base.yaml): of the groups rolled out, the share `keep` with the largest
 * standard deviation of returns is learned from, at least one group.
 *
 * @param keep in (0, 1]. Default 0.25.
 */
export function mostUncertain(inner: SamplingStrategy, { keep = 0.25 } = {}): SamplingStrategy {
  if (!(keep > 0 && keep <= 1)) throw new RangeError(`keep must be above 0 and at most 1, not ${keep}`);
  return {
    name: `${inner.name}, most uncertain`,
    async sample(context) {
      const groups = byGroup(await inner.sample(context))
        .map((group) => ({ group, spread: spreadOf(group) }))
        .sort((a, b) => b.spread - a.spread);
      return groups.slice(0, Math.max(1, Math.floor(keep * groups.length))).flatMap(({ group }) => group);
    },
  };
}

/** Standard deviation of a group's returns; of several agents the largest. */
function spreadOf(group: readonly Trajectory[]): number {
  const agents = groupsOf(episodesOf(group));
  return Math.max(
    ...agents.map((own) =>
      standardDeviation(
        own.map((episode) => episode.return),
        "sample",
      ),
    ),
  );
}

/**
 * DARS, difficulty-adaptive rollout sampling (Yang et al. 2025, arXiv 2508.13755; the equal-treatment schedule of
 * the authors' code, verl/verl/trainer/ppo/ray_dars_trainer.py). After N rollouts of a task, of which a share a
 * succeeded (0.5/N where none did), a task with a < ½ gets
 *
 *     ΔN = ⌈(N/2 − N·S)/S⌉ more,    S = 2a(1 − a),    up to `most`·N in all:
 *
 * as many as bring its summed advantages up to those of a task at a = ½. Tasks that then still succeed always or
 * never are dropped.
 *
 * @param most rollouts of a task as a multiple of `groupSize`, at least 1. Default 4 (32 for 8 in the authors'
 * runs).
 */
export function difficultyAdaptive({ most = 4 } = {}): SamplingStrategy {
  requireCount(most, 1, "most");
  return {
    name: "difficulty-adaptive",
    async sample(context) {
      const { groupSize, prompts } = context;
      const tasks = drawTasks(context, prompts);
      const first = await context.rollout(requestsFor(tasks, groupSize));
      const requests = byGroup(first).flatMap((group) => {
        const more = rebalancing(successRate(group), groupSize, most * groupSize);
        const { seed, group: number } = group[0]!;
        return Array.from({ length: more }, () => ({ seed, group: number }));
      });
      const second = requests.length > 0 ? await context.rollout(requests) : [];
      return byGroup(merged([first, second]))
        .filter((group) => successRate(group) > 0 && successRate(group) < 1)
        .flat();
    },
  };
}

/** How many more rollouts a task of this success rate gets after n. */
export function rebalancing(rate: number, n: number, most: number): number {
  const assumed = rate === 0 ? 0.5 / n : rate;
  if (assumed >= 0.5) return 0;
  const weight = 2 * assumed * (1 - assumed);
  return Math.min(Math.ceil((n / 2 - n * weight) / weight), most - n);
}

function successRate(group: readonly Trajectory[]): number {
  return mean(episodesOf(group).map(({ success }) => (success ? 1 : 0)));
}
