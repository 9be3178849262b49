/** Training states on disk: one safetensors file with everything that must be there to go on bit for bit. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Algorithm, AlgorithmState } from "../algorithms/algorithm.js";
import type { EnvironmentSpec } from "../environments/environment.js";
import { decodeSafeTensors, encodeSafeTensors, type SafeTensors } from "../policy/safetensors.js";
import type { TransformerPolicy } from "../policy/transformer-policy.js";
import type { AdamState } from "./adam.js";
import type { BestState } from "./best.js";

export interface TrainingState {
  /** Name of the algorithm; another one cannot go on from here. */
  algorithm: string;
  seed: number;
  /** What the training that goes on must be given again. */
  settings: Readonly<Record<string, string | number>>;
  /** Updates done. */
  update: number;
  seconds: number;
  random: readonly number[];
  algorithmState: AlgorithmState;
  coefficients: readonly number[];
  best: BestState;
  optimizer: AdamState;
  parameters: ReadonlyMap<string, Float32Array>;
  reference?: ReadonlyMap<string, Float32Array>;
}

/** Which environment was trained on, as an instance of it tells. */
export type TrainedEnvironment = Pick<EnvironmentSpec, "id" | "options">;

const stateFormat = "agentic-rl-lab training 1";

/** Writes the file; an interrupted write leaves the one that was there. */
export function writeTrainingState(
  path: string,
  state: TrainingState,
  policy: TransformerPolicy,
  { id, options }: TrainedEnvironment,
): void {
  const { parameters, reference, optimizer, best, ...rest } = state;
  const tensors: SafeTensors["tensors"] = new Map();
  const add = (prefix: string, values: ReadonlyMap<string, Float32Array> | undefined) => {
    for (const [name, numbers] of values ?? []) {
      tensors.set(`${prefix}/${name}`, { shape: policy.parameters.get(name)!.shape, values: numbers });
    }
  };
  add("policy", parameters);
  add("reference", reference);
  add("best", best.parameters);
  tensors.set("adam/first", { shape: [optimizer.first.length], values: optimizer.first });
  tensors.set("adam/second", { shape: [optimizer.second.length], values: optimizer.second });
  const metadata = {
    format: stateFormat,
    config: JSON.stringify(policy.config),
    vocabulary: JSON.stringify(policy.vocabulary.words),
    state: JSON.stringify({
      ...rest,
      environment: { id, options },
      adamSteps: optimizer.steps,
      best: { recent: best.recent, score: Number.isFinite(best.score) ? best.score : null },
    }),
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.part`, encodeSafeTensors({ tensors, metadata }));
  renameSync(`${path}.part`, path);
}

/**
 * What a state was trained with and how far, for whoever has no policy yet.
 * @throws Error that names the file and why training cannot go on from it.
 */
export function trainingStateSummary(path: string): Pick<
  TrainingState,
  "algorithm" | "seed" | "update" | "seconds" | "settings"
> & {
  environment: TrainedEnvironment;
} {
  try {
    const { metadata } = decodeSafeTensors(readFileSync(path));
    if (metadata["format"] !== stateFormat) throw new Error("it is not a training state");
    const saved = JSON.parse(metadata["state"] ?? "") as TrainingState & { environment: TrainedEnvironment };
    const { algorithm, seed, update, seconds, settings, environment } = saved;
    if (!isObject(settings) || !isObject(environment)) throw new Error("it was saved by an older version");
    return { algorithm, seed, update, seconds, settings, environment };
  } catch (error) {
    throw new Error(`Training cannot go on from ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** What a training that resumes is to be of; the saved seed is taken where none is given. */
export interface ResumedTraining {
  policy: TransformerPolicy;
  algorithm: Algorithm;
  environment: TrainedEnvironment;
  seed: number | undefined;
}

/** @throws Error that names the file and why training cannot go on from it. */
export function readTrainingState(
  path: string,
  { policy, algorithm, environment, seed }: ResumedTraining,
): TrainingState {
  try {
    const { tensors, metadata } = decodeSafeTensors(readFileSync(path));
    if (metadata["format"] !== stateFormat) throw new Error("it is not a training state");
    const saved: unknown = JSON.parse(metadata["state"] ?? "");
    checkKind(saved, { algorithm, environment, seed });
    if (metadata["vocabulary"] !== JSON.stringify(policy.vocabulary.words)) {
      throw new Error("it was saved with another vocabulary; train the environment it was made with");
    }
    if (metadata["config"] !== JSON.stringify(policy.config)) {
      throw new Error(
        `it was saved with the model ${metadata["config"]}, not ${JSON.stringify(policy.config)}`,
      );
    }
    checkSaved(saved, algorithm);
    const values = (name: string, size: number) => {
      const tensor = tensors.get(name);
      if (tensor?.values.length !== size) throw new Error(`tensor "${name}" is missing or has another size`);
      if (!tensor.values.every(Number.isFinite)) throw new Error(`tensor "${name}" holds NaN or infinity`);
      return tensor.values;
    };
    const group = (prefix: string) =>
      new Map(
        Array.from(
          policy.parameters,
          ([name, { size }]) => [name, values(`${prefix}/${name}`, size)] as const,
        ),
      );
    const has = (prefix: string) => [...tensors.keys()].some((name) => name.startsWith(`${prefix}/`));
    const { adamSteps, best, ...rest } = saved;
    if ((best.score !== null) !== has("best")) {
      throw new Error('its field "best" is damaged: its score and its parameters go together');
    }
    return {
      ...rest,
      best: {
        recent: best.recent,
        score: best.score ?? -Infinity,
        parameters: has("best") ? group("best") : undefined,
      },
      optimizer: {
        steps: adamSteps,
        first: values("adam/first", policy.size),
        second: values("adam/second", policy.size),
      },
      parameters: group("policy"),
      ...(algorithm.reference === undefined ? {} : { reference: group("reference") }),
    };
  } catch (error) {
    throw new Error(`Training cannot go on from ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The numbers of a state, as JSON. */
type SavedState = Omit<TrainingState, "best" | "optimizer" | "parameters" | "reference"> & {
  environment: TrainedEnvironment;
  adamSteps: number;
  best: { recent: number[]; score: number | null };
};

/** @throws Error that says of what else the state is: both values, and the way out. */
function checkKind(
  saved: unknown,
  { algorithm, environment, seed }: Omit<ResumedTraining, "policy">,
): asserts saved is SavedState {
  if (!isObject(saved)) throw new Error("it is not a training state");
  const { environment: trained } = saved;
  if (!isObject(trained) || typeof trained["id"] !== "string" || !isObject(trained["options"])) {
    throw new Error('its field "environment" is damaged');
  }
  const [was, is] = [describe(trained as unknown as TrainedEnvironment), describe(environment)];
  if (was !== is) {
    throw new Error(
      `it was trained on ${was}, not ${is}; give the environment and the options it was made with`,
    );
  }
  if (saved["algorithm"] !== algorithm.name) {
    throw new Error(`it was trained by ${String(saved["algorithm"])}, not ${algorithm.name}`);
  }
  if (seed !== undefined && saved["seed"] !== seed) {
    throw new Error(
      `it was trained with seed ${String(saved["seed"])}, not ${seed}; leave seed away to go on`,
    );
  }
}

/** The same text for the same options, in whatever order they are. */
function describe({ id, options }: TrainedEnvironment): string {
  const names = Object.keys(options).sort();
  return `${id} ${JSON.stringify(Object.fromEntries(names.map((name) => [name, options[name]])))}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws Error that names the field which is damaged. */
function checkSaved(saved: SavedState, { regularizers }: Algorithm): void {
  const whole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const numbers = (value: unknown) => Array.isArray(value) && value.every(Number.isFinite);
  const { random, coefficients, best } = saved;
  const sound: Record<string, boolean> = {
    seed: whole(saved.seed),
    update: whole(saved.update),
    seconds: Number.isFinite(saved.seconds),
    // Four 32-bit words; the generator never leaves the state of four zeros.
    random:
      numbers(random) &&
      random.length === 4 &&
      random.every((word) => word === (word | 0)) &&
      random.some(Boolean),
    algorithmState: isObject(saved.algorithmState),
    settings: isObject(saved.settings),
    coefficients: numbers(coefficients) && coefficients.length === regularizers.length,
    best: isObject(best) && numbers(best.recent) && (best.score === null || Number.isFinite(best.score)),
    adamSteps: whole(saved.adamSteps),
  };
  const damaged = Object.keys(sound).find((name) => !sound[name]);
  if (damaged !== undefined) {
    throw new Error(`its field "${damaged}" is damaged, or of the algorithm with other options`);
  }
}
