import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { currentEngine, engineNames, useEngine, type EngineName } from "../../../src/engine/index.js";
import { cudaInstalled } from "../../../src/engine/cuda.js";
import { fusedKernels } from "../../../src/engine/fused.js";
import { createPolicy } from "../../../src/policy/index.js";
import { hasAddon } from "../../support/fused-forms.js";

const native: EngineName[] = hasAddon() ? ["native"] : [];
const kernelNames: Partial<Record<EngineName, unknown>> = {
  native: expect.stringMatching(/^(AVX|SSE|NEON)/),
  wasm: expect.stringMatching(/^WebAssembly SIMD/),
};

const before = process.env["ARL_ENGINE"];
beforeEach(() => {
  delete process.env["ARL_ENGINE"];
});
afterEach(() => {
  if (before === undefined) delete process.env["ARL_ENGINE"];
  else process.env["ARL_ENGINE"] = before;
});

const product = () =>
  tf.tidy(() => [...tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).dataSync()]);

describe("useEngine", () => {
  it("takes the named engine, says so, and computes with it", async () => {
    for (const name of ["cpu", "wasm", ...native, "wasm", "cpu", ...native, "cpu"] as const) {
      expect(await useEngine(name)).toMatchObject({ name, reason: "asked for" });
      expect(currentEngine()?.name).toBe(name);
      // The addon computes on tensors in the memory of tfjs's WASM backend.
      expect(tf.getBackend()).toBe(name === "native" ? "wasm" : name);
      expect(fusedKernels()?.name).toEqual(kernelNames[name]);
      expect(product()).toEqual([11]);
    }
  });

  it("keeps to what it took", async () => {
    const taken = await useEngine("cpu");
    expect(await useEngine()).toBe(taken);
    const policy = await createPolicy({ vocabulary: [], contextLength: 2, width: 4, layers: 1, heads: 1 });
    expect(tf.getBackend()).toBe("cpu");
    policy.dispose();
  });

  it("comes back to its engine when somebody changed tfjs's backend", async () => {
    await useEngine("wasm");
    await useEngine("cpu");
    await tf.setBackend("wasm");
    await useEngine("cpu");
    expect(tf.getBackend()).toBe("cpu");
  });

  it("is forced by ARL_ENGINE, and says so", async () => {
    process.env["ARL_ENGINE"] = "wasm";
    expect(await useEngine()).toMatchObject({ name: "wasm", reason: "asked for by ARL_ENGINE" });
    process.env["ARL_ENGINE"] = "";
    expect((await useEngine()).name).toBe("wasm");
  });

  it("names the nearest engine for one it does not know, and leaves the present one alone", async () => {
    const taken = await useEngine("wasm");
    await expect(useEngine("wsam" as EngineName)).rejects.toThrow(
      'engine: unknown engine "wsam"; did you mean "wasm"? (engines: cuda, webgpu, native, wasm, cpu)',
    );
    process.env["ARL_ENGINE"] = "WebGPU";
    await expect(useEngine()).rejects.toThrow('ARL_ENGINE: unknown engine "WebGPU"; did you mean "webgpu"?');
    process.env["ARL_ENGINE"] = "quantum-annealer";
    await expect(useEngine()).rejects.toThrow(/unknown engine "quantum-annealer" \(engines: /);
    expect(currentEngine()).toBe(taken);
    expect(product()).toEqual([11]);
  });

  it.skipIf(cudaInstalled())(
    "says what is missing for an engine that cannot start, and goes on with the old one",
    async () => {
      const taken = await useEngine("wasm");
      await expect(useEngine("cuda")).rejects.toThrow(
        /^The engine "cuda" cannot start: .*\(install @tensorflow\/tfjs-node-gpu/s,
      );
      expect(currentEngine()).toBe(taken);
      expect(product()).toEqual([11]);
    },
  );

  it("has five names, the fastest first", () => {
    expect(engineNames).toEqual(["cuda", "webgpu", "native", "wasm", "cpu"]);
  });
});

describe("seeds", () => {
  it("give the same policy and the same samples on every CPU engine", async () => {
    const rows = [];
    for (const name of ["cpu", "wasm", ...native] as const) {
      await useEngine(name);
      const policy = await createPolicy({
        vocabulary: ["a", "b"],
        contextLength: 8,
        width: 8,
        layers: 1,
        heads: 2,
        seed: 4,
      });
      const [row] = await policy.sample([{ prompt: [1], seed: 11 }], { stop: [], maxTurnTokens: 7 });
      rows.push({ values: await policy.values(), tokens: row!.tokens });
      policy.dispose();
    }
    for (const row of rows) expect(row).toEqual(rows[0]);
  });
});
