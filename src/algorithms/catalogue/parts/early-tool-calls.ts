import { specialTokens } from "../../../environments/environment.js";
import { episodesOf, groupsOf, mean, type Episode } from "../../advantages/episodes.js";
import type { AdvantageEstimator } from "../../algorithm.js";

const callToken = specialTokens.indexOf("<call>");

/**
 * ASPO's advantage shaping (Lin & Xu 2025, "Understanding Tool-Integrated Reasoning", arXiv 2508.19201,
 * equation 2). For every successful rollout i that called a tool,
 *
 *     A_i ← A_i + clip(δ·(p_i − mean(p)) / mean(L), −k·A_i, k·A_i)
 *
 * where p is the position of the first call and L the length, both over the successful rollouts of the group
 * that called one. With δ < 0 an early call is a nudge upwards, a late one downwards, and neither can turn the
 * sign: the same wish written into the *reward* would make half of an all-correct group negative.
 *
 * Positions and lengths are counted in written tokens; a call is the special token `<call>`. An environment
 * without tools leaves the advantages as they are.
 *
 * @param inner the advantage of correctness.
 * @param delta δ. Default −2.
 * @param k share of the advantage that the nudge may reach, at least 0. Default 0.7.
 */
export function earlyToolCalls(inner: AdvantageEstimator, { delta = -2, k = 0.7 } = {}): AdvantageEstimator {
  return {
    ...inner,
    name: `${inner.name}, early tool calls`,
    estimate(trajectories, state) {
      const advantages = inner.estimate(trajectories, state);
      for (const group of groupsOf(episodesOf(trajectories))) {
        const callers = group
          .filter(({ success }) => success)
          .flatMap((episode) => {
            const written = writtenTokens(episode);
            const position = written.indexOf(callToken);
            return position < 0 ? [] : [{ episode, position, length: written.length }];
          });
        const meanPosition = mean(callers.map(({ position }) => position));
        const meanLength = mean(callers.map(({ length }) => length));
        for (const { episode, position } of callers) {
          const bias = (delta * (position - meanPosition)) / meanLength;
          for (const row of episode.rows) {
            advantages[row] = advantages[row]!.map((value) => {
              const bound = k * Math.abs(value);
              return value + Math.min(bound, Math.max(-bound, bias));
            });
          }
        }
      }
      return advantages;
    },
  };
}

function writtenTokens({ trajectories }: Episode): number[] {
  return trajectories.flatMap(({ tokens, mask }) => [...tokens].filter((_, t) => mask[t]));
}
