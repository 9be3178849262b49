/** Which task seeds are trained on and which are only evaluated on. */
import type { Random } from "../random.js";

/** Training draws task seeds below this one; evaluations begin here. So they never share a seed. */
export const firstEvaluationSeed = 1_000_000_000;

export function trainingSeed(random: Random): number {
  return random.integer(firstEvaluationSeed);
}

/** Seeds of the first `count` evaluation episodes: always the same. */
export function evaluationSeeds(count: number): number[] {
  return Array.from({ length: count }, (_, i) => firstEvaluationSeed + i);
}
