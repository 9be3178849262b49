/**
 * A GPT in tfjs: pre-norm decoder blocks, learned positions, an untied head (Radford et al. 2019, without
 * biases in the head). Functions of named parameters, so that the trainer, the sampler and a lesson can all
 * call them. Shapes: B rows, T new tokens, P cached tokens, D width, H heads, V words.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import { Random } from "../random.js";

export interface TransformerConfig {
  /** V: words of the vocabulary, special tokens included. */
  vocabularySize: number;
  /** Most tokens of a context. */
  contextLength: number;
  /** D, a multiple of the heads. */
  width: number;
  layers: number;
  heads: number;
  /** A second head that estimates the return, for PPO. */
  valueHead: boolean;
}

export type Parameters = ReadonlyMap<string, Tensor>;

/** Keys and values of the tokens seen so far, one pair per layer: [B, H, P, D / H] each. */
export type Cache = readonly { keys: Tensor4D; values: Tensor4D }[];

export interface ForwardResult {
  /** [B, T, V], before softmax. */
  logits: Tensor3D;
  /** [B, T] when there is a value head. */
  values?: Tensor2D;
  cache: Cache;
}

/** @throws RangeError that names the size which makes no transformer. */
export function checkConfig(config: TransformerConfig): void {
  const { vocabularySize, contextLength, width, layers, heads, valueHead } = config;
  for (const [name, size] of Object.entries({ vocabularySize, contextLength, width, layers, heads })) {
    if (!Number.isSafeInteger(size) || size < 1) {
      throw new RangeError(`${name} must be a whole number of at least 1, not ${size}`);
    }
  }
  if (width % heads !== 0) throw new RangeError(`width ${width} is not a multiple of ${heads} heads`);
  if (typeof valueHead !== "boolean") {
    throw new RangeError(`valueHead must be true or false, not ${String(valueHead)}`);
  }
}

/** Names and shapes of all parameters, in the order they are drawn and saved. */
export function parameterShapes(config: TransformerConfig): Map<string, number[]> {
  const { vocabularySize, contextLength, width, layers, valueHead } = config;
  const shapes = new Map<string, number[]>();
  shapes.set("embedding.tokens", [vocabularySize, width]);
  shapes.set("embedding.positions", [contextLength, width]);
  for (let layer = 0; layer < layers; layer++) {
    const linear = (name: string, from: number, to: number) => {
      shapes.set(`layer${layer}.${name}.weight`, [from, to]);
      shapes.set(`layer${layer}.${name}.bias`, [to]);
    };
    const norm = (name: string) => {
      shapes.set(`layer${layer}.${name}.scale`, [width]);
      shapes.set(`layer${layer}.${name}.shift`, [width]);
    };
    norm("attention.norm");
    linear("attention.qkv", width, 3 * width);
    linear("attention.output", width, width);
    norm("mlp.norm");
    linear("mlp.up", width, 4 * width);
    linear("mlp.down", 4 * width, width);
  }
  shapes.set("norm.scale", [width]);
  shapes.set("norm.shift", [width]);
  shapes.set("head.weight", [width, vocabularySize]);
  if (valueHead) {
    shapes.set("value.weight", [width, 1]);
    shapes.set("value.bias", [1]);
  }
  return shapes;
}

/**
 * Fresh parameter values. Matrices are normal with standard deviation 0.7 / √inputs, halved in spirit (0.5)
 * where a block adds to the residual stream; embeddings start large enough (0.3, positions 0.1) that a model
 * trained for a few hundred steps can copy tokens, and the head small so that the first policy is uniform.
 */
export function initialValues(config: TransformerConfig, seed: number): Map<string, Float32Array> {
  const random = new Random(seed);
  const values = new Map<string, Float32Array>();
  for (const [name, shape] of parameterShapes(config)) {
    const deviation = initialDeviation(name, shape);
    const size = tf.util.sizeFromShape(shape);
    values.set(
      name,
      name.endsWith(".scale")
        ? new Float32Array(size).fill(1)
        : Float32Array.from({ length: size }, () => (deviation === 0 ? 0 : deviation * random.normal())),
    );
  }
  return values;
}

function initialDeviation(name: string, shape: readonly number[]): number {
  if (name === "embedding.tokens") return 0.3;
  if (name === "embedding.positions") return 0.1;
  if (name === "head.weight") return 0.02;
  if (name === "value.weight" || shape.length === 1) return 0;
  const residual = name.includes("output") || name.includes("down");
  return (residual ? 0.5 : 0.7) / Math.sqrt(shape[0]!);
}

/**
 * Runs T tokens through the network after the P tokens of the cache (none at first).
 * @param tokens int32 [B, T]
 * @returns tensors the caller disposes; the returned cache holds P + T tokens and does not share the old one's.
 */
export function forward(
  parameters: Parameters,
  config: TransformerConfig,
  tokens: Tensor2D,
  cache?: Cache,
): ForwardResult {
  const [rows, length] = tokens.shape;
  const { width } = config;
  const past = cache?.[0]?.keys.shape[2] ?? 0;
  const get = (name: string) => parameters.get(name)!;

  const embedded = tf.reshape(tf.gather(get("embedding.tokens"), tf.reshape(tokens, [-1])), [
    rows,
    length,
    width,
  ]);
  const positions = tf.slice(get("embedding.positions"), [past, 0], [length, width]);
  let stream: Tensor2D = tf.reshape(tf.add(embedded, positions), [rows * length, width]);

  const hidden = length === 1 ? undefined : futureMask(length, past);
  const next: { keys: Tensor4D; values: Tensor4D }[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    const of = (name: string) => get(`layer${layer}.${name}`);
    const heads = splitHeads(
      affine(layerNorm(stream, of, "attention.norm"), of, "attention.qkv"),
      rows,
      length,
      config,
    );
    const keys = cache === undefined ? heads.keys : tf.concat([cache[layer]!.keys, heads.keys], 2);
    const values = cache === undefined ? heads.values : tf.concat([cache[layer]!.values, heads.values], 2);
    next.push({ keys, values });

    const scores = tf.matMul(heads.queries, keys, false, true);
    const attention = tf.softmax(hidden === undefined ? scores : tf.add(scores, hidden));
    const mixed = tf.transpose(tf.matMul(attention, values), [0, 2, 1, 3]);
    stream = tf.add(stream, affine(tf.reshape(mixed, [rows * length, width]), of, "attention.output"));
    stream = tf.add(
      stream,
      affine(gelu(affine(layerNorm(stream, of, "mlp.norm"), of, "mlp.up")), of, "mlp.down"),
    );
  }

  const final = layerNorm(stream, get, "norm");
  const logits = tf.reshape(tf.matMul(final, get("head.weight") as Tensor2D), [rows, length, -1]) as Tensor3D;
  if (!config.valueHead) return { logits, cache: next };
  return { logits, values: tf.reshape(affine(final, get, "value"), [rows, length]), cache: next };
}

type Getter = (name: string) => Tensor;

function affine(x: Tensor2D, of: Getter, name: string): Tensor2D {
  return tf.add(tf.matMul(x, of(`${name}.weight`) as Tensor2D), of(`${name}.bias`));
}

/** (x − mean) / √(variance + 10⁻⁵) · scale + shift over the last axis (Ba, Kiros & Hinton 2016). */
function layerNorm(x: Tensor2D, of: Getter, name: string): Tensor2D {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  const normal = tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5)));
  return tf.add(tf.mul(normal, of(`${name}.scale`)), of(`${name}.shift`));
}

/** x · σ(1.702 x), the sigmoid form of GELU (Hendrycks & Gimpel 2016, section 2). */
function gelu(x: Tensor2D): Tensor2D {
  return tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)));
}

/** [B · T, 3 D] → queries (already scaled by 1 / √(D / H)), keys and values, [B, H, T, D / H] each. */
function splitHeads(qkv: Tensor2D, rows: number, length: number, { width, heads }: TransformerConfig) {
  const size = width / heads;
  // Three four-dimensional transposes: one of five dimensions is a hundred times slower on WASM.
  const [queries, keys, values] = tf
    .split(qkv, 3, 1)
    .map((part) => tf.transpose(tf.reshape(part, [rows, length, heads, size]), [0, 2, 1, 3]) as Tensor4D);
  return { queries: tf.mul(queries!, 1 / Math.sqrt(size)) as Tensor4D, keys: keys!, values: values! };
}

/** [T, P + T]: −10⁹ where a token would look at a later one, else 0. */
function futureMask(length: number, past: number): Tensor2D {
  const size = past + length;
  const values = Float32Array.from({ length: length * size }, (_, i) =>
    (i % size) - past > Math.floor(i / size) ? -1e9 : 0,
  );
  return tf.tensor2d(values, [length, size]);
}
