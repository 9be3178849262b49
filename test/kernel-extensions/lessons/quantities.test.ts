import fc from "fast-check";
import { expect, it } from "vitest";
import {
  claimedIn,
  equals,
  literalsIn,
  plain,
  quantitiesIn,
  rounds,
} from "../../../kernel-extensions/lessons/quantities.js";

const written = (quantities: { text: string }[]) => quantities.map(({ text }) => text);

it.each([
  ["success rises from .06 to .98 in 80 updates", [".06", ".98", "80"]],
  ["97 % of 1,250 works, 3.5 times as many, ±.01, 97 %", ["97 %", "1,250", "3.5", ".01"]],
  ["between 10–20 and 3-4 turns of 16.", ["10", "20", "3", "4", "16"]],
  ["pass@8 of a 7B model, GPT-4, x2, version 4.6.4, arXiv 2509.02547", []],
  ["lesson 2, Sections 3.1 to 3.6, exercise 4.3, Table 9 and Figure 1 (4.5, 4.6), step 3", []],
  ["with its 95 % interval, or intervals of 95 %, in 2025-09", []],
])("the claimed numbers of %j", (words, expected) => {
  expect(written(claimedIn(words))).toEqual(expected);
});

it("what is measured has a point or a per cent sign", () => {
  const measures = claimedIn("80 updates, .5, 1.5 and 12 %").filter(({ isMeasure }) => isMeasure);
  expect(written(measures)).toEqual([".5", "1.5", "12 %"]);
});

it("reads a program's numbers as it writes them", () => {
  const values = literalsIn("f({ gamma: 0.95, lr: 1e-3, n: 1_000, x2: a7, r: .5 })").map(
    ({ value }) => value,
  );
  expect(values).toEqual([0.95, 0.001, 1000, 0.5]);
});

it("a number shows what it rounds to, as a share or in per cent, and nothing further away", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.0001, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 4 }),
      (value, digits) => {
        const asShare = quantitiesIn(value.toFixed(digits))[0]!;
        const asPercent = quantitiesIn(`${(value * 100).toFixed(digits)} %`)[0]!;
        for (const claimed of [asShare, asPercent]) {
          expect(rounds(plain(value), claimed)).toBe(true);
          expect(rounds(plain(-value), claimed)).toBe(true);
          const off = 1.01 * 10 ** -claimed.decimals;
          expect(rounds(plain(value + off), claimed)).toBe(false);
        }
        expect(equals(plain(value), asShare)).toBe(Math.abs(value - asShare.value) < 1e-9);
      },
    ),
  );
});

it("a column of percentages shows a percentage, and no share", () => {
  const [percent, share] = [quantitiesIn("97 %")[0]!, quantitiesIn(".97")[0]!];
  expect([rounds(plain(97.2), percent), rounds(plain(97.2), share)]).toEqual([true, false]);
});

it("nothing is rounded to a count", () => {
  const [few, many] = [quantitiesIn("1")[0]!, quantitiesIn("12")[0]!];
  expect([plain(0.8), plain(1.2), plain(1)].map((seen) => rounds(seen, few))).toEqual([false, false, true]);
  expect([plain(11.4), plain(12.4)].map((seen) => rounds(seen, many))).toEqual([false, true]);
});
