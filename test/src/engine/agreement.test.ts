/** The engines compute the same: cpu is the reference. WebGPU runs through SwiftShader, on the CPU. */
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/engine/index.js";
import { hasAddon } from "../../support/fused-forms.js";
import { printed } from "../../support/program.js";
import { softwareGpu } from "../../support/software-gpu.js";

interface Agreement {
  engine: Engine;
  fused: boolean;
  losses: number[];
  norms: number[];
  rows: {
    tokens: number[];
    mask: number[];
    logProbs: number[];
    values: number[];
    scored: { logProbs: number[]; values: number[] };
  }[];
  parameters: Record<string, number[]>;
  tensors: number;
}

const program = path.join(import.meta.dirname, "agreement.mjs");
const gpu = softwareGpu();

async function run(engine: string, env: NodeJS.ProcessEnv = {}): Promise<Agreement> {
  return JSON.parse(await printed([program], { ...env, ARL_ENGINE: engine })) as Agreement;
}

let reference: Agreement;
beforeAll(async () => {
  reference = await run("cpu");
});

/** Largest difference, relative to numbers above 1. */
function difference(a: readonly number[], b: readonly number[]): number {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!) / Math.max(1, Math.abs(b[i]!))));
}

describe.each([
  { name: "cpu", kernels: "tfjs's own kernels", fused: false, skip: false },
  { name: "wasm", kernels: "fused kernels", fused: true, skip: false },
  { name: "wasm", kernels: "kernels one by one", fused: false, skip: false },
  { name: "native", kernels: "fused kernels", fused: true, skip: !hasAddon() },
  { name: "webgpu", kernels: "fused kernels", fused: true, skip: gpu === undefined },
  { name: "webgpu", kernels: "tfjs's own kernels", fused: false, skip: gpu === undefined },
])("the engine $name with $kernels", ({ name, fused, skip }) => {
  let result: Agreement;
  beforeAll(async () => {
    if (!skip) result = await run(name, { ...gpu, ARL_FUSED: fused ? "" : "off" });
  }, 180_000);

  it.skipIf(skip)("is the one that was asked for", () => {
    expect(result.fused).toBe(fused);
    expect(result.engine).toMatchObject({ name, reason: "asked for by ARL_ENGINE" });
    if (name === "webgpu") expect(result.engine.device).toMatch(/SwiftShader.*\(software, for tests\)/);
    if (name === "native")
      expect(result.engine.device).toMatch(/^CPU with (AVX-512|AVX2|SSE4.2|NEON), \d+ threads?$/);
    if (name === "wasm") expect(result.engine.device).toMatch(/^CPU with WebAssembly SIMD(?! .*no fused)/);
  });

  it.skipIf(skip)(
    "learns as the cpu engine does: losses, gradients' norms, parameters after four steps",
    () => {
      expect(difference(result.losses, reference.losses)).toBeLessThan(1e-5);
      expect(difference(result.norms, reference.norms)).toBeLessThan(1e-4);
      expect(result.losses[3]).toBeLessThan(result.losses[0]! - 0.1);
      // Adam divides by a gradient's size, so that rounding shows most where a gradient is next to nothing.
      for (const [parameter, values] of Object.entries(reference.parameters)) {
        expect(difference(result.parameters[parameter]!, values), parameter).toBeLessThan(2e-3);
      }
    },
  );

  it.skipIf(skip)("gives samples the log-probabilities and values that the trainer computes, to 1e-5", () => {
    expect(result.rows).toHaveLength(7);
    for (const { mask, logProbs, values, scored } of result.rows) {
      const written = mask.flatMap((bit, t) => (bit === 1 ? [t] : []));
      expect(written.length).toBeGreaterThan(0);
      for (const t of written) {
        expect(Math.abs(logProbs[t]! - scored.logProbs[t]!)).toBeLessThan(1e-5);
        expect(Math.abs(values[t]! - scored.values[t]!)).toBeLessThan(1e-5);
      }
    }
  });

  it.skipIf(skip)("leaves no tensor behind", () => {
    expect(result.tensors).toBe(0);
  });
});

describe.skipIf(gpu === undefined)("the choice among engines", () => {
  it("passes over a GPU that is only software, and says so", async () => {
    const source =
      'import { useEngine } from "./dist/src/engine/index.js";' +
      "process.stdout.write(JSON.stringify([await useEngine(), await useEngine()]));";
    const env = { ...gpu, ARL_ENGINE: "" };
    const [first, again] = JSON.parse(await printed(["--input-type=module", "-e", source], env)) as Engine[];
    expect(first).toEqual(again);
    // With CUDA in the game it is measured; without, the CPU is taken unseen.
    if (["native", "wasm"].includes(first!.name))
      expect(first!.reason).toMatch(/WebGPU has only SwiftShader/);
    else
      expect(first).toMatchObject({
        name: "cuda",
        reason: expect.stringMatching(/fastest of a trial step/) as string,
      });
  });
});
