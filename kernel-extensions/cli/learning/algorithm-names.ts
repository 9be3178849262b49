/** Names on the command line: algorithms. */
import { algorithm, algorithmEntries, type AlgorithmEntry } from "../../../src/algorithms/catalogue.js";
import { UsageError } from "../command.js";
import { asUsage } from "./errors.js";

/** The entry of this name. @throws UsageError for an unknown one, with the nearest name */
export function algorithmNamed(name: string, flag = ""): AlgorithmEntry {
  const entry = algorithmEntries().find((one) => one.name === name);
  if (entry !== undefined) return entry;
  // Its error has the nearest names.
  return asUsage(flag, () => {
    algorithm(name);
    throw new RangeError(`There is no algorithm "${name}"`);
  });
}

/** One that can be trained with. @throws UsageError that says why another cannot */
export function knownAlgorithm(flag: string, name: string): { name: string; options: readonly string[] } {
  const entry = algorithmNamed(name, flag);
  if (entry.status !== "not possible here") return entry;
  throw new UsageError(`${flag}: ${name} is not possible here: ${entry.how}`);
}
