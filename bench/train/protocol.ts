/**
 * What the bench asks its contestants, and what they answer. A contestant is a process in any language that
 * reads one JSON object a line, `{ "command": …, …arguments }`, and writes one a line: an answer below or
 * `{ "error": "one line" }`. It works only between a question and its answer.
 */
import type { TransformerConfig } from "../../src/policy/transformer.js";

export interface Commands {
  /** Starts what there is to start. */
  hello: { ask: object; answer: { device: string; versions: string } };
  /** Speed of a matrix product [m, k] · [k, n], the fastest of some. */
  peak: { ask: { shape: [number, number, number] }; answer: { gigaflops: number } };
  /** Makes a model for `step` and `sample`. */
  open: { ask: OpenModel; answer: { parameters: number } };
  /** Training steps: forward, cross entropy, backward, clipped gradient, Adam. */
  step: { ask: { steps: number }; answer: Steps };
  /** Samples `count` tokens after one `<bos>` in every row, with cached keys and values, at temperature 1. */
  sample: { ask: { rows: number; count: number }; answer: { milliseconds: number } };
  "grpo.open": { ask: OpenGrpo; answer: object };
  /** Whole updates: rollouts in the environment, advantages, optimizer step. */
  grpo: { ask: { updates: number }; answer: Updates };
}
export type CommandName = keyof Commands;

export interface OpenModel {
  model: TransformerConfig;
  /** Float32 values, one parameter after the other. */
  parameters: { path: string; shapes: [string, number[]][] };
  /** Int32 tokens [batches, rows, predictions + 1]; step i trains on batch i modulo their number. */
  tokens: { path: string; shape: [number, number, number] };
}

export interface Steps {
  milliseconds: number[];
  losses: number[];
  /** Tensors that exist after each step, where the engine counts them. */
  tensors?: number[];
  /** Programs that a GPU ran for one step, where they can be counted. */
  programs?: number;
}

export interface OpenGrpo {
  environment: string;
  /** The checkpoint to start from. */
  checkpoint: string;
  learningRate: number;
  prompts: number;
  groupSize: number;
  seed: number;
}

/** One entry per update. */
export interface Updates {
  milliseconds: number[];
  /** Share of the rollouts that succeeded. */
  success: number[];
  /** Tokens of all contexts, and of those whose advantage is not 0 (only they have a gradient). */
  tokens: number[];
  trained: number[];
  tensors?: number[];
}
