/** The named algorithms: every method of the survey's Table 2, and what the course teaches besides. */
import { nearest } from "../nearest.js";
import type { Algorithm, AlgorithmOptions } from "./algorithm.js";
import { dpoEntries } from "./catalogue/dpo-family.js";
import type { AlgorithmEntry } from "./catalogue/entry.js";
import { grpoLossEntries } from "./catalogue/grpo-losses.js";
import { grpoSamplingEntries } from "./catalogue/grpo-sampling.js";
import { policyGradientEntries } from "./catalogue/policy-gradient.js";
import { ppoEntries } from "./catalogue/ppo-family.js";

export type { AlgorithmEntry, AlgorithmFamily, AlgorithmPaper } from "./catalogue/entry.js";

const entries: readonly AlgorithmEntry[] = [
  ...policyGradientEntries,
  ...ppoEntries,
  ...dpoEntries,
  ...grpoLossEntries,
  ...grpoSamplingEntries,
];

/** All entries, by family: what `arl algorithms` prints. */
export function algorithmEntries(): readonly AlgorithmEntry[] {
  return entries;
}

/**
 * The named algorithm.
 *
 * @param name kebab case, e.g. "grpo", "dr-grpo", "vine-ppo".
 * @throws RangeError for an unknown name (with the nearest ones), a method that is not possible here (with the
 * reason), an option the algorithm does not have, and values out of range.
 */
export function algorithm(name: string, options: AlgorithmOptions = {}): Algorithm {
  const entry = entries.find((candidate) => candidate.name === name);
  if (!entry) throw new RangeError(unknown(name));
  if (entry.status === "not possible here") {
    throw new RangeError(`The algorithm "${name}" is not possible here: ${entry.how}`);
  }
  return entry.create(options);
}

function unknown(name: string): string {
  const names = entries.map((entry) => entry.name);
  const close = closest(name, names);
  const hint = close.length > 0 ? `did you mean ${close.join(" or ")}?` : "see algorithmEntries()";
  return `There is no algorithm "${name}"; ${hint}`;
}

/** Names that are the given one without its hyphens, contain it, or are a few letters away. */
function closest(name: string, names: readonly string[]): string[] {
  const bare = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, "");
  const given = bare(name);
  const same = names.filter((candidate) => bare(candidate) === given);
  if (same.length > 0) return same;
  const alike = nearest(name, names);
  const containing = given.length < 3 ? [] : names.filter((candidate) => bare(candidate).includes(given));
  return [...new Set([...(alike ? [alike] : []), ...containing])].slice(0, 3);
}
