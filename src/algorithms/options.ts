/** The options of a named algorithm: which it knows, and the regularizers they switch on. */
import type { Algorithm, AlgorithmOptions, Regularizer } from "./algorithm.js";
import { entropyBonus } from "./regularizers/entropy.js";
import { klToReference } from "./regularizers/kl.js";

/** Options with `defaults` filled in. @throws RangeError for an option the algorithm does not have. */
export function withDefaults<Name extends keyof AlgorithmOptions>(
  algorithm: string,
  defaults: Required<Pick<AlgorithmOptions, Name>>,
  options: AlgorithmOptions,
): Required<Pick<AlgorithmOptions, Name>> {
  const known = Object.keys(defaults);
  for (const [name, value] of Object.entries(options)) {
    if (!known.includes(name)) {
      throw new RangeError(`${algorithm} has no option ${name}; it has ${known.join(", ")}`);
    }
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new RangeError(`${algorithm}: ${name} must be a finite number, not ${String(value)}`);
    }
    if ((name === "epochs" || name === "minibatches") && !(Number.isSafeInteger(value) && value >= 1)) {
      throw new RangeError(`${algorithm}: ${name} must be a whole number of at least 1, not ${value}`);
    }
  }
  return { ...defaults, ...options };
}

/** The regularizers, and the reference if one of them needs it; a coefficient of 0 leaves its term out. */
export function regularized({
  entropy,
  kl,
}: {
  entropy: number;
  kl: number;
}): Pick<Algorithm, "regularizers" | "reference"> {
  const regularizers: Regularizer[] = [];
  if (entropy !== 0) regularizers.push(entropyBonus(entropy));
  if (kl !== 0) regularizers.push(klToReference({ coefficient: kl }));
  return { regularizers, ...(kl !== 0 && { reference: {} }) };
}
