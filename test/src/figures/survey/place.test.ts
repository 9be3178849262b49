import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFormula, mathText, plainText } from "../../../../src/figures/survey/math-text.js";
import { flow, packRows, type Place } from "../../../../src/figures/survey/place.js";
import { commonest, linesWithin, textWidth } from "../../../../src/figures/survey/words.js";
import { raw } from "../../survey/raw.js";

const width = fc.integer({ min: 1, max: 100 });

describe("flow", () => {
  it("keeps boxes apart and inside", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ width, height: width }), { maxLength: 30 }), (items) => {
        const { placed, height } = flow(items, { left: 5, width: 120, gap: 3 });
        expect(placed.map(({ item }) => item)).toEqual(items);
        for (const [i, a] of placed.entries()) {
          expect(a.x).toBeGreaterThanOrEqual(5);
          expect(a.x + a.item.width).toBeLessThanOrEqual(125);
          expect(a.y + a.item.height / 2).toBeLessThanOrEqual(height);
          for (const b of placed.slice(i + 1)) {
            const beside = a.x + a.item.width <= b.x || b.x + b.item.width <= a.x;
            const below = a.y + a.item.height / 2 <= b.y - b.item.height / 2;
            expect(beside || below).toBe(true);
          }
        }
      }),
    );
  });
});

describe("packRows", () => {
  it("takes one of each item's places, and no two in a row touch", () => {
    const place = fc
      .tuple(fc.integer({ min: 0, max: 400 }), width)
      .map(([from, size]): Place => ({ from, to: from + size, x: from + 1 }));
    fc.assert(
      fc.property(fc.array(fc.array(place, { minLength: 1, maxLength: 2 }), { maxLength: 20 }), (items) => {
        const placed = packRows(items, (places) => places);
        const taken = placed.map(({ item, row, x }) => ({ row, ...item.find((one) => one.x === x)! }));
        expect(taken).toHaveLength(items.length);
        for (const [i, a] of taken.entries()) {
          for (const b of taken.slice(i + 1)) {
            expect(a.row !== b.row || a.to <= b.from || b.to <= a.from).toBe(true);
          }
        }
      }),
    );
  });

  it("refuses an item without a place", () => {
    expect(() => packRows([1], () => [])).toThrow(RangeError);
  });
});

describe("linesWithin", () => {
  it("loses no letter, and makes no line wider that could be broken", () => {
    const word = fc.stringMatching(/^[a-zA-Z0-9]{1,8}(-[a-zA-Z0-9]{1,8})?$/);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 20, max: 200 }),
        (words, room) => {
          const lines = linesWithin(words.join(" "), room, 12);
          expect(lines.join("").replaceAll(" ", "")).toBe(words.join(""));
          for (const line of lines) {
            expect(textWidth(line, 12) <= room || !/[ ]|-(?=.)/.test(line)).toBe(true);
          }
        },
      ),
    );
  });
});

describe("mathText", () => {
  it("writes every formula of Figure 2 without LaTeX", () => {
    const formulae = raw("figure_entries").filter(({ figure, entry }) => figure === "2" && isFormula(entry!));
    expect(formulae.length).toBeGreaterThan(4);
    for (const { entry } of formulae) expect(plainText(mathText(entry!))).not.toMatch(/[\\{}_^]/);
  });

  it("keeps what stands below and above, and escapes", () => {
    expect(mathText("s_{t+1}\\sim\\mathcal{P}(s|a)")).toBe("s<sub>t+1</sub> ∼ <i>P</i>(s | a)");
    expect(mathText("\\gamma^t<1")).toBe("γ<sup>t</sup>&lt;1");
    expect(() => mathText("\\frac{1}{2}")).toThrow(/\\frac/);
  });
});

describe("commonest", () => {
  it("names all that come most often", () => {
    expect(commonest(["a", "b", "b", "a", "c"])).toEqual({ values: ["a", "b"], count: 2 });
    expect(commonest([])).toEqual({ values: [], count: 0 });
  });
});
