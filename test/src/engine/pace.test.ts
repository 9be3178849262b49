import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { Pace, read, unlessAborted } from "../../../src/engine/pace.js";

function busy(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe("Pace", () => {
  it("lets others run once its stretch is used up, and not before", async () => {
    let others = 0;
    const pace = new Pace();
    busy(60);
    await pace.breathe();
    globalThis.setImmediate(() => others++);
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
    globalThis.setImmediate(() => {
      controller.abort(reason);
    });
    await expect(pace.breathe()).rejects.toBe(reason);
    await expect(pace.breathe()).rejects.toBe(reason);
    await expect(new Pace(AbortSignal.abort()).breathe()).rejects.toThrow(/abort/i);
  });
});

describe("unlessAborted", () => {
  it("is what the work comes to, with a signal or without", async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve(3))).toBe(3);
    expect(await unlessAborted(Promise.resolve(4), signal)).toBe(4);
    await expect(unlessAborted(Promise.reject(new Error("broken")), signal)).rejects.toThrow("broken");
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("does not wait once the signal is aborted, and lets the work fail later unnoticed", async () => {
    const controller = new AbortController();
    let fail: (reason: Error) => void = () => undefined;
    const work = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const waiting = unlessAborted(work, controller.signal);
    controller.abort(new Error("stopped"));
    await expect(waiting).rejects.toThrow("stopped");
    await expect(unlessAborted(work, controller.signal)).rejects.toThrow("stopped");
    fail(new Error("too late"));
    await setImmediate();
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
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
