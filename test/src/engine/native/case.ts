/** A batch to score on any engine: a model, ragged rows as the trainer packs them, and gradients from above. */
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D } from "@tensorflow/tfjs-core";
import type { SamplingNetwork } from "../../../../src/engine/fused.js";
import { variableGrads } from "../../../../src/engine/gradients.js";
import {
  TransformerPolicy,
  Vocabulary,
  type Scores,
  type TransformerConfig,
} from "../../../../src/policy/index.js";
import { parameterShapes } from "../../../../src/policy/transformer.js";
import { Random } from "../../../../src/random.js";
import { packRows, type Row } from "../../../../src/training/batch.js";

export interface Case {
  config: TransformerConfig;
  parameters: Map<string, Float32Array>;
  rows: Row[];
  /** Of the loss with respect to each output, [B, T − 1] row by row; 0 where the mask is. */
  upstream: Record<Output, Float32Array>;
  temperature: number;
  /** Tokens of each row, where the score is told. */
  lengths?: number[];
  /** Whether the score is told which predictions count. */
  asked: boolean;
}

export const outputs = ["logProbs", "entropy", "values"] as const;
export type Output = (typeof outputs)[number];

export interface Sizes {
  vocabulary: number;
  /** Most predictions of a row, T − 1. */
  length: number;
  rows: number;
  /** How much longer the context could be. */
  slack: number;
  heads: number;
  headSize: number;
  layers: number;
  valueHead: boolean;
  temperature: number;
  /** Standard deviation of the parameters. */
  deviation: number;
  /** Whether the score is told how long each row is, so that it can leave the padding out. */
  told: boolean;
  /** How likely a token counts. */
  masked: number;
  /** Whether the score is told which tokens count, so that it can leave the others' predictions out. */
  asked: boolean;
  seed: number;
}

export function makeCase(sizes: Sizes): Case {
  const random = new Random(sizes.seed);
  const config = {
    vocabularySize: sizes.vocabulary,
    contextLength: sizes.length + sizes.slack,
    width: sizes.heads * sizes.headSize,
    layers: sizes.layers,
    heads: sizes.heads,
    valueHead: sizes.valueHead,
  };
  const normals = (size: number) =>
    Float32Array.from({ length: size }, () => sizes.deviation * random.normal());
  const parameters = new Map(
    Array.from(parameterShapes(config), ([name, shape]) => [name, normals(tf.util.sizeFromShape(shape))]),
  );
  const longest = sizes.length + 1;
  const rows = Array.from({ length: sizes.rows }, (_, i) => {
    const length = i === 0 ? longest : random.between(1, longest);
    return {
      tokens: Int32Array.from({ length }, () => random.integer(sizes.vocabulary)),
      mask: Uint8Array.from({ length }, () => (random.chance(sizes.masked) ? 1 : 0)),
      logProbs: new Float32Array(length),
      advantages: new Float32Array(length),
    };
  });
  // One token counts at least, or there is nothing to compare.
  rows[0]!.mask[sizes.length] = 1;
  const weights = () => {
    const values = new Float32Array(sizes.rows * sizes.length);
    for (const [i, { mask }] of rows.entries())
      for (let t = 1; t < mask.length; t++)
        if (mask[t] === 1) values[i * sizes.length + t - 1] = random.normal();
    return values;
  };
  const upstream = { logProbs: weights(), entropy: weights(), values: weights() };
  return {
    ...{ config, parameters, rows, upstream, temperature: sizes.temperature, asked: sizes.asked },
    ...(sizes.told ? { lengths: rows.map(({ tokens }) => tokens.length) } : {}),
  };
}

/** Its vocabulary's words do not matter here. */
export function policyOf(
  config: TransformerConfig,
  parameters: ReadonlyMap<string, Float32Array>,
): TransformerPolicy {
  return new TransformerPolicy(new Vocabulary([]), config, parameters);
}

/** Runs the next tokens of every row; a copy of the predictions after the last. */
export async function advance(
  network: SamplingNetwork,
  tokens: readonly (readonly number[])[],
): Promise<Float32Array> {
  return (await network.advance(Int32Array.from(tokens.flat()), tokens[0]!.length)).slice();
}

export interface Scored {
  outputs: Partial<Record<Output, Float32Array>>;
  /** By parameter. */
  gradients: Map<string, Float32Array>;
}

/** The outputs' sum weighted by `upstream`. */
export function weighted(scores: Scores, { upstream }: Pick<Case, "upstream">): Scalar {
  const terms = outputs.flatMap((name) => {
    const output = scores[name];
    return output === undefined ? [] : [tf.sum(tf.mul(output, tf.tensor2d(upstream[name], output.shape)))];
  });
  return tf.addN(terms) as Scalar;
}

/** Scores the case on the engine in use, with the gradient of the outputs' sum weighted by `upstream`. */
export function scoreCase(given: Case, policy?: TransformerPolicy): Scored {
  const own = policy ?? policyOf(given.config, given.parameters);
  const packed = packRows(given.rows);
  const results = tf.tidy(() => {
    const found: Partial<Record<Output, Tensor2D>> = {};
    const { grads } = variableGrads(() => {
      const asked = given.asked ? packed.mask : undefined;
      const scores = own.score(packed.tokens, given.temperature, given.lengths, asked);
      for (const name of outputs) if (scores[name]) found[name] = tf.keep(scores[name].clone());
      return weighted(scores, given);
    }, [...own.parameters.values()]);
    return { found, grads };
  });
  const read = (tensor: tf.Tensor) => Float32Array.from(tensor.dataSync());
  /** What is said of padding, or where nothing was asked, is nobody's business, as long as it is a number. */
  const counted = (values: Float32Array) => {
    const columns = values.length / given.rows.length;
    return values.map((value, i) => {
      const { mask } = given.rows[Math.floor(i / columns)]!;
      const t = (i % columns) + 1;
      return t < mask.length && (!given.asked || mask[t] === 1) ? value : 0 * value;
    });
  };
  const scored = {
    outputs: Object.fromEntries(
      Object.entries(results.found).map(([name, tensor]) => [name, counted(read(tensor))]),
    ),
    gradients: new Map(
      Array.from(own.parameters, ([name, variable]) => [name, read(results.grads[variable.name]!)]),
    ),
  };
  tf.dispose([{ ...results.found }, results.grads, { ...packed }]);
  if (policy === undefined) own.dispose();
  return scored;
}

/** max |a − b| / max |b|; infinite when a number is none, or lengths differ. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>, floor = 0): number {
  let difference = a.length === b.length ? 0 : Infinity;
  let largest = floor;
  for (let i = 0; i < b.length; i++) {
    const apart = Math.abs(a[i]! - b[i]!);
    difference = Math.max(difference, Number.isNaN(apart) ? Infinity : apart);
    largest = Math.max(largest, Math.abs(b[i]!));
  }
  return difference === 0 ? 0 : difference / largest;
}
