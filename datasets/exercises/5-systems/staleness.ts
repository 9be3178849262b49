import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export interface StaleTokens {
  /** Log-probability of each token under the policy that sampled it, and under the one that is trained. */
  oldLogProbs: readonly number[];
  logProbs: readonly number[];
  /** 1 where the policy wrote the token. */
  mask: readonly number[];
  advantages: readonly number[];
}

/** Independent of the reference: whether min(ρA, clip(ρ)A) takes the clipped branch. */
function isSilent(ratio: number, advantage: number, clip: number): boolean {
  const clipped = Math.min(Math.max(ratio, 1 - clip), 1 + clip);
  return clipped * advantage < ratio * advantage;
}

export const staleness = defineExercise<{ silenced: (tokens: StaleTokens, clip: number) => number }>({
  title: "What the clip leaves of stale data",
  checks: [
    check(
      "fresh data are left alone",
      5,
      ({ silenced }, t) => {
        const logProbs = [-0.3, -1.2, -2];
        const tokens = { oldLogProbs: logProbs, logProbs, mask: [1, 1, 1], advantages: [1, -1, 0.5] };
        return t.close(silenced(tokens, 0.2), 0);
      },
      "Right after sampling every ratio is exp(0) = 1, inside any interval around 1.",
    ),
    check(
      "the ratio has left the interval where its advantage pushes it",
      5,
      ({ silenced }, t) => {
        const up = { oldLogProbs: [-1, -1], logProbs: [-0.5, -0.5], mask: [1, 1] };
        void t.close(silenced({ ...up, advantages: [1, -1] }, 0.2), 0.5);
        const down = { oldLogProbs: [-1, -1], logProbs: [-2, -2], mask: [1, 1] };
        return t.close(silenced({ ...down, advantages: [-1, -1] }, 0.2), 1);
      },
      "A positive advantage pushes the ratio up: above 1 + clip there is no gradient left. A negative one pushes it down. A ratio on the other side is pulled back and still learns.",
    ),
    check(
      "a share of the written tokens",
      10,
      ({ silenced }, t) =>
        t.forAll(
          (random, size) => {
            const values = (low: number, high: number) =>
              Array.from({ length: size }, () => random.between(low, high));
            return {
              oldLogProbs: values(-3, 0),
              logProbs: values(-3, 0),
              advantages: values(-1, 1),
              mask: [1, ...Array.from({ length: size - 1 }, () => random.integer(2))],
            };
          },
          (tokens) => {
            const written = tokens.mask.flatMap((mask, i) => (mask === 1 ? [i] : []));
            const silent = written.filter((i) =>
              isSilent(Math.exp(tokens.logProbs[i]! - tokens.oldLogProbs[i]!), tokens.advantages[i]!, 0.3),
            );
            return t.close(silenced(tokens, 0.3), silent.length / written.length);
          },
        ),
      "Tokens of the prompt and of tools are not trained on: they count neither above nor below the line.",
    ),
  ],
  wrong: {
    "whatever the advantage's sign": `const written = tokens.mask.flatMap((mask, i) => (mask === 1 ? [i] : []));
  const ratio = (i: number) => Math.exp(tokens.logProbs[i]! - tokens.oldLogProbs[i]!);
  return written.filter((i) => Math.abs(ratio(i) - 1) > clip).length / written.length;`,
    "the prompt's tokens too": `const silent = tokens.logProbs.filter((logProb, i) => {
    const ratio = Math.exp(logProb - tokens.oldLogProbs[i]!);
    return tokens.advantages[i]! > 0 ? ratio > 1 + clip : ratio < 1 - clip;
  });
  return silent.length / tokens.mask.length;`,
    "the difference for the ratio": `const written = tokens.mask.flatMap((mask, i) => (mask === 1 ? [i] : []));
  const silent = written.filter((i) => {
    const difference = tokens.logProbs[i]! - tokens.oldLogProbs[i]!;
    return tokens.advantages[i]! > 0 ? difference > clip : difference < -clip;
  });
  return silent.length / written.length;`,
  },
});
