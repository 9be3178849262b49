/** Policies small enough to be tested by the hundred. */
import { createPolicy, type PolicyOptions, type TransformerPolicy } from "../../../src/policy/index.js";
import { Random } from "../../../src/random.js";

export const letters = [..."abcdefgh"];

export async function tinyPolicy(options: Partial<PolicyOptions> = {}): Promise<TransformerPolicy> {
  const sizes = { contextLength: 12, width: 8, layers: 1, heads: 2, seed: 1 };
  return await createPolicy({ vocabulary: letters, ...sizes, ...options });
}

/** Makes every parameter random, biases and value head too: a fresh policy is nearly uniform, and hides mistakes. */
export function shake(policy: TransformerPolicy, seed = 5, deviation = 0.5): void {
  const random = new Random(seed);
  const values = new Map<string, Float32Array>();
  for (const [name, { size }] of policy.parameters) {
    values.set(
      name,
      Float32Array.from({ length: size }, () => deviation * random.normal()),
    );
  }
  policy.assign(values);
}
