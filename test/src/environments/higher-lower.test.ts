import { describe, expect, it } from "vitest";

import { HigherLower } from "../../../src/environments/higher-lower.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { numbers: 16, attempts: 4, feedback: true };
/** Halves what is left. */
function bisector(numbers: number): (observation: string) => string {
  let [least, most, guess] = [1, numbers, 0];
  return (observation) => {
    if (observation === "guess") [least, most] = [1, numbers];
    if (observation === "higher") least = guess + 1;
    if (observation === "lower") most = guess - 1;
    guess = Math.floor((least + most) / 2);
    return String(guess);
  };
}
/** Most secrets that any policy can find: by dynamic programming over the interval left. */
function findable(numbers: number, attempts: number): number {
  if (numbers <= 0 || attempts === 0) return 0;
  const each = Array.from(
    { length: numbers },
    (_, i) => 1 + findable(i, attempts - 1) + findable(numbers - 1 - i, attempts - 1),
  );
  return Math.max(...each);
}

describe("higher-lower", () => {
  it("says where the secret lies", async () => {
    const environment = new HigherLower(defaults);
    for (let seed = 0; seed < 30; seed++) {
      const up = await play(environment, seed, (_, turn) => String(turn + 1));
      const secret = up.info["success"] ? up.observations.length - 1 : undefined;
      expect(up.observations.slice(1, -1).every((word) => word === "higher")).toBe(true);
      expect(up.observations.at(-1)).toBe(secret === undefined ? "wrong" : "right");
      const down = await play(environment, seed, (_, turn) => String(16 - turn));
      if (secret !== undefined)
        expect(down.observations).toEqual(["guess", "lower", "lower", "lower", "wrong"]);
    }
  });

  it("counts what was solved by each attempt", async () => {
    const environment = new HigherLower({ numbers: 2, attempts: 2, feedback: true });
    const seen = [];
    for (let seed = 0; seed < 6; seed++)
      seen.push(await play(environment, seed, (_, turn) => String(turn + 1)));
    for (const { info } of seen) {
      expect(info).toMatchObject({
        success: true,
        solved_by_1: Number(info["attempts"] === 1),
        solved_by_2: 1,
      });
    }
    expect(new Set(seen.map(({ info }) => info["attempts"])).size).toBe(2);
  });

  it("has bisection as its optimum, as dynamic programming finds it", async () => {
    for (const [numbers, attempts] of [
      [16, 4],
      [8, 3],
      [7, 3],
      [5, 2],
    ] as const) {
      const environment = new HigherLower({ numbers, attempts, feedback: true });
      expect(environment.spec.optimum).toBe(findable(numbers, attempts) / numbers);
      const success = await mean(environment, 2000, bisector(numbers));
      expect(Math.abs(success - environment.spec.optimum!)).toBeLessThan(0.025);
    }
  });

  it("tells nothing without feedback", async () => {
    const environment = new HigherLower({ ...defaults, feedback: false });
    expect((await play(environment, 1, () => "99")).observation).toBe("invalid");
    const { observations } = await play(environment, 1, (_, turn) => String(16 - turn));
    expect(observations.slice(1, -1).every((word) => word === "wrong")).toBe(true);
    const success = await mean(environment, 4000, (_, turn) => String(3 + turn));
    expect(environment.spec.optimum).toBe(0.25);
    expect(Math.abs(success - 0.25)).toBeLessThan(0.025);
  });

  it.each(["", "0", "17", "1.0", "1e1", "+3", "x", "higher", "3 4", " "])("ends with %o", async (action) => {
    expect(await play(new HigherLower(defaults), 1, () => action)).toMatchObject({
      observation: "invalid",
      return: 0,
      terminated: true,
      info: { success: false, bad_format: true, solved_by_4: 0 },
    });
  });

  it("has a weak policy far from its optimum", async () => {
    const success = await weakSuccess(new HigherLower(defaults));
    expect(success).toBeGreaterThan(0.365);
    expect(success).toBeLessThan(0.425);
  });
});
