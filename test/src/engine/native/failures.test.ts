/** What is broken or missing is said, and the next engine does the work. All in copies: the repository stays as it is. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../../../../src/engine/index.js";
import { addonFiles } from "../../../../src/engine/native/addon.js";
import { hasAddon } from "../../../support/fused-forms.js";
import { printed } from "../../../support/program.js";

const platform = `${process.platform}-${process.arch}`;
const addon = addonFiles().built;
let copy: string;
const inCopy = (...names: string[]) => path.join(copy, ...names);
const built = () => inCopy("src", "engine", "native", "build", "Release", "arl_kernels.node");
const prebuilt = () => inCopy("prebuilds", platform, "arl_kernels.node");

/** Puts an addon, or something else, where it is looked for. */
function place(file: string, contents?: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  if (contents === undefined) cpSync(addon, file);
  else writeFileSync(file, contents);
}

beforeEach(() => {
  copy = mkdtempSync(path.join(tmpdir(), "arl-engines-"));
  cpSync("dist/src", inCopy("dist", "src"), {
    recursive: true,
    filter: (file) => !/\.(map|d\.ts)$/.test(file),
  });
  cpSync("package.json", inCopy("package.json"));
  symlinkSync(path.resolve("node_modules"), inCopy("node_modules"));
});
afterEach(() => {
  rmSync(copy, { recursive: true, force: true });
});

/** What the copy's `useEngine` says, and what it then computes: a log-probability. */
async function engine(env: NodeJS.ProcessEnv = {}): Promise<Engine & { error?: string; logProb?: number }> {
  const module = (name: string) => JSON.stringify(inCopy("dist", "src", name, "index.js"));
  const source = `
    import { useEngine } from ${module("engine")};
    import { createPolicy } from ${module("policy")};
    const taken = await useEngine().catch((error) => ({ error: error.message }));
    if (taken.error === undefined) {
      const policy = await createPolicy({ vocabulary: ["a"], contextLength: 4, width: 8, layers: 1 });
      const [row] = await policy.sample([{ prompt: [1], seed: 1 }], { stop: [], maxTurnTokens: 1 });
      taken.logProb = row.logProbs[1];
    }
    process.stdout.write(JSON.stringify(taken));`;
  const unset = { ARL_ENGINE: "", ARL_KERNELS: "", ARL_THREADS: "", ARL_FUSED: "" };
  const args = ["--input-type=module", "-e", source];
  return JSON.parse(await printed(args, { ...unset, ...env })) as Engine;
}

describe("without an addon that runs", () => {
  it("the engine wasm is taken, which says so", async () => {
    const taken = await engine();
    expect(taken).toMatchObject({
      name: "wasm",
      device: expect.stringMatching(/WebAssembly SIMD/) as string,
    });
    expect(taken.reason).toContain(
      `native does not start: no addon was built or shipped for ${platform}; with a C compiler, make and Python, ` +
        "`npm rebuild agentic-rl-lab` (in a clone: `npm run build:native`) makes it",
    );
    expect(taken.logProb).toBeLessThan(0);
  });

  it("the engine native cannot be asked for", async () => {
    const { error } = await engine({ ARL_ENGINE: "native" });
    expect(error).toMatch(
      /^The engine "native" cannot start: no addon was built .*\(the engine wasm needs no addon\)$/,
    );
  });

  it("because the file is damaged: the engine wasm is taken", async () => {
    place(built(), "not a library");
    const taken = await engine();
    expect(taken.name).toBe("wasm");
    expect(taken.reason).toMatch(
      /native does not start: the addon does not load \(.*arl_kernels\.node: .+\)/,
    );
    expect(taken.logProb).toBeLessThan(0);
  });
});

describe.skipIf(!hasAddon())("with an addon", () => {
  it("it is taken, as built or as shipped, and the one that loads", async () => {
    place(prebuilt());
    const shipped = await engine();
    expect(shipped).toMatchObject({
      name: "native",
      device: expect.stringMatching(/^CPU with .*thread/) as string,
    });
    place(built(), "not a library");
    expect(await engine()).toEqual(shipped);
    place(built());
    expect(await engine()).toEqual(shipped);
    expect(shipped.reason).not.toContain("native");
  });

  it.each([
    [{ ARL_KERNELS: "mmx" }, 'ARL_KERNELS: this processor has no "mmx" (kernels: avx512, avx2, sse4, neon)'],
    [{ ARL_THREADS: "0" }, 'ARL_THREADS must be a whole number from 1 to 64, not "0"'],
    [{ ARL_THREADS: "two" }, 'ARL_THREADS must be a whole number from 1 to 64, not "two"'],
    [{ ARL_THREADS: "1.5" }, 'ARL_THREADS must be a whole number from 1 to 64, not "1.5"'],
    [{ ARL_THREADS: "65" }, 'ARL_THREADS must be a whole number from 1 to 64, not "65"'],
  ])("but %o, the engine wasm is taken, which says why", async (env, why) => {
    place(built());
    const taken = await engine(env);
    expect(taken.name).toBe("wasm");
    expect(taken.reason).toContain(`native does not start: ${why}`);
  });

  it("its threads are as many as asked for", async () => {
    place(built());
    expect((await engine({ ARL_THREADS: "1" })).device).toMatch(/, 1 thread$/);
    expect((await engine({ ARL_THREADS: "64" })).device).toMatch(/, 64 threads$/);
  });
});

describe("without the kernels in WebAssembly", () => {
  it.each([
    ["missing", undefined, /no fused kernels: ENOENT.*transformer/],
    ["damaged", "not a module", /no fused kernels: .*WebAssembly/],
  ])("because the files are %s, tfjs's own kernels do the work", async (_, contents, why) => {
    const whole = await engine();
    for (const name of ["transformer.wasm", "transformer-relaxed.wasm"]) {
      const file = inCopy("dist", "src", "engine", "native", name);
      if (contents === undefined) rmSync(file);
      else writeFileSync(file, contents);
    }
    const taken = await engine();
    expect(taken.name).toBe("wasm");
    expect(taken.device).toMatch(why);
    expect(taken.logProb).toBeCloseTo(whole.logProb!, 5);
  });
});
