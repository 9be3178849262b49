import { describe, expect, it } from "vitest";
import { askedName } from "../../../../kernel-extensions/kernel/session/help.js";

describe("askedName", () => {
  it("finds the name on either side", () => {
    for (const code of ["Math.max?", "?Math.max", " Math.max ? ", "??Math.max", "Math.max??;"]) {
      expect(askedName(code)).toBe("Math.max");
    }
    expect(askedName("größe?")).toBe("größe");
  });

  it("takes no code for a question", () => {
    for (const code of ["a ? b : c", "a?.b", "f()?", "?", "", "1?", "a? // why", "'a'?"]) {
      expect(askedName(code)).toBeUndefined();
    }
  });
});
