/**
 * A transformer's score with a way back of its own: what `TransformerPolicy.score` composes of hundreds of small
 * operations in some twenty per layer, half of them matrix products, which remain tfjs's.
 * Shapes: B rows of T + 1 tokens, R ≤ B · T lines, D width, V words.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { NamedTensorMap, Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { TransformerConfig } from "../../policy/transformer.js";
import type { FusedScores } from "../fused.js";
import { attention, attentionGradients, checkHeads, type Attention } from "./attention.js";
import { embeddingGradients } from "./embedding.js";
import { gelu, geluGradients } from "./gelu.js";
import { placesOf, rowsOf, type Rows } from "./layout.js";
import { addNorm, addNormGradients, embedNorm, normGradients, type Normalized } from "./norm.js";
import { logitsGradient, scores, valueGradients, type Scored } from "./scores.js";

type Parameters = ReadonlyMap<string, Tensor>;

/** What the way back needs of a layer. */
interface Layer {
  before: Normalized;
  qkv: Tensor;
  attended: Attention;
  between: Normalized;
  up: Tensor;
  hidden: Tensor;
}

interface Activations {
  rows: Rows;
  places: Tensor;
  layers: Layer[];
  final: Normalized;
  logits: Tensor;
  scored: Scored;
}

/** tfjs's way to record an operation whose gradient it does not know; `tf.customGrad` allows one output only. */
interface Recorder {
  runKernelFunc(operation: {
    forwardFunc: (backend: unknown, save: (tensors: Tensor[]) => void) => Tensor[];
    backwardsFunc: (gradients: Tensor[], saved: Tensor[]) => Record<string, () => Tensor>;
    inputs: NamedTensorMap;
  }): Tensor[];
}

/**
 * As `TransformerPolicy.score`, differentiable with respect to the parameters.
 * @param parameters by name, as `parameterShapes` names them
 * @param tokens int32 [B, T + 1]
 * @param lengths tokens of each row: beyond them next to nothing is computed, and where nothing is the scores are 0
 * @throws RangeError for heads of more than 256 numbers, TypeError for tokens that are not int32
 */
export function score(
  parameters: Parameters,
  config: TransformerConfig,
  tokens: Tensor2D,
  temperature: number,
  lengths?: readonly number[],
): FusedScores {
  checkHeads(config.width, config.heads);
  // Other numbers would be taken for token ids bit by bit.
  if (tokens.dtype !== "int32") throw new TypeError(`score: tokens must be int32, not ${tokens.dtype}`);
  const model = { parameters, config, tokens, temperature, lengths };
  let activations: Activations | undefined;
  const [logProbs, entropy, values] = (tf.engine() as unknown as Recorder).runKernelFunc({
    inputs: Object.fromEntries(parameters),
    forwardFunc(_, save) {
      activations = forward(model);
      save(flatten(activations));
      const { logProbs, entropy, values } = activations.scored;
      return [logProbs, entropy, ...(values === undefined ? [] : [values])];
    },
    backwardsFunc(gradients, saved) {
      const gradientsByName = tf.tidy(() => backward(model, restore(activations!, saved), gradients));
      return Object.fromEntries(Object.entries(gradientsByName).map(([name, g]) => [name, () => g]));
    },
  }) as [Tensor2D, Tensor2D, Tensor2D?];
  return { logProbs, entropy, ...(values === undefined ? {} : { values }) };
}

interface Model {
  parameters: Parameters;
  config: TransformerConfig;
  tokens: Tensor2D;
  temperature: number;
  lengths: readonly number[] | undefined;
}

const product = (a: Tensor, b: Tensor) => tf.matMul(a as Tensor2D, b as Tensor2D);
/** a · bᵀ: the gradient of a product's left factor. */
const leftGradient = (a: Tensor, b: Tensor) => tf.matMul(a as Tensor2D, b as Tensor2D, false, true);
/** aᵀ · b: the gradient of a product's right factor. */
const rightGradient = (a: Tensor, b: Tensor) => tf.matMul(a as Tensor2D, b as Tensor2D, true, false);

function forward({ parameters, config, tokens, temperature, lengths }: Model): Activations {
  const get = (name: string) => parameters.get(name)!;
  const norm = (name: string) => ({ scale: get(`${name}.scale`), shift: get(`${name}.shift`) });
  const [count, following] = tokens.shape;
  const predictions = lengths?.map((length) => Math.max(1, length - 1));
  const rows = rowsOf(count, following - 1, predictions);
  const places = placesOf(tokens, rows);
  const layers: Layer[] = [];
  let before = embedNorm(
    rows,
    places,
    get("embedding.tokens"),
    get("embedding.positions"),
    norm("layer0.attention.norm"),
  );
  for (let i = 0; i < config.layers; i++) {
    const of = (name: string) => get(`layer${i}.${name}`);
    const qkv = product(before.normal, of("attention.qkv.weight"));
    const attended = attention(qkv, of("attention.qkv.bias"), rows, config.heads);
    const between = addNorm(
      before.stream,
      product(attended.result, of("attention.output.weight")),
      of("attention.output.bias"),
      norm(`layer${i}.mlp.norm`),
    );
    const up = product(between.normal, of("mlp.up.weight"));
    const hidden = gelu(up, of("mlp.up.bias"));
    const after = addNorm(
      between.stream,
      product(hidden, of("mlp.down.weight")),
      of("mlp.down.bias"),
      norm(i + 1 < config.layers ? `layer${i + 1}.attention.norm` : "norm"),
    );
    layers.push({ before, qkv, attended, between, up, hidden });
    before = after;
  }
  const logits = product(before.normal, get("head.weight"));
  const head = config.valueHead ? valueHead(parameters, before) : undefined;
  const scored = scores(logits, rows, places, temperature, head);
  return { rows, places, layers, final: before, logits, scored };
}

function valueHead(parameters: Parameters, { normal }: Normalized) {
  return { features: normal, weight: parameters.get("value.weight")!, bias: parameters.get("value.bias")! };
}

/** The parameters' gradients by name. */
function backward(model: Model, activations: Activations, gradients: Tensor[]) {
  const { parameters, config, temperature } = model;
  const { rows, places, layers, final, logits, scored } = activations;
  const [logProbs, entropy, values] = gradients as [Tensor, Tensor, Tensor?];
  const get = (name: string) => parameters.get(name)!;
  const result: Record<string, Tensor> = {};

  const ofLogits = logitsGradient({ logProbs, entropy }, logits, places, scored, temperature);
  result["head.weight"] = rightGradient(final.normal, ofLogits);
  const ofFinal = leftGradient(ofLogits, get("head.weight"));
  if (values !== undefined) {
    const head = valueGradients(values, places, valueHead(parameters, final), ofFinal);
    result["value.weight"] = head.weight;
    result["value.bias"] = head.bias;
  }

  let after = addNormGradients(ofFinal, final, get("norm.scale"));
  result["norm.scale"] = after.scale;
  result["norm.shift"] = after.shift;
  for (let i = config.layers - 1; i >= 0; i--) {
    const { before, qkv, attended, between, up, hidden } = layers[i]!;
    const of = (name: string) => get(`layer${i}.${name}`);
    const set = (name: string, gradient: Tensor) => (result[`layer${i}.${name}`] = gradient);

    set("mlp.down.bias", after.bias);
    set("mlp.down.weight", rightGradient(hidden, after.stream));
    const ofHidden = leftGradient(after.stream, of("mlp.down.weight"));
    const ofUp = geluGradients(ofHidden, up, of("mlp.up.bias"));
    set("mlp.up.bias", ofUp.bias);
    set("mlp.up.weight", rightGradient(between.normal, ofUp.input));
    const ofMlpInput = leftGradient(ofUp.input, of("mlp.up.weight"));
    const middle = addNormGradients(ofMlpInput, between, of("mlp.norm.scale"), after.stream);
    set("mlp.norm.scale", middle.scale);
    set("mlp.norm.shift", middle.shift);

    set("attention.output.bias", middle.bias);
    set("attention.output.weight", rightGradient(attended.result, middle.stream));
    const ofAttended = leftGradient(middle.stream, of("attention.output.weight"));
    const ofQkv = attentionGradients(ofAttended, qkv, of("attention.qkv.bias"), attended, rows, config.heads);
    set("attention.qkv.bias", ofQkv.bias);
    set("attention.qkv.weight", rightGradient(before.normal, ofQkv.qkv));
    const ofAttentionInput = leftGradient(ofQkv.qkv, of("attention.qkv.weight"));

    const scale = of("attention.norm.scale");
    if (i > 0) {
      after = addNormGradients(ofAttentionInput, before, scale, middle.stream);
      set("attention.norm.scale", after.scale);
      set("attention.norm.shift", after.shift);
    } else {
      const first = normGradients(ofAttentionInput, before, scale, middle.stream);
      set("attention.norm.scale", first.scale);
      set("attention.norm.shift", first.shift);
      const { vocabularySize, contextLength } = config;
      const embeddings = embeddingGradients(first.stream, rows, places, vocabularySize, contextLength);
      result["embedding.tokens"] = embeddings.words;
      result["embedding.positions"] = embeddings.positions;
    }
  }
  return result;
}

/** All tensors of the activations, in an order that {@link restore} knows. */
function flatten(activations: Activations): Tensor[] {
  const tensors: Tensor[] = [];
  visit(activations, (tensor) => {
    tensors.push(tensor);
    return tensor;
  });
  return tensors;
}

/** The activations as they were, of tensors that {@link flatten} listed: tfjs keeps copies of its own. */
function restore(activations: Activations, tensors: readonly Tensor[]): Activations {
  let next = 0;
  return visit(activations, () => tensors[next++]!);
}

/** The same structure with every tensor replaced. */
function visit<T>(part: T, replace: (tensor: Tensor) => Tensor): T {
  if (typeof part === "number") return part;
  if (part instanceof tf.Tensor) return replace(part) as T;
  if (Array.isArray(part)) return part.map((item: unknown) => visit(item, replace)) as T;
  const entries = Object.entries(part as object) as [string, unknown][];
  return Object.fromEntries(entries.map(([name, item]) => [name, visit(item, replace)])) as T;
}
