/** What the rest of the library asks of a policy; the built-in transformer is one. */
import type { Tensor1D, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import type { Vocabulary } from "./vocabulary.js";

/** One context to be continued. */
export interface SampleRequest {
  /** Token ids the context begins with, at least one. */
  prompt: readonly number[];
  /** Seed of this row's random numbers: a row's tokens do not depend on the rows beside it. */
  seed: number;
}

export interface SampleOptions {
  /** Tokens that end a turn. */
  stop: readonly number[];
  /** Most tokens of a turn; it ends there too. */
  maxTurnTokens: number;
  /** Most tokens of a context: the policy's context length by default. */
  contextLength?: number;
  /** Divides the logits before softmax; 1 by default. */
  temperature?: number;
  /** Take the likeliest token instead of drawing one; log-probabilities are still those of temperature 1. */
  greedy?: boolean;
  /**
   * Called at the end of every turn: the tokens to force into the context next (tool output, the next
   * observation), after which the policy writes again; undefined ends the row. Without it a row is one turn.
   */
  respond?: (row: number, action: readonly number[]) => TurnResponse | Promise<TurnResponse>;
  signal?: AbortSignal;
}

export type TurnResponse = readonly number[] | undefined;

export interface SampledContext {
  tokens: Int32Array;
  /** 1 where the policy wrote the token. */
  mask: Uint8Array;
  /** Natural log-probability of each written token, 0 elsewhere. */
  logProbs: Float32Array;
  /** Entropy in nats of the distribution each written token was drawn from, 0 elsewhere. */
  entropies: Float32Array;
  /** Value head's estimate before each written token, when there is one. */
  values?: Float32Array;
  /** Half-open column ranges of the turns. */
  turns: { start: number; end: number }[];
  /** True when the context was full before the row had ended. */
  full: boolean;
}

/** Predictions for given tokens, B rows of T: column t belongs to token t + 1. Differentiable. */
export interface Scores {
  /** [B, T − 1] natural log-probability of each token given those before it. */
  logProbs: Tensor2D;
  /** [B, T − 1] entropy of each prediction in nats. */
  entropy: Tensor2D;
  /** [B, T − 1] value head's estimate before each token. */
  values?: Tensor2D;
}

/** What is scored: the arguments of {@link TrainablePolicy.score}. */
export interface ScoredRows {
  tokens: Tensor2D;
  temperature: number;
  lengths: readonly number[];
  asked: Tensor2D;
}

/** A policy that gives no probabilities any more: a NaN or an overflow in its parameters. */
export class DamagedPolicyError extends Error {
  override readonly name = "DamagedPolicyError";
}

export interface Policy {
  readonly vocabulary: Vocabulary;
  /** Most tokens of a context. */
  readonly contextLength: number;
  /** Continues contexts in lock-step, many at once. */
  sample(requests: readonly SampleRequest[], options: SampleOptions): Promise<SampledContext[]>;
}

/** A policy that can be trained with tfjs. */
export interface TrainablePolicy extends Policy {
  /** What the optimizer changes, by name. */
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly hasValueHead: boolean;
  /**
   * Log-probabilities and entropies of given tokens under the present parameters: what a loss is made of.
   * @param tokens int32 [B, T], padded with any token
   * @param temperature that of the sampling
   * @param lengths tokens of each row, where that is known: predictions beyond mean nothing and may be left out
   * @param asked float32 [B, T − 1], 0 where a prediction is not needed: what stands there means nothing, and it has
   * no gradient or one that nobody asks for
   */
  score(tokens: Tensor2D, temperature?: number, lengths?: readonly number[], asked?: Tensor2D): Scores;
  /**
   * The gradient of a loss of the scores with respect to all parameters, one after the other as one vector: what
   * {@link score} and tfjs's tape come to, in one piece. Undefined where the engine has no such piece.
   * @param slopes the loss's gradients with respect to the scores
   */
  scoreGradient(rows: ScoredRows, slopes: (scores: Scores) => Scores): Tensor1D | undefined;
  /** A copy with parameters of its own, for instance a frozen reference. */
  clone(): Promise<TrainablePolicy>;
  dispose(): void;
}
