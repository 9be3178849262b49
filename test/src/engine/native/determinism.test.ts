/** The same seed gives the same bits, in every process and with any number of threads. */
import path from "node:path";
import { describe, expect, it } from "vitest";
import { instructionSets } from "../../../support/fused-forms.js";
import { printed } from "../../../support/program.js";

const program = path.join(import.meta.dirname, "determinism.mjs");

async function digest(env: NodeJS.ProcessEnv, device: RegExp): Promise<string> {
  const found = JSON.parse(await printed([program], env)) as { device: string; digests: string[] };
  expect(found.device).toMatch(device);
  const [first, second] = found.digests;
  expect(second).toBe(first);
  return first!;
}

const sets = instructionSets();

describe("the same seed", () => {
  it.skipIf(sets.length === 0)("gives the same bits with 1, 2, 3 and 5 threads", async () => {
    const digests = new Set<string>();
    for (const threads of [1, 2, 3, 5]) {
      const env = { ARL_ENGINE: "native", ARL_THREADS: String(threads) };
      digests.add(await digest(env, threads === 1 ? /, 1 thread$/ : new RegExp(`, ${threads} threads$`)));
    }
    expect(digests.size).toBe(1);
  });

  it.each(sets.slice(1))("gives the same bits with 1 and 3 threads, with %s too", async (set) => {
    const env = { ARL_ENGINE: "native", ARL_KERNELS: set };
    const alone = await digest({ ...env, ARL_THREADS: "1" }, /1 thread$/);
    expect(await digest({ ...env, ARL_THREADS: "3" }, /3 threads$/)).toBe(alone);
  });

  it.skipIf(sets.length === 0)("gives the same bits in several JavaScript threads at once", async () => {
    const workers = path.join(import.meta.dirname, "workers.mjs");
    const lines = (await printed([workers], { ARL_ENGINE: "native" })).trim().split("\n");
    const digests = lines.flatMap((line) => (JSON.parse(line) as { digests: string[] }).digests);
    expect(digests).toHaveLength(6);
    expect(new Set(digests).size).toBe(1);
  });

  it("gives the same bits in WebAssembly, process by process", async () => {
    const env = { ARL_ENGINE: "wasm" };
    expect(await digest(env, /^CPU with WebAssembly/)).toBe(await digest(env, /WebAssembly/));
  });
});
