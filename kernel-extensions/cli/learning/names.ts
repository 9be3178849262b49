/** Names on the command line: environments. */
import type { EnvironmentDefinition } from "../../../src/environments/environment.js";
import { UsageError } from "../command.js";
import { asUsage } from "./errors.js";

/** The environment that is the only argument. @throws UsageError */
export async function oneEnvironment(positionals: readonly string[]): Promise<EnvironmentDefinition> {
  const [id, more] = positionals;
  if (id === undefined) throw new UsageError("name an environment; arl environments lists them");
  if (more !== undefined) throw new UsageError(`unexpected argument ${more}`);
  return await environmentNamed(id);
}

/** @throws UsageError for an unknown one, with the nearest name */
export async function environmentNamed(id: string): Promise<EnvironmentDefinition> {
  const { environmentDefinition } = await import("../../../src/environments/registry.js");
  return asUsage("", () => environmentDefinition(id));
}
