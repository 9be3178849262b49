import { afterEach, describe, expect, it } from "vitest";
import { ambientSignal } from "../../../src/engine/ambient.js";

const kernel = Symbol.for("agentic-rl-lab.kernel");
const surroundings = globalThis as Record<symbol, unknown>;
afterEach(() => {
  Reflect.deleteProperty(globalThis, kernel);
});

describe("ambientSignal", () => {
  it("is the signal a kernel publishes, looked up at every call", () => {
    expect(ambientSignal()).toBeUndefined();
    const controller = new AbortController();
    surroundings[kernel] = { signal: controller.signal };
    expect(ambientSignal()).toBe(controller.signal);
  });

  it.each([null, 7, "kernel", {}, { signal: "stop" }])("is undefined where %j is published", (value) => {
    surroundings[kernel] = value;
    expect(ambientSignal()).toBeUndefined();
  });
});
