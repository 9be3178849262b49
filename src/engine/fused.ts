/** Fused forms of a transformer's work that an engine may bring; what it lacks runs through tfjs's own kernels. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import type { TransformerConfig } from "../policy/transformer.js";

/** What {@link TransformerPolicy.score} returns; differentiable with respect to the parameters. */
export interface FusedScores {
  /** [B, T − 1] each. */
  logProbs: Tensor2D;
  entropy: Tensor2D;
  values?: Tensor2D;
}

/** The network of one sampling run with its cache of keys and values: B rows in lock-step. */
export interface SamplingNetwork {
  /**
   * Runs the next tokens of every row.
   * @param tokens [B, count]
   * @returns the last position's logits, followed by its value where there is a value head: [B, V (+ 1)];
   * good until the next call
   */
  advance(tokens: Int32Array, count: number): Promise<Float32Array> | Float32Array;
  /**
   * Draws every row's next token from what {@link advance} returned, as the sampler would: by inverse transform
   * sampling from its uniform number in [0, 1), or the likeliest one for a number of 1. A negative number leaves
   * the row out. Good until the next call.
   */
  draw?(uniforms: readonly number[], temperature: number): DrawnTokens;
  /**
   * Goes on with these rows, in this order; one that is named several times becomes several, at most as many in all
   * as the network was made for.
   * @returns the outputs of those rows, as {@link advance} gave them
   */
  keep(rows: readonly number[]): Promise<Float32Array> | Float32Array;
  dispose(): void;
}

/**
 * The network of one sampling run on a device that is slow to be read: it draws the tokens itself, several in a
 * row, before anything is read. Every row has a position of its own: how many of its tokens the cache holds.
 */
export interface DeviceNetwork {
  /** Runs known tokens: into each row from its position on. What the row held from there on is forgotten. */
  extend(pieces: readonly { row: number; position: number; tokens: readonly number[] }[]): void;
  /**
   * Draws `count` tokens for each of these rows, one after the other, each from the predictions after the one
   * before. Positions beyond the network's length hold nothing that can be used.
   * @param uniforms [rows, count] random numbers in [0, 1); without them the likeliest tokens are taken
   */
  draw(
    rows: readonly { row: number; position: number }[],
    count: number,
    temperature: number,
    uniforms?: Float32Array,
  ): Promise<DeviceDraws>;
  dispose(): void;
}

/** [rows, count] each, in the order asked for. */
export interface DeviceDraws {
  /** −1 where the predictions were not numbers. */
  tokens: Int32Array;
  logProbs: Float32Array;
  entropies: Float32Array;
  /** The value head's estimates before each token. */
  values?: Float32Array;
}

/** These rows of values [rows, width], in this order. */
export function takeRows(values: Float32Array, rows: readonly number[], width: number): Float32Array {
  const taken = new Float32Array(rows.length * width);
  for (const [i, row] of rows.entries())
    taken.set(values.subarray(row * width, (row + 1) * width), i * width);
  return taken;
}

/** One number per row. */
export interface DrawnTokens {
  tokens: Float32Array;
  /** Natural log-probability of the token, and entropy in nats of the distribution it was drawn from. */
  logProbs: Float32Array;
  entropies: Float32Array;
  /** The value head's estimate; 0 without one. */
  values: Float32Array;
}

/** Hyper-parameters of one step of Adam with the gradient's norm clipped. */
export interface AdamUpdate {
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Steps taken, this one included. */
  steps: number;
  learningRate: number;
  clipNorm: number;
}

export interface FusedKernels {
  /** Which they are, e.g. "AVX-512, 2 threads". */
  readonly name: string;
  /**
   * @param parameters by name, in the order of `parameterShapes`
   * @param lengths tokens of each row; what is beyond need not be computed
   * @param asked float32 [B, T − 1]: 0 where a prediction need not be computed
   */
  score?(
    parameters: ReadonlyMap<string, Tensor>,
    config: TransformerConfig,
    tokens: Tensor2D,
    temperature: number,
    lengths?: readonly number[],
    asked?: Tensor2D,
  ): FusedScores;
  /**
   * The gradient of a loss of the scores with respect to all parameters, one after the other as one vector: what a
   * backward pass through {@link score} comes to, without an entry for each parameter on tfjs's tape.
   * @param slopes the loss's gradients with respect to the scores
   */
  scoreGradient?(
    parameters: ReadonlyMap<string, Tensor>,
    config: TransformerConfig,
    tokens: Tensor2D,
    temperature: number,
    lengths: readonly number[] | undefined,
    asked: Tensor2D | undefined,
    slopes: (scores: FusedScores) => FusedScores,
  ): Tensor1D;
  /**
   * @param rows most rows, and how many there are at first
   * @param length most tokens of a row
   */
  network?(
    parameters: ReadonlyMap<string, Tensor>,
    config: TransformerConfig,
    rows: number,
    length: number,
  ): SamplingNetwork;
  /**
   * @param length most tokens of a row
   * @param columns most tokens drawn at a time
   */
  deviceNetwork?(
    parameters: ReadonlyMap<string, Tensor>,
    config: TransformerConfig,
    rows: number,
    length: number,
    columns: number,
  ): DeviceNetwork;
  /**
   * The new moments and parameter values, and the gradient's norm before clipping; nothing is changed by it.
   * When the norm is not a finite number there are no new values.
   */
  adam?(
    parameters: readonly Variable[],
    gradient: Tensor1D,
    first: Tensor1D,
    second: Tensor1D,
    update: AdamUpdate,
  ): Promise<AdamResult> | AdamResult;
  /** Lets go of what is kept for these parameters; it is made again when they are used again. */
  release?(parameters: ReadonlyMap<string, Tensor>): void;
}

export interface AdamResult {
  norm: number;
  /** Absent when the norm is not finite. */
  next?: { first: Tensor1D; second: Tensor1D; values: Tensor[] };
}

const registered = new Map<string, FusedKernels>();

/** Makes kernels those of a tfjs backend, or takes them away. */
export function registerFused(backend: string, kernels: FusedKernels | undefined): void {
  if (kernels === undefined) registered.delete(backend);
  else registered.set(backend, kernels);
}

/** Those of the engine in use; none with `ARL_FUSED=off` in the environment. */
export function fusedKernels(): FusedKernels | undefined {
  return process.env["ARL_FUSED"] === "off" ? undefined : registered.get(tf.getBackend());
}
