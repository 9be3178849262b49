/** Gradients that leave nothing behind when the loss throws. */
import * as tf from "@tensorflow/tfjs-core";
import type { NamedTensorMap, Scalar, Tensor, Variable } from "@tensorflow/tfjs-core";

export type Loss = () => Scalar;

/** The part of tfjs's engine that records a forward pass. */
interface Recording {
  state: { activeTape: { saved?: Tensor[] }[] | null };
}

/** `tf.variableGrads`: the loss and its gradients by variable name. */
export function variableGrads(
  loss: Loss,
  variables: readonly Variable[],
): { value: Scalar; grads: NamedTensorMap } {
  return cleanly(() => tf.variableGrads(loss, [...variables]));
}

/** The loss and its gradients with respect to tensors it is made of; zeros for those it does not depend on. */
export function tensorGrads<T extends Tensor>(
  loss: Loss,
  tensors: readonly T[],
): { value: Scalar; grads: T[] } {
  const { value, grads } = cleanly(() => tf.engine().gradients(loss, [...tensors], undefined, true));
  return { value, grads: tensors.map((tensor, i) => (grads[i] as T | null) ?? tf.zerosLike(tensor)) };
}

/** When a loss throws, tfjs keeps what the operations before had saved for the backward pass; here it is let go. */
function cleanly<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { state } = tf.engine() as unknown as Recording;
    for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
    state.activeTape = null;
    throw error;
  }
}
