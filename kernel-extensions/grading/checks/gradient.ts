/** The gradient of a function of a tensor, found twice. */
import * as tf from "@tensorflow/tfjs-core";
import { currentEngine, useEngine } from "../../../src/engine/index.js";

/** Small enough for a curve to be straight, large enough for float32 to see the difference. */
const step = 0.01;

export interface Gradients {
  /** `undefined` when `f` does not depend on its input by tensor operations. */
  byTfjs: number[] | undefined;
  byDifferences: number[];
}

/** @param f from a tensor to a scalar */
export async function gradients(
  f: (x: tf.Tensor) => tf.Tensor,
  x: { values: readonly number[]; shape: readonly number[] },
): Promise<Gradients> {
  if (currentEngine() === undefined) await useEngine();
  const tensor = (values: readonly number[]) => tf.tensor([...values], [...x.shape]);
  const scalar = (at: tf.Tensor): tf.Scalar => tf.reshape(f(at), []);
  const value = async (values: readonly number[]) => {
    const result = tf.tidy(() => scalar(tensor(values)));
    const [number] = await result.data();
    result.dispose();
    return number!;
  };
  const byDifferences: number[] = [];
  for (const [i, middle] of x.values.entries()) {
    const [above, below] = [
      await value(x.values.with(i, middle + step)),
      await value(x.values.with(i, middle - step)),
    ];
    byDifferences.push((above - below) / (2 * step));
  }
  try {
    const found = tf.tidy(() => tf.grad(scalar)(tensor(x.values)));
    const byTfjs = [...(await found.data())];
    found.dispose();
    return { byTfjs, byDifferences };
  } catch (error) {
    if (!/Cannot compute gradient/.test(String((error as Error).message))) throw error;
    return { byTfjs: undefined, byDifferences };
  }
}
