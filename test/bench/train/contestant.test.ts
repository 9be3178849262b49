import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { Contestant, type Row } from "../../../bench/train/contestant.js";
import { entrants } from "../../../bench/train/contestants.js";
import { parseFlags } from "../../../bench/train/flags.js";
import { benchTrain } from "../../../bench/train/train.js";

function row(program: string, env: Record<string, string> = {}): Row {
  return { id: "it", label: "it", command: [process.execPath, "-e", program], env, threads: 1 };
}

/** A contestant that answers every line with what JavaScript makes of `message`. */
const echo = (answer: string) => `
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const message = JSON.parse(line);
    console.log(JSON.stringify(${answer}));
  });`;

describe("Contestant", () => {
  it("asks line by line, in the environment of its row", async () => {
    const program = echo(
      `message.command === "hello" ? { device: process.env.WHERE, versions: "1" } : { gigaflops: message.shape[2] }`,
    );
    const { contestant, hello } = await Contestant.start(row(program, { WHERE: "here" }));
    expect(hello).toEqual({ device: "here", versions: "1" });
    expect(await contestant.ask("peak", { shape: [1, 2, 3] })).toEqual({ gigaflops: 3 });
    if (process.platform === "linux") expect(contestant.peakMemory).toBeGreaterThan(10);
    await contestant.stop();
  });

  it.each([
    ["its own reason", echo(`{ error: "no SIMD here" }`), /^no SIMD here$/],
    ["its last words", `console.error("first\\nlast words"); process.exit(3)`, /exit code 3: last words/],
  ])("tells %s when it cannot start", async (_, program, message) => {
    await expect(Contestant.start(row(program))).rejects.toThrow(message);
  });

  it("tells that a program is not there", async () => {
    const missing = { ...row(""), command: ["no-such-program"] };
    await expect(Contestant.start(missing)).rejects.toThrow(/no-such-program/);
  });

  it("tells that it died at work", async () => {
    const program = echo(`message.command === "hello" ? {} : process.exit(9)`);
    const { contestant } = await Contestant.start(row(program));
    await expect(contestant.ask("step", { steps: 1 })).rejects.toThrow(/exit code 9/);
  });
});

describe("entrants", () => {
  it("refuses an unknown id, and names those there are", () => {
    expect(() => entrants(parseFlags(["--only", "wasm,tpu"]))).toThrow(
      /--only takes ids of torch-1, .*; got "tpu"/,
    );
  });

  it("reports a Python without PyTorch with the way out", () => {
    const { rows, absent } = entrants(parseFlags(["--only", "torch-1,wasm", "--python", "/nowhere/python"]));
    expect(rows.map(({ id }) => id)).toEqual(["wasm"]);
    expect(absent).toEqual([
      {
        label: "PyTorch, 1 thread",
        reason: expect.stringMatching(/\/nowhere\/python .* apt-get install/) as string,
      },
    ]);
  });

  it("puts PyTorch on the GPU beside webgpu", () => {
    const { rows, absent } = entrants(parseFlags(["--device", "cuda", "--python", "/nowhere/python"]));
    expect([...rows, ...absent].map((each) => ("id" in each ? each.id : each.label))).toEqual([
      ...["webgpu", "webgpu-tfjs"],
      "PyTorch, CUDA",
    ]);
    expect(absent[0]!.reason).toMatch(/^no PyTorch of \/nowhere\/python sees a CUDA device; --python PATH/);
  });
});

describe("a benchmark that nobody can take part in", () => {
  it("says why in a line each and fails; it writes no tables", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "bench-"));
    const out = path.join(folder, "train.md");
    const said: string[] = [];
    const errors = vi
      .spyOn(process.stderr, "write")
      .mockImplementation((text) => said.push(String(text)) > 0);
    const exitCode = process.exitCode;
    try {
      const nowhere = ["--only", "torch-cuda", "--python", "/nowhere/python"];
      await benchTrain(["--device", "cuda", ...nowhere, "--out", out]);
      expect(process.exitCode).toBe(1);
      expect(existsSync(out)).toBe(false);
    } finally {
      process.exitCode = exitCode;
      errors.mockRestore();
      rmSync(folder, { recursive: true });
    }
    expect(said.join("")).toMatch(
      /^train: PyTorch, CUDA: no PyTorch of \/nowhere\/python .*\ntrain: nobody can take part, so nothing was measured\n$/,
    );
  });
});
