/** Scores of given tokens, and their gradients: the fused kernels as one operation of tfjs, or without its tape. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { TransformerConfig } from "../../policy/transformer.js";
import type { FusedScores } from "../fused.js";
import { need, output, type Model, type Models, type Parameters } from "./model.js";
import type { Offset, SharedMemory } from "./module.js";

/** What is scored: the arguments of `FusedKernels.score`. */
export interface Scored {
  parameters: Parameters;
  config: TransformerConfig;
  tokens: Tensor2D;
  temperature: number;
  lengths: readonly number[] | undefined;
  asked: Tensor2D | undefined;
}

/** A forward pass, and the backward pass that may follow. */
class Pass {
  readonly shape: number[];
  private readonly model: Model;
  private readonly predictions: readonly number[] | undefined;
  /** Which of the model's passes this was. */
  private number = 0;

  constructor(
    private readonly models: Models,
    private readonly scored: Scored,
  ) {
    const { parameters, config, tokens, lengths } = scored;
    checkTokens(models.shared, tokens, config);
    const [rows, columns] = tokens.shape;
    this.model = models.of(parameters, config);
    this.predictions = lengths?.map((count) => Math.max(1, count - 1));
    this.shape = [config.valueHead ? 3 : 2, rows, columns - 1];
  }

  /** @returns log-probabilities, entropies and values as one tensor of the shape above */
  forward(parameters: readonly Tensor[]): Tensor3D {
    const { model, models, predictions } = this;
    const { tokens, temperature, asked } = this.scored;
    const [rows, columns] = tokens.shape;
    const out = output(models.shared, this.shape) as Tensor3D;
    model.pack(parameters);
    this.number = ++model.passes;
    need(
      models.module.scoreForward(
        model.score,
        model.offsetOf(tokens),
        predictions === undefined ? 0 : model.lengths.write(predictions),
        asked === undefined ? 0 : model.offsetOf(asked),
        ...([rows, columns - 1, temperature] as const),
        model.offsetOf(out),
      ),
      `${rows} rows of ${columns} tokens`,
    );
    return out;
  }

  /**
   * @param parameters those of the forward pass
   * @param slope of what it returned
   * @param to where each parameter's gradient is written
   */
  backward(parameters: readonly Tensor[], slope: Tensor, to: readonly Offset[]): void {
    const { model, models } = this;
    model.pack(parameters);
    // Another forward pass may have overwritten what this one had kept.
    if (model.passes !== this.number) this.forward(parameters).dispose();
    const offsets = model.otherOffsets.write(to);
    const from = model.parameterOffsets.write(parameters.map((tensor) => model.offsetOf(tensor)));
    const { score, handle } = model;
    const { scoreBackward } = models.module;
    const [tokens, given] = [model.offsetOf(this.scored.tokens), model.offsetOf(slope)];
    need(scoreBackward(score, handle, tokens, given, from, offsets), "the gradient");
  }

  /** Where a tensor's values lie. */
  offsetOf(tensor: Tensor): Offset {
    return this.model.offsetOf(tensor);
  }
}

/**
 * Log-probabilities, entropies and values of given tokens, with a backward pass of their own: tfjs's tape sees one
 * operation.
 */
export function score(models: Models, scored: Scored): FusedScores {
  const pass = new Pass(models, scored);
  const { tokens, asked, parameters } = scored;
  const operation = tf.customGrad((...args) => {
    const save = args.pop() as unknown as tf.GradSaveFunc;
    const values = args as Tensor[];
    const value = pass.forward(values);
    // Tokens too, so that they are still there for the backward pass.
    save([...values, tokens, ...(asked === undefined ? [] : [asked])]);
    return {
      value,
      gradFunc: (slope: Tensor, saved: Tensor[]) => {
        const then = saved.slice(0, values.length);
        const gradients = then.map(({ shape }) => output(models.shared, shape));
        pass.backward(
          then,
          slope,
          gradients.map((gradient) => pass.offsetOf(gradient)),
        );
        return gradients;
      },
    };
  });
  return planes(operation(...parameters.values()) as Tensor3D);
}

/** The parameters' gradient as one vector: see `FusedKernels.scoreGradient`. */
export function scoreGradient(
  models: Models,
  scored: Scored,
  slopes: (scores: FusedScores) => FusedScores,
): Tensor1D {
  return tf.tidy(() => {
    const pass = new Pass(models, scored);
    const parameters = [...scored.parameters.values()];
    const { logProbs, entropy, values } = slopes(planes(pass.forward(parameters)));
    const slope = tf.stack([logProbs, entropy, ...(values === undefined ? [] : [values])]);
    const gradient = output(models.shared, [parameters.reduce((sum, { size }) => sum + size, 0)]) as Tensor1D;
    let offset = pass.offsetOf(gradient);
    const to = parameters.map(({ size }) => (offset += 4 * size) - 4 * size);
    pass.backward(parameters, slope, to);
    return gradient;
  });
}

function planes(all: Tensor3D): FusedScores {
  const [logProbs, entropy, values] = tf.unstack(all) as [Tensor2D, Tensor2D, Tensor2D?];
  return { logProbs, entropy, ...(values === undefined ? {} : { values }) };
}

/** The kernels read and write wherever a token points to. */
function checkTokens({ backend, memory }: SharedMemory, tokens: Tensor2D, config: TransformerConfig): void {
  if (tokens.dtype !== "int32") throw new TypeError(`score: tokens must be int32, not ${tokens.dtype}`);
  const { memoryOffset } = backend.dataIdMap.get(tokens.dataId);
  const ids = new Int32Array(memory.buffer, memoryOffset, tokens.size);
  const unknown = ids.find((id) => id < 0 || id >= config.vocabularySize);
  if (unknown === undefined) return;
  throw new RangeError(`score: there is a token ${unknown}; token ids are 0 to ${config.vocabularySize - 1}`);
}
