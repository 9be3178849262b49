/** Adam (Kingma & Ba 2015, algorithm 1) on all parameters as one vector, with the gradient's norm clipped. */
import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Variable } from "@tensorflow/tfjs-core";
import { fusedKernels } from "../engine/fused.js";
import { read, readCopy } from "../engine/pace.js";

export interface AdamState {
  /** Steps taken. */
  steps: number;
  /** First and second moment of the gradient, one entry per parameter. */
  first: Float32Array;
  second: Float32Array;
}

/**
 * Keeps its moments as plain tensors and the step count as a number, so that saving and restoring it continues
 * bit for bit; tfjs's own Adam multiplies its bias corrections up in float32 and cannot.
 */
export class Adam {
  private first: Tensor1D;
  private second: Tensor1D;
  private steps = 0;

  constructor(
    private readonly parameters: readonly Variable[],
    private readonly options: { beta1?: number; beta2?: number; epsilon?: number; clipNorm?: number } = {},
  ) {
    const size = parameters.reduce((sum, { size }) => sum + size, 0);
    this.first = tf.zeros([size]);
    this.second = tf.zeros([size]);
  }

  /**
   * One step against a gradient of shape [all parameters, one after the other]; the caller disposes it.
   * @returns the gradient's norm before clipping. When it is not a finite number nothing was changed.
   */
  async step(gradient: Tensor1D, learningRate: number): Promise<number> {
    const { beta1 = 0.9, beta2 = 0.98, epsilon = 1e-8, clipNorm = 1 } = this.options;
    const fused = fusedKernels()?.adam;
    if (fused !== undefined) {
      const settings = { beta1, beta2, epsilon, steps: this.steps + 1, learningRate, clipNorm };
      const { norm, next } = await fused(this.parameters, gradient, this.first, this.second, settings);
      if (next === undefined) return norm;
      this.steps++;
      for (const [i, parameter] of this.parameters.entries()) {
        parameter.assign(next.values[i]!);
        next.values[i]!.dispose();
      }
      this.replace(next.first, next.second);
      return norm;
    }
    const squared = tf.tidy(() => tf.sum(tf.square(gradient)));
    const norm = Math.sqrt((await read(squared))[0]!);
    squared.dispose();
    if (!Number.isFinite(norm)) return norm;

    this.steps++;
    const { first, second } = tf.tidy(() => {
      const clipped = norm > clipNorm ? tf.mul(gradient, clipNorm / norm) : gradient;
      const first = tf.add(tf.mul(this.first, beta1), tf.mul(clipped, 1 - beta1)) as Tensor1D;
      const second = tf.add(tf.mul(this.second, beta2), tf.mul(tf.square(clipped), 1 - beta2)) as Tensor1D;
      // The bias corrections as factors: m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ).
      const rate = learningRate / (1 - beta1 ** this.steps);
      const deviation = tf.sqrt(tf.mul(second, 1 / (1 - beta2 ** this.steps)));
      const change = tf.mul(tf.div(first, tf.add(deviation, epsilon)), rate) as Tensor1D;
      const parts = tf.split(
        change,
        this.parameters.map(({ size }) => size),
      );
      for (const [i, parameter] of this.parameters.entries()) {
        parameter.assign(tf.sub(parameter, tf.reshape(parts[i]!, parameter.shape)));
      }
      return { first, second };
    });
    this.replace(first, second);
    return norm;
  }

  async state(): Promise<AdamState> {
    return { steps: this.steps, first: await readCopy(this.first), second: await readCopy(this.second) };
  }

  /** @throws RangeError when the moments are not those of as many parameters. */
  restore({ steps, first, second }: AdamState): void {
    if (first.length !== this.first.size || second.length !== this.second.size) {
      throw new RangeError(`Adam: the state is of ${first.length} parameters, there are ${this.first.size}`);
    }
    this.steps = steps;
    this.replace(tf.tensor1d(first), tf.tensor1d(second));
  }

  dispose(): void {
    tf.dispose([this.first, this.second]);
  }

  private replace(first: Tensor1D, second: Tensor1D): void {
    this.dispose();
    this.first = first;
    this.second = second;
  }
}

/** Gradients by variable name, laid out as one vector; parameters the loss does not reach have zeros. */
export function flatten(
  parameters: readonly Variable[],
  gradients: Readonly<Record<string, Tensor>>,
): Tensor1D {
  return tf.tidy(() =>
    tf.concat1d(
      parameters.map(({ name, size }) => {
        const gradient = gradients[name];
        return gradient === undefined
          ? tf.zeros<tf.Rank.R1>([size])
          : (tf.reshape(gradient, [size]) as Tensor1D);
      }),
    ),
  );
}
