/** The WASM engine's kernels write within their results alone: every tensor lies between guards that stay as they were. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import type { WasmBackend } from "../../../src/engine/wasm/kernels.js";
import {
  describeCase,
  kernelCase,
  float,
  list,
  runCase,
  tensor,
  type Case,
} from "../../support/kernels/case.js";
import { difference, on, startEngines } from "../../support/kernels/compare.js";
import { casesOf } from "../../support/kernels/index.js";

await startEngines();

/** A signalling NaN: whoever reads it gets a NaN, and any sum with it is another NaN. */
const guard = 0xffa5a5a5;
const guardBytes = 256;

const { wasm } = tf.backend() as unknown as WasmBackend & {
  wasm: { HEAPU8: Uint8Array; HEAPU32: Uint32Array };
};
// The first call of either puts the module's own function in its place.
wasm._free(wasm._malloc(1));
const allocate = wasm._malloc;
const release = wasm._free;
/** Bytes of each block, by where it starts. */
const blocks = new Map<number, number>();
const whole = (bytes: number) => Math.ceil(bytes / 4) * 4;

wasm._malloc = (bytes) => {
  const start = allocate(guardBytes + whole(bytes) + guardBytes);
  wasm.HEAPU32.fill(guard, start / 4, (start + guardBytes + whole(bytes) + guardBytes) / 4);
  blocks.set(start + guardBytes, bytes);
  return start + guardBytes;
};
const harmed: string[] = [];
wasm._free = (pointer) => {
  if (!blocks.has(pointer)) {
    release(pointer);
    return;
  }
  check(pointer);
  blocks.delete(pointer);
  release(pointer - guardBytes);
};

/** Each byte of a guard, by its place in the memory. */
const guardByte = (at: number) => (at % 4 === 3 ? 0xff : 0xa5);

function check(pointer: number): void {
  const bytes = blocks.get(pointer)!;
  const bad = (from: number, to: number) => {
    for (let at = from; at < to; at++) if (wasm.HEAPU8[at] !== guardByte(at)) return at;
    return undefined;
  };
  const at = bad(pointer - guardBytes, pointer) ?? bad(pointer + bytes, pointer + whole(bytes) + guardBytes);
  if (at !== undefined) harmed.push(`byte ${at - pointer} of a block of ${bytes}`);
}

/** Runs it with its inputs looked at afterwards, and every block checked. */
function harm(one: Case): string[] {
  harmed.length = 0;
  const result = on("wasm", () => {
    const inputs = Object.values(one.inputs).map(tensor);
    const before = inputs.map((input) => input.dataSync().slice());
    const outputs = runCase(one, inputs);
    for (const pointer of blocks.keys()) check(pointer);
    inputs.forEach((input, i) => {
      const after = input.dataSync();
      if (before[i]!.some((value, j) => !Object.is(value, after[j]))) harmed.push(`input ${i}`);
    });
    return outputs;
  });
  // What lies beyond an input shows in the results.
  const wrong = difference(
    result,
    on("cpu", () => runCase(one)),
    one.tolerance,
  );
  return [...harmed, ...(wrong === undefined ? [] : [wrong])].map((what) => `${describeCase(one)}: ${what}`);
}

it("notices a byte written beyond a tensor, and one read there", () => {
  const x = tf.tensor1d([1, 1, 0], "bool");
  const { memoryOffset } = (tf.backend() as unknown as WasmBackend).dataIdMap.get(x.dataId);
  wasm.HEAPU8[memoryOffset + 3] = 0;
  x.dispose();
  expect(harmed).toEqual(["byte 3 of a block of 3"]);
  const y = tf.tensor1d([1, 2]);
  const { memoryOffset: offset } = (tf.backend() as unknown as WasmBackend).dataIdMap.get(y.dataId);
  expect(new Float32Array(wasm.HEAPU8.buffer, offset, 3)).toEqual(Float32Array.of(1, 2, NaN));
  y.dispose();
});

it.each([...casesOf])("%s keeps within its results", (_, cases) => {
  expect(cases.flatMap(harm)).toEqual([]);
});

/** Sizes and places that do not fit, which tfjs hands on. */
const refused: readonly Case[] = [
  kernelCase("Slice", { x: float([6]) }, { attrs: { begin: [-2], size: [3] } }),
  kernelCase("Slice", { x: float([2, 3]) }, { attrs: { begin: [0, -3], size: [2, 3] } }),
  kernelCase("SplitV", { x: float([6]) }, { attrs: { numOrSizeSplits: [8, -2], axis: 0 } }),
  kernelCase("Tile", { x: float([2, 3]) }, { attrs: { reps: [-1, -2] } }),
  kernelCase("Tile", { x: float([2, 3]) }, { attrs: { reps: [2] } }),
  kernelCase("Transpose", { x: float([2, 3]) }, { attrs: { perm: [0, 0] } }),
  kernelCase("Transpose", { x: float([2, 3]) }, { attrs: { perm: [0, -1] } }),
  kernelCase("Pack", [float([2, 3]), float([2, 3])], { attrs: { axis: 3 } }),
  kernelCase(
    "UnsortedSegmentSum",
    { x: float([6, 2]), segmentIds: list([0, 1, 2], "int32") },
    { attrs: { numSegments: 3 } },
  ),
];

it.each(refused.map((one) => [describeCase(one), one] as const))("refuses %s", (_, one) => {
  harmed.length = 0;
  const { error, leaked } = on("wasm", () => runCase(one));
  expect(error).toBeDefined();
  expect({ leaked, harmed }).toEqual({ leaked: 0, harmed: [] });
});
