import { describe, expect, it } from "vitest";

import { Glyph, glyphs } from "../../../src/environments/glyph.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { glyphs: 4, noise: 0.08 };
const pixelsOf = (glyph: (typeof glyphs)[number]) => [...glyph.pixels.join("")];

/** Answers with the glyph from which the fewest pixels differ. */
function nearest(observation: string): string {
  const seen = observation.split(" ").slice(0, 25);
  const distances = glyphs
    .slice(0, 4)
    .map((glyph) => pixelsOf(glyph).filter((pixel, i) => pixel !== seen[i]).length);
  return `<ans> ${glyphs[distances.indexOf(Math.min(...distances))]!.name}`;
}

/** Exact success of the best guess: over all pictures of the pixels in which the first `count` glyphs differ. */
function bestGuess(count: number, noise: number): number {
  const templates = glyphs.slice(0, count).map(pixelsOf);
  const telling = [...templates[0]!.keys()].filter((i) =>
    templates.some((each) => each[i] !== templates[0]![i]),
  );
  const masks = templates.map((each) =>
    telling.reduce((bits, i, j) => bits | (Number(each[i] === "#") << j), 0),
  );
  let sum = 0;
  for (let picture = 0; picture < 2 ** telling.length; picture++) {
    const flips = masks.map((mask) => {
      let left = mask ^ picture;
      let ones = 0;
      for (; left !== 0; left &= left - 1) ones++;
      return ones;
    });
    const fewest = Math.min(...flips);
    sum += (noise ** fewest * (1 - noise) ** (telling.length - fewest)) / count;
  }
  return sum;
}

describe("glyph", () => {
  it("shows the digit as it is when there is no noise", () => {
    const clean = new Glyph({ glyphs: 8, noise: 0 });
    const seen = new Set<string>();
    for (let seed = 0; seed < 100; seed++) {
      const { observation } = clean.reset({ seed });
      const glyph = glyphs.find((each) => `${pixelsOf(each).join(" ")} ?` === observation)!;
      seen.add(glyph.name);
      expect(clean.step(`<ans> ${glyph.name}`)).toEqual({
        observation: "",
        reward: 1,
        terminated: true,
        truncated: false,
        info: { success: true, bad_format: false },
      });
    }
    expect(seen.size).toBe(8);
    for (const glyph of glyphs) expect(glyph.pixels.map((row) => row.length)).toEqual([5, 5, 5, 5, 5]);
  });

  it("takes nothing but an answer, and only the right one", async () => {
    expect(await play(new Glyph(defaults), 1, () => "<ans> seven")).toMatchObject({
      return: 0,
      info: { success: false, bad_format: false },
    });
    for (const action of ["", "zero", "one <ans>", "?"]) {
      expect(await play(new Glyph(defaults), 1, () => action)).toMatchObject({
        observation: "invalid",
        return: 0,
        info: { bad_format: true },
      });
    }
  });

  it("is told apart by the best guess as often as the spec says", async () => {
    const { spec } = new Glyph(defaults);
    expect(spec.optimum).toBeCloseTo(bestGuess(4, 0.08), 3);
    const success = await mean(new Glyph(defaults), 1500, nearest);
    expect(Math.abs(success - spec.optimum!)).toBeLessThan(0.012);
  });

  it("is a guess when there is nothing but noise", async () => {
    const noise = new Glyph({ ...defaults, noise: 0.5 });
    expect(bestGuess(4, 0.5)).toBeCloseTo(0.25, 12);
    expect(noise.spec).toMatchObject({ optimum: 0.25, chance: 0.25 });
    expect(Math.abs((await mean(noise, 2000, nearest)) - 0.25)).toBeLessThan(0.04);
  });

  it("has a weak policy that mostly guesses, and only guesses when there is nothing but noise", async () => {
    expect(Math.abs((await weakSuccess(new Glyph(defaults))) - 0.4)).toBeLessThan(0.035);
    expect(Math.abs((await weakSuccess(new Glyph({ ...defaults, noise: 0.5 }))) - 0.25)).toBeLessThan(0.03);
  });
});
