import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toJson } from "../../../../kernel-extensions/kernel/session/json.js";

describe("toJson", () => {
  it("is JSON.stringify where text is well formed", () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        let expected: string;
        try {
          expected = JSON.stringify({ value });
        } catch (error) {
          expect(() => toJson({ value })).toThrow((error as Error).message);
          return;
        }
        if (!expected.includes("\\ud")) expect(toJson({ value })).toBe(expected);
      }),
    );
  });

  it("replaces half surrogates, and nothing that looks like one", () => {
    expect(JSON.parse(toJson(["\ud83d", "\udc00x", "😀", "\\ud83d", "\\\\ud83d"]))).toEqual([
      "\ufffd",
      "\ufffdx",
      "😀",
      "\\ud83d",
      "\\\\ud83d",
    ]);
  });

  it("throws a TypeError for what is no JSON", () => {
    const loop: Record<string, unknown> = {};
    loop.loop = loop;
    expect(() => toJson(loop)).toThrow(TypeError);
    expect(() => toJson({ n: 1n })).toThrow(TypeError);
  });
});
