import { episodesOf, groupsOf, type Episode } from "../../advantages/episodes.js";
import type { AdvantageEstimator } from "../../algorithm.js";
import { requireAtLeast } from "../../objectives/aggregate.js";

/**
 * Key-token advantage (after KTAE, Sun et al. 2025, arXiv 2505.16826; the contingency table and the probability
 * of Fisher's exact test as in a published summary): a token's advantage is its rollout's plus what the group
 * says about the token itself. With a, b the numbers of right and wrong rollouts that wrote the token and c, d
 * of those that did not,
 *
 *     p = (a+b)!(c+d)!(a+c)!(b+d)!/(a! b! c! d! n!)      IG = H(right) − H(right | token written or not), in bits
 *     A_t = A_i + weight·D·((1 − p) + IG)/2,             D = a/(a+c) − b/(b+d)
 *
 * so that tokens found in right rollouts and not in wrong ones are credited beyond the rest of theirs.
 *
 * How p becomes a strength, its mean with IG, and D are this library's: the paper's own combination was not read.
 *
 * @param inner the advantage of the rollout.
 * @param weight of the token's own share, at least 0. Default 1.
 */
export function keyTokens(inner: AdvantageEstimator, { weight = 1 } = {}): AdvantageEstimator {
  requireAtLeast(weight, 0, "weight");
  return {
    ...inner,
    name: `${inner.name}, key tokens`,
    estimate(trajectories, state) {
      const advantages = inner.estimate(trajectories, state);
      for (const group of groupsOf(episodesOf(trajectories))) {
        const written = group.map(tokensOf);
        const right = group.filter(({ success }) => success).length;
        const wrong = group.length - right;
        if (right === 0 || wrong === 0) continue;
        const values = new Map<number, number>();
        for (const token of new Set(written.flatMap((tokens) => [...tokens]))) {
          const a = group.filter(({ success }, i) => success && written[i]!.has(token)).length;
          const b = group.filter(({ success }, i) => !success && written[i]!.has(token)).length;
          values.set(token, weight * keyTokenValue(a, b, right - a, wrong - b));
        }
        for (const { rows } of group) {
          for (const row of rows) {
            const { tokens, mask } = trajectories[row]!;
            advantages[row] = advantages[row]!.map((value, t) =>
              mask[t] ? value + values.get(tokens[t]!)! : value,
            );
          }
        }
      }
      return advantages;
    },
  };
}

function tokensOf({ trajectories }: Episode): Set<number> {
  return new Set(trajectories.flatMap(({ tokens, mask }) => [...tokens].filter((_, t) => mask[t])));
}

/** How strongly, and in which direction, writing a token goes with being right: in [−1, 1]. */
function keyTokenValue(a: number, b: number, c: number, d: number): number {
  const n = a + b + c + d;
  const p = Math.exp(
    logFactorial(a + b) +
      logFactorial(c + d) +
      logFactorial(a + c) +
      logFactorial(b + d) -
      [a, b, c, d, n].reduce((sum, count) => sum + logFactorial(count), 0),
  );
  const gain = bits(a + c, b + d) - ((a + b) / n) * bits(a, b) - ((c + d) / n) * bits(c, d);
  const direction = a / (a + c) - b / (b + d);
  return (direction * (1 - p + gain)) / 2;
}

function logFactorial(n: number): number {
  let sum = 0;
  for (let i = 2; i <= n; i++) sum += Math.log(i);
  return sum;
}

/** Entropy of two counts in bits. */
function bits(yes: number, no: number): number {
  return [yes, no]
    .filter((count) => count > 0)
    .map((count) => count / (yes + no))
    .reduce((sum, share) => sum - share * Math.log2(share), 0);
}
