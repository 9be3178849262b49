import { expect, it } from "vitest";
import { nearest } from "../../src/nearest.js";

it("finds the word that was meant", () => {
  expect(nearest("wether", ["reticle", "weather"])).toBe("weather");
  expect(nearest("Papers", ["papers", "months"])).toBe("papers");
  expect(nearest("dotcor", ["doctor", "start"])).toBe("doctor");
});

it("takes the closest of several", () => {
  expect(nearest("t-maz", ["t-max-ab", "t-maze"])).toBe("t-maze");
});

it("suggests nothing when nothing is near", () => {
  expect(nearest("x", ["doctor", "start"])).toBeUndefined();
  expect(nearest("", ["doctor"])).toBeUndefined();
  expect(nearest("weather", [])).toBeUndefined();
});
