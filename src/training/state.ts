/** Training states on disk: one safetensors file with everything that must be there to go on bit for bit. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Algorithm, AlgorithmState } from "../algorithms/algorithm.js";
import { decodeSafeTensors, encodeSafeTensors, type SafeTensors } from "../policy/safetensors.js";
import type { TransformerPolicy } from "../policy/transformer-policy.js";
import type { AdamState } from "./adam.js";
import type { BestState } from "./best.js";

export interface TrainingState {
  /** Name of the algorithm; another one cannot go on from here. */
  algorithm: string;
  seed: number;
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

const stateFormat = "agentic-rl-lab training 1";

/** Writes the file; an interrupted write leaves the one that was there. */
export function writeTrainingState(path: string, state: TrainingState, policy: TransformerPolicy): void {
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
export function trainingStateSummary(
  path: string,
): Pick<TrainingState, "algorithm" | "seed" | "update" | "seconds"> {
  try {
    const { metadata } = decodeSafeTensors(readFileSync(path));
    if (metadata["format"] !== stateFormat) throw new Error("it is not a training state");
    const { algorithm, seed, update, seconds } = JSON.parse(metadata["state"] ?? "") as TrainingState;
    return { algorithm, seed, update, seconds };
  } catch (error) {
    throw new Error(`Training cannot go on from ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws Error that names the file and why training cannot go on from it. */
export function readTrainingState(
  path: string,
  policy: TransformerPolicy,
  algorithm: Algorithm,
): TrainingState {
  try {
    const { tensors, metadata } = decodeSafeTensors(readFileSync(path));
    if (metadata["format"] !== stateFormat) throw new Error("it is not a training state");
    if (metadata["vocabulary"] !== JSON.stringify(policy.vocabulary.words)) {
      throw new Error("it was saved with another vocabulary; train the environment it was made with");
    }
    if (metadata["config"] !== JSON.stringify(policy.config)) {
      throw new Error(
        `it was saved with the model ${metadata["config"]}, not ${JSON.stringify(policy.config)}`,
      );
    }
    const saved = JSON.parse(metadata["state"] ?? "") as SavedState;
    if (saved.algorithm !== algorithm.name) {
      throw new Error(`it was trained by ${saved.algorithm}, not ${algorithm.name}`);
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
  adamSteps: number;
  best: { recent: number[]; score: number | null };
};

/** @throws Error that names the field which is damaged. */
function checkSaved(saved: SavedState, { regularizers }: Algorithm): void {
  const whole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const numbers = (value: unknown) => Array.isArray(value) && value.every(Number.isFinite);
  const { random, coefficients, best } = saved;
  const sound: Record<string, boolean> = {
    seed: whole(saved.seed),
    update: whole(saved.update),
    seconds: Number.isFinite(saved.seconds),
    random: numbers(random) && random.length === 4,
    algorithmState: typeof saved.algorithmState === "object",
    coefficients: numbers(coefficients) && coefficients.length === regularizers.length,
    best: typeof best === "object" && numbers(best.recent),
    adamSteps: whole(saved.adamSteps),
  };
  const damaged = Object.keys(sound).find((name) => !sound[name]);
  if (damaged !== undefined) {
    throw new Error(`its field "${damaged}" is damaged, or of the algorithm with other options`);
  }
}
