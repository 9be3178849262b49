/** Gradients that leave nothing behind when the loss throws. */
import * as tf from "@tensorflow/tfjs-core";
import type { NamedTensorMap, Scalar, Tensor, Variable } from "@tensorflow/tfjs-core";

/** The part of tfjs's engine that records a forward pass. */
interface Recording {
  state: { activeTape: { saved?: Tensor[] }[] | null };
}

/**
 * `tf.variableGrads`: the loss and its gradients by variable name. When the loss throws, tfjs keeps what the
 * operations before had saved for the backward pass; here it is let go.
 */
export function variableGrads(
  loss: () => Scalar,
  variables: readonly Variable[],
): { value: Scalar; grads: NamedTensorMap } {
  try {
    return tf.variableGrads(loss, [...variables]);
  } catch (error) {
    const { state } = tf.engine() as unknown as Recording;
    for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
    state.activeTape = null;
    throw error;
  }
}
