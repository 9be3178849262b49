/** The built-in policy: a small transformer over a declared vocabulary. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import { specialTokens, type EnvironmentSpec } from "../environments/environment.js";
import { useEngine } from "../engine/engine.js";
import { fusedKernels } from "../engine/fused.js";
import { read, readCopy } from "../engine/pace.js";
import { assertSeed } from "../random.js";
import { sampleOnDevice } from "./device-sampler.js";
import type {
  SampledContext,
  SampleOptions,
  SampleRequest,
  ScoredRows,
  Scores,
  TrainablePolicy,
} from "./policy.js";
import { decodeSafeTensors, encodeSafeTensors } from "./safetensors.js";
import { checkPrompt, checkTemperature } from "./sample-checks.js";
import { sampleContexts } from "./sampler.js";
import {
  checkConfig,
  forward,
  initialValues,
  parameterShapes,
  type TransformerConfig,
} from "./transformer.js";
import { Vocabulary } from "./vocabulary.js";

export interface PolicyOptions {
  /** Words beyond the special tokens. */
  vocabulary: readonly string[];
  /** Most tokens of a context. */
  contextLength: number;
  /** 64 by default. */
  width?: number;
  /** 2 by default. */
  layers?: number;
  /** 4 by default. */
  heads?: number;
  /** False by default. */
  valueHead?: boolean;
  /** Of the initial parameters; 0 by default. */
  seed?: number;
}

export class TransformerPolicy implements TrainablePolicy {
  readonly parameters: ReadonlyMap<string, Variable>;

  /** Use {@link createPolicy} or {@link loadPolicy}: they start an engine first. */
  constructor(
    readonly vocabulary: Vocabulary,
    readonly config: TransformerConfig,
    values: ReadonlyMap<string, Float32Array>,
  ) {
    this.parameters = new Map(
      Array.from(parameterShapes(config), ([name, shape]) => {
        const start = tf.tensor(values.get(name)!, shape);
        const variable = tf.variable(start);
        start.dispose();
        return [name, variable];
      }),
    );
  }

  get contextLength(): number {
    return this.config.contextLength;
  }

  get hasValueHead(): boolean {
    return this.config.valueHead;
  }

  /** How many numbers are learned. */
  get size(): number {
    let size = 0;
    for (const variable of this.parameters.values()) size += variable.size;
    return size;
  }

  async sample(requests: readonly SampleRequest[], options: SampleOptions): Promise<SampledContext[]> {
    const deviceNetwork = fusedKernels()?.deviceNetwork;
    if (deviceNetwork !== undefined) {
      return await sampleOnDevice(deviceNetwork, this.parameters, this.config, requests, options);
    }
    return await sampleContexts(this.parameters, this.config, requests, options);
  }

  score(tokens: Tensor2D, temperature = 1, lengths?: readonly number[], asked?: Tensor2D): Scores {
    this.checkRows(tokens, lengths, asked);
    const [rows, length] = tokens.shape;
    const fused = fusedKernels()?.score;
    if (fused !== undefined) return fused(this.parameters, this.config, tokens, temperature, lengths, asked);
    const given = tf.slice(tokens, [0, 0], [rows, length - 1]);
    const predicted = tf.slice(tokens, [0, 1], [rows, length - 1]);
    const { logits, values } = forward(this.parameters, this.config, given);
    const all = tf.logSoftmax(temperature === 1 ? logits : tf.div(logits, temperature));
    const hit = tf.oneHot(predicted, this.config.vocabularySize);
    const logProbs = tf.sum(tf.mul(all, tf.cast(hit, "float32")), -1) as Tensor2D;
    const entropy = tf.neg(tf.sum(tf.mul(tf.exp(all), all), -1)) as Tensor2D;
    return { logProbs, entropy, ...(values === undefined ? {} : { values }) };
  }

  scoreGradient(
    { tokens, temperature, lengths, asked }: ScoredRows,
    slopes: (scores: Scores) => Scores,
  ): Tensor1D | undefined {
    this.checkRows(tokens, lengths, asked);
    const fused = fusedKernels()?.scoreGradient;
    return fused?.(this.parameters, this.config, tokens, temperature, lengths, asked, slopes);
  }

  /** @throws RangeError that says which of the arguments does not fit. */
  private checkRows(tokens: Tensor2D, lengths?: readonly number[], asked?: Tensor2D): void {
    const [rows, length] = tokens.shape;
    if (length < 2 || length - 1 > this.contextLength) {
      throw new RangeError(
        `score: rows have ${length} tokens; there must be 2 to ${this.contextLength + 1}, the context and one more`,
      );
    }
    if (lengths !== undefined && (lengths.length !== rows || lengths.some((n) => !(n >= 1 && n <= length)))) {
      throw new RangeError(`score: lengths must be ${rows} numbers from 1 to ${length}`);
    }
    if (
      asked !== undefined &&
      (asked.dtype !== "float32" || asked.shape.join() !== `${rows},${length - 1}`)
    ) {
      throw new RangeError(`score: asked must be float32 of shape [${rows}, ${length - 1}]`);
    }
  }

  /**
   * How likely each word is to come next.
   * @param texts contexts, which begin with `<bos>`
   * @returns for each text the probabilities by word, in the vocabulary's order
   */
  async distributions(texts: readonly string[], temperature = 1): Promise<Map<string, number>[]> {
    checkTemperature(temperature);
    const results: Map<string, number>[] = [];
    for (const text of texts) {
      const tokens = this.vocabulary.encode(text);
      checkPrompt(tokens, results.length, this.config.contextLength, this.vocabulary.size);
      const probabilities = tf.tidy(() => {
        const { logits } = forward(this.parameters, this.config, tf.tensor2d([tokens], undefined, "int32"));
        const last = tf.slice(logits, [0, tokens.length - 1, 0], [1, 1, -1]);
        return tf.softmax(tf.reshape(tf.div(last, temperature), [-1]));
      });
      const values = await read(probabilities);
      probabilities.dispose();
      results.push(new Map(this.vocabulary.words.map((word, id) => [word, values[id]!])));
    }
    return results;
  }

  async clone(): Promise<TransformerPolicy> {
    return new TransformerPolicy(this.vocabulary, this.config, await this.values());
  }

  /** The parameters as plain numbers. */
  async values(): Promise<Map<string, Float32Array>> {
    const values = new Map<string, Float32Array>();
    for (const [name, variable] of this.parameters) values.set(name, await readCopy(variable));
    return values;
  }

  /** Sets parameters from plain numbers. @throws RangeError that names a parameter which is missing or does not fit. */
  assign(values: ReadonlyMap<string, Float32Array>): void {
    for (const [name, variable] of this.parameters) {
      const given = values.get(name);
      if (given?.length !== variable.size) {
        throw new RangeError(
          `Parameter "${name}" of shape [${variable.shape.join(", ")}] cannot be set from ${given?.length ?? "no"} numbers`,
        );
      }
      const tensor = tf.tensor(given, variable.shape);
      variable.assign(tensor);
      tensor.dispose();
    }
  }

  /**
   * Writes a checkpoint, a safetensors file whose header carries configuration and vocabulary. An interrupted
   * write leaves the file that was there.
   * @param notes further texts for the header, e.g. how it was trained
   */
  async save(path: string, notes: Readonly<Record<string, string>> = {}): Promise<void> {
    const shapes = parameterShapes(this.config);
    const tensors = new Map(
      Array.from(await this.values(), ([name, values]) => [name, { shape: shapes.get(name)!, values }]),
    );
    const metadata = {
      ...notes,
      format: checkpointFormat,
      config: JSON.stringify(this.config),
      vocabulary: JSON.stringify(this.vocabulary.words.slice(specialTokens.length)),
    };
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(`${path}.part`, encodeSafeTensors({ tensors, metadata }));
    renameSync(`${path}.part`, path);
  }

  dispose(): void {
    fusedKernels()?.release?.(this.parameters);
    for (const variable of this.parameters.values()) variable.dispose();
  }
}

const checkpointFormat = "agentic-rl-lab policy 1";

/** A policy with fresh parameters. Starts the fastest engine when none runs yet. */
export async function createPolicy(options: PolicyOptions): Promise<TransformerPolicy> {
  const { width = 64, layers = 2, heads = 4, valueHead = false, seed = 0, contextLength } = options;
  assertSeed(seed, "createPolicy: seed");
  const vocabulary = new Vocabulary(options.vocabulary);
  const config = { vocabularySize: vocabulary.size, contextLength, width, layers, heads, valueHead };
  try {
    checkConfig(config);
  } catch (error) {
    throw new RangeError(`createPolicy: ${(error as Error).message}`, { cause: error });
  }
  await useEngine();
  return new TransformerPolicy(vocabulary, config, initialValues(config, seed));
}

/** A fresh policy that fits an environment's vocabulary and context. */
export async function createPolicyFor(
  spec: Pick<EnvironmentSpec, "vocabulary" | "contextLength">,
  options: Omit<PolicyOptions, "vocabulary" | "contextLength"> = {},
): Promise<TransformerPolicy> {
  const { vocabulary, contextLength } = spec;
  return await createPolicy({ ...options, vocabulary, contextLength });
}

/**
 * Reads a checkpoint.
 * @param options `valueHead: true` adds a fresh value head to a policy saved without one
 * @throws Error that names the file and what is wrong with it.
 */
export async function loadPolicy(
  path: string,
  options: { valueHead?: boolean } = {},
): Promise<TransformerPolicy> {
  const { vocabulary, config, values } = readCheckpoint(path);
  const wanted = { ...config, valueHead: options.valueHead ?? config.valueHead };
  const complete = initialValues(wanted, 0);
  for (const [name, value] of values) if (complete.has(name)) complete.set(name, value);
  await useEngine();
  return new TransformerPolicy(vocabulary, wanted, complete);
}

export interface Checkpoint {
  vocabulary: Vocabulary;
  config: TransformerConfig;
  values: Map<string, Float32Array>;
  /** All texts of the header. */
  notes: Readonly<Record<string, string>>;
}

/** Reads a checkpoint without making tensors of it. @throws Error that names the file and what is wrong with it. */
export function readCheckpoint(path: string): Checkpoint {
  let file: Uint8Array;
  try {
    file = readFileSync(path);
  } catch (error) {
    throw new Error(`There is no checkpoint to read at ${path} (${(error as Error).message})`, {
      cause: error,
    });
  }
  try {
    const { tensors, metadata } = decodeSafeTensors(file);
    if (metadata["format"] !== checkpointFormat) {
      throw new Error("it was not written by agentic-rl-lab: its header has no policy format");
    }
    const config = JSON.parse(metadata["config"] ?? "") as TransformerConfig;
    const vocabulary = new Vocabulary(JSON.parse(metadata["vocabulary"] ?? "") as string[]);
    if (vocabulary.size !== config.vocabularySize) {
      throw new Error(`it has ${vocabulary.size} words, but its configuration says ${config.vocabularySize}`);
    }
    checkConfig(config);
    // Before anything is built from it: a wrong number of layers could ask for any number of parameters.
    const inLayers = [...tensors.keys()].filter((name) => name.startsWith("layer"));
    const layers = new Set(inLayers.map((name) => name.split(".")[0])).size;
    if (layers !== config.layers) {
      throw new Error(`it has ${layers} layers, but its configuration says ${config.layers}`);
    }
    const values = new Map<string, Float32Array>();
    for (const [name, shape] of parameterShapes(config)) {
      const tensor = tensors.get(name);
      if (tensor?.shape.join() !== shape.join()) {
        throw new Error(`parameter "${name}" of shape [${shape.join(", ")}] is missing or has another shape`);
      }
      if (!tensor.values.every(Number.isFinite)) throw new Error(`parameter "${name}" holds NaN or infinity`);
      values.set(name, tensor.values);
    }
    return { vocabulary, config, values, notes: metadata };
  } catch (error) {
    throw new Error(`The checkpoint ${path} is damaged: ${(error as Error).message}; restore or remake it`, {
      cause: error,
    });
  }
}
