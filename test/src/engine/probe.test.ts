import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { probe } from "../../../src/engine/probe.js";

describe("the trial step", () => {
  it("takes some time on every engine of the CPU, and leaves no tensor", async () => {
    for (const name of ["wasm", "cpu"] as const) {
      await useEngine(name);
      const before = tf.memory().numTensors;
      const small = await probe({ tokens: 28, width: 8 });
      const large = await probe({ tokens: 560, width: 16 });
      expect(small).toBeGreaterThan(0);
      expect(large).toBeGreaterThan(0);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it("runs through tfjs's own kernels too", async () => {
    await useEngine("wasm");
    process.env["ARL_FUSED"] = "off";
    try {
      expect(await probe({ tokens: 28, width: 8 })).toBeGreaterThan(0);
      expect(tf.memory().numTensors).toBe(0);
    } finally {
      delete process.env["ARL_FUSED"];
    }
  });
});
