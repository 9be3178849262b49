/** Warm-start policies: shipped with the library for every environment's default options and those that start alike, made on the spot for others. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Environment, OptionValue } from "../environments/environment.js";
import { environmentDefinition, makeEnvironment } from "../environments/registry.js";
import { loadPolicy, type TransformerPolicy } from "../policy/transformer-policy.js";
import { datasetsDirectory } from "../datasets.js";
import { warmStart, type WarmStartOptions } from "./warm-start.js";

/** Where an environment's warm-start checkpoint is kept. */
export function checkpointPath(id: string): string {
  return join(datasetsDirectory(), "checkpoints", `${id}.safetensors`);
}

/**
 * The policy training starts from. A registered environment has a checkpoint, which serves its default
 * options and every value of those in `sameStart`; with other options, or when the checkpoint is missing, the warm
 * start is run (up to a minute).
 */
export async function warmStartPolicy(
  environment: string | (() => Environment),
  options: {
    environmentOptions?: Readonly<Record<string, OptionValue>>;
    valueHead?: boolean;
    seed?: number;
    signal?: AbortSignal;
    onStep?: WarmStartOptions["onStep"];
  } = {},
): Promise<TransformerPolicy> {
  const { environmentOptions = {}, valueHead = false, seed = 0, signal, onStep } = options;
  if (typeof environment !== "string") {
    throw new RangeError(
      "An environment of your own has no warm-start policy: make one with warmStart() and pass it as `policy`",
    );
  }
  const { recipe, defaults, sameStart = {} } = environmentDefinition(environment);
  const standard = Object.entries(environmentOptions).every(
    ([name, value]) =>
      Object.hasOwn(sameStart, name) || (defaults as Record<string, unknown>)[name] === value,
  );
  const path = checkpointPath(environment);
  if (standard && existsSync(path)) return await loadPolicy(path, { valueHead });
  return await warmStart({
    environment: () => makeEnvironment(environment, environmentOptions),
    ...{ recipe, seed, valueHead },
    ...(signal === undefined ? {} : { signal }),
    ...(onStep === undefined ? {} : { onStep }),
  });
}
