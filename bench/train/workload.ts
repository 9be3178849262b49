/** The work everybody is given: three sizes of one transformer, a batch, and how many operations a step takes. */
import type { TransformerConfig } from "../../src/policy/transformer.js";

/** Rows of a training batch, tokens predicted in each, and words of the vocabulary. */
export const batch = { rows: 32, predictions: 48, vocabulary: 64 } as const;
/** Tokens sampled in a row after its `<bos>`. */
export const sampledTokens = batch.predictions - 1;
/** Rows that are sampled at once. */
export const sampledRows = [32, 128] as const;
/** Steps whose losses are compared, and how far apart they may be, relatively. */
export const comparedSteps = 20;
export const lossTolerance = 1e-3;
/** Different batches of tokens, taken in turn. */
export const batches = 4;
/** Updates of a whole run of GRPO, as the recipe of `weather` has it. The first ones are in no round. */
export const grpoUpdates = 80;
export const grpoWarmUp = 2;

export const sizes = {
  "64x2": { width: 64, layers: 2, heads: 4 },
  "128x4": { width: 128, layers: 4, heads: 4 },
  "256x6": { width: 256, layers: 6, heads: 8 },
} as const;
export type SizeName = keyof typeof sizes;
export const sizeNames = Object.keys(sizes) as SizeName[];
export const smallest: SizeName = "64x2";

export const environments = ["weather", "two-hop"] as const;
export type EnvironmentName = (typeof environments)[number];

export function modelOf(size: SizeName): TransformerConfig {
  return {
    ...sizes[size],
    vocabularySize: batch.vocabulary,
    contextLength: batch.predictions,
    valueHead: false,
  };
}

/**
 * Floating-point operations of one training step's matrix products; a multiplication and an addition are two.
 * Attention counts in full, as it is computed, though half of it is masked. The backward pass has two products
 * for each of the forward pass; what is not a matrix product is left out.
 */
export function stepOperations(
  { width, layers, vocabularySize }: TransformerConfig,
  rows: number,
  length: number,
): number {
  // Queries, keys and values 3 D², output D², up and down 4 D² each; scores and mixing T · D each.
  const perLayer = 12 * width ** 2 + 2 * length * width;
  const perToken = layers * perLayer + width * vocabularySize;
  return 3 * 2 * rows * length * perToken;
}

/** Sides [m, k, n] of the matrix product whose speed is taken for the machine's: the largest of a step. */
export function peakShape(size: SizeName): [number, number, number] {
  const { width } = sizes[size];
  return [batch.rows * batch.predictions, width, 4 * width];
}
