/** Gradients that tfjs lacks, or has wrong, on every engine. */
import * as tf from "@tensorflow/tfjs-core";
import type { GradFunc, NamedAttrMap, Tensor } from "@tensorflow/tfjs-core";

let registered = false;

/** Registers them with tfjs; needed once, after tfjs's own. */
export function registerGradients(): void {
  if (registered) return;
  registered = true;
  for (const kernelName of broadcasting) {
    const { inputsToSave, gradFunc } = tf.getGradient(kernelName);
    replaceGradient({ kernelName, inputsToSave: inputsToSave!, gradFunc: summed(gradFunc, inputsToSave!) });
  }
  replaceGradient({ kernelName: "Cumsum", gradFunc: cumsumGradient });
  replaceGradient({ kernelName: "Einsum", saveAllInputs: true, gradFunc: einsumGradient });
}

function replaceGradient(config: tf.GradConfig): void {
  if (tf.getGradient(config.kernelName) !== undefined) tf.unregisterGradient(config.kernelName);
  tf.registerGradient(config);
}

/** Their gradients have the result's shape, also for an input that was broadcast, and are then refused. */
const broadcasting = ["BatchMatMul", "Maximum", "Minimum", "Prelu", "SquaredDifference"];

function summed(gradFunc: GradFunc, names: readonly string[]): GradFunc {
  return (dy, saved, attrs) =>
    Object.fromEntries(
      Object.entries(gradFunc(dy, saved, attrs)).map(([name, gradient]) => [
        name,
        () => sumTo(gradient(), saved[names.indexOf(name)]!.shape),
      ]),
    );
}

/** Summed over the axes along which a tensor of this shape was repeated. */
function sumTo(x: Tensor, shape: readonly number[]): Tensor {
  const missing = x.rank - shape.length;
  const axes = x.shape.flatMap((size, axis) =>
    axis < missing || (shape[axis - missing] === 1 && size !== 1) ? [axis] : [],
  );
  return axes.length === 0 ? x : tf.reshape(tf.sum(x, axes), [...shape]);
}

/** tfjs transposes this gradient once too often: it is refused or wrong for every axis but the last. */
const cumsumGradient: GradFunc = (dy, _, attrs) => {
  const { axis, exclusive, reverse } = attrs as NamedAttrMap & CumsumAttributes;
  return { x: () => tf.cumsum(dy as Tensor, axis, exclusive, !reverse) };
};

interface CumsumAttributes {
  axis: number;
  exclusive: boolean;
  reverse: boolean;
}

/**
 * C = Σ A B over the labels that C lacks. Then dA = Σ dC B over the labels that A lacks, spread over those that
 * neither C nor B has, which A alone was summed over; dB likewise.
 */
const einsumGradient: GradFunc = (dy, saved, attrs) => {
  const equation = (attrs as NamedAttrMap & { equation: string }).equation.replaceAll(" ", "");
  const [left, result] = equation.split("->") as [string, string];
  const terms = left.split(",");
  return Object.fromEntries(
    terms.map((term, i) => [
      i,
      () => {
        const others = saved.filter((_, j) => j !== i);
        const given = [result, ...terms.filter((_, j) => j !== i)];
        const known = [...term].filter((label) => given.some((labels) => labels.includes(label)));
        const gradient = tf.einsum(`${given.join(",")}->${known.join("")}`, dy as Tensor, ...others);
        const { shape } = saved[i]!;
        const spread = shape.map((size, axis) => (known.includes(term[axis]!) ? size : 1));
        return tf.broadcastTo(tf.reshape(gradient, spread), shape);
      },
    ]),
  );
};
