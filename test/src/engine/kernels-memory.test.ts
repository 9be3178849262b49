/** Our kernels of the WASM engine give back all the memory they take. */
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { cpuKernels, mendedKernels, ownKernels, type WasmBackend } from "../../../src/engine/wasm/kernels.js";
import { describeCase, runCase, tensor, type Case } from "../../support/kernels/case.js";
import { casesOf } from "../../support/kernels/index.js";

let backend: tf.KernelBackend & WasmBackend;
beforeAll(async () => {
  await useEngine("wasm");
  backend = tf.backend() as unknown as tf.KernelBackend & WasmBackend;
});

/** Where the memory has room for so many bytes: further on, once something was left behind before it. */
function firstFit(bytes: number): number {
  const pointer = backend.wasm._malloc(bytes);
  backend.wasm._free(pointer);
  return pointer;
}

const cost = ({ inputs }: Case) =>
  Object.values(inputs).reduce((sum, { values }) => sum + (values as readonly unknown[]).length, 0);

/** A kernel's cheapest cases that are not refused, one for each type of input. */
function examples(kernel: string): Case[] {
  const byType = new Map<string, Case>();
  for (const one of [...(casesOf.get(kernel) ?? [])].sort((a, b) => cost(a) - cost(b))) {
    const type = Object.values(one.inputs)[0]?.dtype ?? "";
    if (cost(one) === 0 || byType.has(type)) continue;
    try {
      tf.tidy(() => void runCase(one));
      byType.set(type, one);
    } catch {
      // Refusals have a test of their own.
    }
  }
  return [...byType.values()];
}

it.each([...Object.keys(ownKernels), ...Object.keys(mendedKernels), ...cpuKernels])(
  "%s leaves nothing behind, call after call",
  (kernel) => {
    const cases = examples(kernel);
    expect(cases).not.toHaveLength(0);
    for (const one of cases) {
      const inputs = Object.values(one.inputs).map(tensor);
      const call = () => {
        tf.tidy(() => void runCase(one, inputs));
      };
      // The first calls also make what is kept: matmul's panel, the cpu engine.
      for (let i = 0; i < 3; i++) call();
      const before = { tensors: tf.memory().numTensors, data: backend.numDataIds(), room: firstFit(2 ** 20) };
      // What goes through cpu goes one way, and is slow: over all of those kernels it is a thousand calls too.
      const calls = Math.ceil((cpuKernels.includes(kernel) ? 100 : 1000) / cases.length);
      for (let i = 0; i < calls; i++) call();
      const after = { tensors: tf.memory().numTensors, data: backend.numDataIds(), room: firstFit(2 ** 20) };
      expect(after, describeCase(one)).toEqual(before);
      tf.dispose(inputs);
    }
  },
);

it("leaves nothing behind when a kernel refuses its input", () => {
  const x = tf.ones([4, 2]);
  const indices = tf.tensor1d([1, 9], "int32");
  const other = tf.ones([3, 2]);
  const before = { tensors: tf.memory().numTensors, data: backend.numDataIds() };
  for (let i = 0; i < 10; i++) {
    tf.tidy(() => {
      expect(() => tf.gather(x, indices)).toThrow(/index value 9 is not in \[0, 3\]/);
      expect(() => tf.gatherND(x, tf.tensor2d([[7, 0]], [1, 2], "int32"))).toThrow(/7,0/);
      expect(() => tf.matMul(x, other)).toThrow(/\b2\b.*\b3\b/);
      expect(() => tf.einsum("ij,jk->ik", x, other)).toThrow(/dimension 2/);
      expect(() => tf.concat([x, tf.ones([4, 3])], 0)).toThrow(/[Ss]hape/);
      expect(() => tf.maximum(x, other)).toThrow(/4,2.*3,2/);
    });
  }
  expect({ tensors: tf.memory().numTensors, data: backend.numDataIds() }).toEqual(before);
  tf.dispose([x, indices, other]);
});
