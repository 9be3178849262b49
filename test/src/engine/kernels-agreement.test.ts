/** The WASM engine's kernels compute what the cpu engine's do: values, types, shapes, refusals, gradients. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeCase, runCase, tensor, type Case, type Values } from "../../support/kernels/case.js";
import { difference, on, startEngines } from "../../support/kernels/compare.js";
import { casesOf } from "../../support/kernels/index.js";

await startEngines();

it.each([...casesOf])("%s computes what cpu does", (_, cases) => {
  const wrong = cases.flatMap((one) => {
    const work = () => runCase(one);
    return complaint(one, difference(on("wasm", work), on("cpu", work), one.tolerance));
  });
  expect(wrong.join("\n")).toBe("");
});

const differentiable = Array.from(
  casesOf,
  ([kernel, cases]) => [kernel, cases.filter((one) => floats(one).length > 0)] as const,
).filter(([kernel, cases]) => tf.getGradient(kernel) !== undefined && cases.length > 0);

it.each(differentiable)("%s has cpu's gradients", (_, cases) => {
  const wrong = cases.flatMap((one) => {
    const work = () => gradients(one);
    return complaint(one, difference(on("wasm", work), on("cpu", work), 20 * one.tolerance));
  });
  expect(wrong.join("\n")).toBe("");
});

function complaint(one: Case, difference: string | undefined): string[] {
  return difference === undefined ? [] : [`${describeCase(one)}: ${difference}`];
}

function floats({ inputs }: Case): Values[] {
  return Object.values(inputs).filter(({ dtype }) => dtype === "float32");
}

/** Of the kernel's first output, weighted by 1, 2, 3 …, with respect to each float32 input. */
function gradients(one: Case): tf.Tensor[] {
  const all = Object.values(one.inputs);
  const tensors = all.map(tensor);
  const differentiated = tensors.filter(({ dtype }) => dtype === "float32");
  const output = (...given: tf.Tensor[]) => {
    const left = [...given];
    return runCase(
      one,
      tensors.map((fixed) => (fixed.dtype === "float32" ? left.shift()! : fixed)),
    )[0]!;
  };
  const { shape } = output(...differentiated);
  const weights = tf.add(tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape), 1);
  return tf.grads(output)(differentiated, weights);
}
