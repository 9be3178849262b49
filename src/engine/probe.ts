/** A short trial of the current tfjs backend: one training step of a transformer layer's matrix products. */
import * as tf from "@tensorflow/tfjs-core";
import { keepingAlive } from "./webgpu/dawn.js";

/** Size of the work an engine is chosen for. */
export interface Work {
  /** Tokens in a training batch. */
  tokens: number;
  /** The transformer's width. */
  width: number;
}

/** An update of the default recipes: 128 trajectories of about 28 tokens, in slices. */
export const defaultWork: Work = { tokens: 1024, width: 64 };

/** Milliseconds of a step (the median of three, after one to warm up). */
export async function probe({ tokens, width }: Work): Promise<number> {
  const x = tf.randomNormal([tokens, width], 0, 1, "float32", 1);
  const weights = [
    tf.randomNormal([width, 4 * width], 0, 0.1, "float32", 2),
    tf.randomNormal([4 * width, width], 0, 0.1, "float32", 3),
  ];
  const step = async () => {
    const gradients = tf.tidy(() =>
      tf.grads((up: tf.Tensor, down: tf.Tensor) =>
        tf.mean(tf.square(tf.matMul(tf.tanh(tf.matMul(x, up)), down))),
      )(weights),
    );
    // Reading is part of the step: a GPU's work is not done when the call returns.
    await keepingAlive(async () => await gradients[0]!.data());
    tf.dispose(gradients);
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
    tf.dispose([x, ...weights]);
  }
}
