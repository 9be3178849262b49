import { describe, expect, it } from "vitest";
import { parseFlags } from "../../../bench/train/flags.js";

describe("parseFlags", () => {
  it("measures everything in ten rounds when nothing is said", () => {
    expect(parseFlags([])).toEqual({
      ...{ rounds: 10, only: undefined, patience: 60, minutes: 60, device: "cpu", help: false },
      ...{ sizes: ["64x2", "128x4", "256x6"], works: ["step", "sample", "grpo"] },
      ...{ python: undefined, out: undefined },
    });
  });

  it("takes lists, in the bench's own order", () => {
    const flags = parseFlags(["--sizes", "256x6, 64x2", "--work", "grpo,step", "--only", "torch-1,wasm"]);
    expect(flags.sizes).toEqual(["64x2", "256x6"]);
    expect(flags.works).toEqual(["step", "grpo"]);
    expect(flags.only).toEqual(["torch-1", "wasm"]);
  });

  it.each([
    [["--rounds", "0"], /--rounds needs a whole number from 1, got "0"/],
    [["--rounds", "many"], /--rounds .* "many"/],
    [["--patience", "0"], /--patience needs a number of seconds, got "0"/],
    [["--minutes", "no"], /--minutes needs a number of minutes, got "no"/],
    [["--sizes", "64x3"], /--sizes takes names of 64x2, 128x4, 256x6.* "64x3"/],
    [["--work", ""], /--work takes names of step, sample, grpo/],
    [["--device", "tpu"], /--device takes names of cpu, cuda.* "tpu"/],
    [["--device", "cpu,cuda"], /--device takes one of cpu, cuda/],
    [["--round", "3"], /'--round'/],
    [["fast"], /'fast'/],
  ])("refuses %j in one line that says what is wanted", (args, message) => {
    expect(() => parseFlags(args)).toThrow(RangeError);
    expect(() => parseFlags(args)).toThrow(message);
    try {
      parseFlags(args);
    } catch (error) {
      expect((error as Error).message).not.toContain("\n");
    }
  });
});
