import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { Pace, read } from "../../../src/engine/pace.js";

function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe("Pace", () => {
  it("lets others run once its stretch is used up, and not before", async () => {
    let others = 0;
    const pace = new Pace();
    setImmediate(() => others++);
    await pace.breathe();
    expect(others).toBe(0);
    busy(60);
    await pace.breathe();
    expect(others).toBe(1);
  });

  it("throws the signal's reason, also when it was aborted while others ran", async () => {
    const controller = new AbortController();
    const pace = new Pace(controller.signal);
    busy(60);
    const reason = new Error("stopped by the test");
    setImmediate(() => {
      controller.abort(reason);
    });
    await expect(pace.breathe()).rejects.toBe(reason);
    await expect(pace.breathe()).rejects.toBe(reason);
    await expect(new Pace(AbortSignal.abort()).breathe()).rejects.toThrow(/abort/i);
  });
});

describe("read", () => {
  it("gives a tensor's values in its own type", async () => {
    await useEngine("wasm");
    const tensors = [
      tf.tensor1d([0.5, -2]),
      tf.tensor1d([3, -4], "int32"),
      tf.tensor1d([true, false], "bool"),
    ];
    expect(await Promise.all(tensors.map(read))).toEqual([
      Float32Array.of(0.5, -2),
      Int32Array.of(3, -4),
      Uint8Array.of(1, 0),
    ]);
    tf.dispose(tensors);
  });
});
