/** A short trial of the engine in use: a training step of a small transformer, as the trainer would do it. */
import * as tf from "@tensorflow/tfjs-core";
import type { Scalar, Tensor2D, Variable } from "@tensorflow/tfjs-core";
import { forward, initialValues, parameterShapes } from "../policy/transformer.js";
import { fusedKernels } from "./fused.js";
import { variableGrads } from "./gradients.js";
import { keepingAlive } from "./webgpu/dawn.js";

/** Size of the work an engine is chosen for. */
export interface Work {
  /** Tokens in a training batch. */
  tokens: number;
  /** The transformer's width, a multiple of 4. */
  width: number;
}

/** An update of the default recipes: 128 trajectories of about 28 tokens. */
export const defaultWork: Work = { tokens: 3584, width: 64 };

const length = 28;

/** Milliseconds of a step (the median of three, after one to warm up). */
export async function probe({ tokens, width }: Work): Promise<number> {
  const config = {
    ...{ vocabularySize: 48, contextLength: length, width, layers: 2, heads: 4 },
    valueHead: false,
  };
  const values = initialValues(config, 0);
  const parameters = new Map<string, Variable>();
  for (const [name, shape] of parameterShapes(config)) {
    parameters.set(
      name,
      tf.tidy(() => tf.variable(tf.tensor(values.get(name)!, shape))),
    );
  }
  const rows = Math.max(1, Math.round(tokens / length));
  const given = tf.fill([rows, length + 1], 1, "int32") as Tensor2D;
  const loss = (): Scalar => {
    const fused = fusedKernels()?.score;
    if (fused !== undefined) return tf.mean(fused(parameters, config, given, 1).logProbs);
    return tf.mean(
      tf.logSoftmax(forward(parameters, config, tf.slice(given, [0, 0], [rows, length])).logits),
    );
  };
  const step = async () => {
    const { value, grads } = tf.tidy(() => variableGrads(loss, [...parameters.values()]));
    // Reading is part of the step: a GPU's work is not done when the call returns.
    await keepingAlive(async () => await Object.values(grads)[0]!.data());
    tf.dispose([value, grads]);
  };
  try {
    const times: number[] = [];
    for (let i = 0; i < 4; i++) {
      const start = performance.now();
      await step();
      times.push(performance.now() - start);
    }
    return times.slice(1).sort((a, b) => a - b)[1]!;
  } finally {
    fusedKernels()?.release?.(parameters);
    tf.dispose([given, ...parameters.values()]);
  }
}
