/** What the catalogue knows of a named algorithm. */
import type { Algorithm, AlgorithmOptions } from "../algorithm.js";
import { withDefaults } from "../options.js";

export type AlgorithmFamily = "policy gradient" | "PPO" | "DPO" | "GRPO";

export interface AlgorithmPaper {
  title: string;
  /** arXiv id; absent for older work. */
  arxiv?: string;
  year: number;
}

interface Described {
  /** Kebab case: what `algorithm(name)` takes. */
  name: string;
  /** As its authors write it. */
  title: string;
  family: AlgorithmFamily;
  paper: AlgorithmPaper;
  /** What it changes in its family's base method, in one line. */
  changes: string;
  /** Where the formula was taken from; an equation's number only where its text was read. */
  source: string;
  /** The row of the survey's Table 2; absent for algorithms that are not in it. */
  survey?: string;
  /** Where the survey's table and the primary disagree, or what else a reader should know. */
  note?: string;
}

interface Creatable {
  /** Names of the options it takes. */
  options: readonly (keyof AlgorithmOptions)[];
  /** @throws RangeError for an option it does not have, and for values out of range. */
  create(options?: AlgorithmOptions): Algorithm;
}

/**
 * "faithful": the method's own formula, whatever the environment and the size of the model. "simplified": a part
 * of it, and `how` says which is kept and what is left out or put in its place. "not possible here": `how` says
 * why, and what would be needed.
 */
export type AlgorithmEntry = Described &
  (
    | ({ status: "faithful" } & Creatable)
    | ({ status: "simplified"; how: string } & Creatable)
    | { status: "not possible here"; how: string }
  );

/** What is learned from pairs is, in every preference method here, a ranking of the policy's own rollouts. */
export const onlinePairs =
  "the pairs are the policy's own fresh rollouts ranked by return, not a data set of preferences";

/** `options` and `create` of an algorithm made from its options with these defaults. */
export function creatable<Name extends keyof AlgorithmOptions>(
  name: string,
  defaults: Required<Pick<AlgorithmOptions, Name>>,
  build: (options: Required<Pick<AlgorithmOptions, Name>>) => Omit<Algorithm, "name">,
): Creatable {
  return {
    options: Object.keys(defaults) as Name[],
    create: (options = {}) => ({ name, ...build(withDefaults(name, defaults, options)) }),
  };
}
