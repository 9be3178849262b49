import fc from "fast-check";
import { expect, it } from "vitest";
import { toCodePoints, toUtf16 } from "../../../../kernel-extensions/kernel/session/positions.js";

it("counts what stands beyond the basic plane once", () => {
  expect(toUtf16("a😀b", 2)).toBe(3);
  expect(toCodePoints("a😀b", 3)).toBe(2);
  expect(toUtf16("ab", 99)).toBe(2);
  expect(toUtf16("ab", -1)).toBe(0);
});

it("agrees with Array.from, there and back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.nat({ max: 20 }), (text, count) => {
      const points = Array.from(text);
      const offset = toUtf16(text, count);
      expect(text.slice(0, offset)).toBe(points.slice(0, count).join(""));
      expect(toCodePoints(text, offset)).toBe(Math.min(count, points.length));
    }),
  );
});
