import { describe, expect, it } from "vitest";

import { NumberLine } from "../../../src/environments/number-line.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { largest: 12, horizon: 5, showTarget: true, heldOut: false };
const moves = ["+1", "-1", "*2"];
function apply(x: number, move: string, largest = 12): number {
  const next = move === "*2" ? 2 * x : x + Number(move);
  return next < 0 || next > largest ? x : next;
}
/** The shortest plan, by breadth-first search. */
function plan(start: number, target: number, largest: number): string[] {
  const plans = new Map<number, string[]>([[start, []]]);
  for (const [x, path] of plans) {
    if (x === target) return path;
    for (const move of moves) {
      const next = apply(x, move, largest);
      if (!plans.has(next)) plans.set(next, [...path, move]);
    }
  }
  throw new Error("no plan");
}
function planner(largest: number): (observation: string) => string {
  let target = 0;
  return (observation) => {
    const words = observation.split(" ");
    if (words.length > 1) target = Number(words[1]);
    return plan(Number(words.at(-1)), target, largest)[0]!;
  };
}

describe("number-line", () => {
  it("moves along the line and not off it", async () => {
    const environment = new NumberLine(defaults);
    for (let seed = 0; seed < 100; seed++) {
      const { observations } = await play(environment, seed, (_, turn) => moves[(seed + turn * turn) % 3]!);
      let x = Number(observations[0]!.split(" ")[3]);
      for (const [turn, observation] of observations.slice(1).entries()) {
        x = apply(x, moves[(seed + turn * turn) % 3]!);
        expect(observation).toBe(String(x));
      }
    }
  });

  it("ends on the target with a reward, and is cut off after the horizon", async () => {
    const environment = new NumberLine(defaults);
    const solved = await play(environment, 4, planner(12));
    expect(solved).toMatchObject({ return: 1, terminated: true, truncated: false, info: { success: true } });
    // Up and down again between two numbers that are no target.
    const lost = await play(new NumberLine({ ...defaults, largest: 40 }), 1, (_, turn) => moves[turn % 2]!);
    expect(lost).toMatchObject({ return: 0, terminated: false, truncated: true, info: { steps: 5 } });
    expect(await play(environment, 4, () => "*3")).toMatchObject({
      observation: "invalid",
      terminated: true,
      return: 0,
    });
  });

  it("has a plan for every task", async () => {
    for (const options of [defaults, { ...defaults, largest: 31, horizon: 6 }]) {
      expect(await mean(new NumberLine(options), 500, planner(options.largest))).toBe(1);
    }
  });

  it("draws all 114 pairs that have a plan of at most 4 moves", () => {
    const environment = new NumberLine(defaults);
    const drawn = new Set<string>();
    for (let seed = 0; seed < 4000; seed++) drawn.add(environment.reset({ seed }).observation);
    let solvable = 0;
    for (let a = 0; a <= 12; a++) {
      for (let b = 0; b <= 12; b++) if (a !== b && plan(a, b, 12).length <= 4) solvable += 1;
    }
    expect(solvable).toBe(114);
    expect(drawn.size).toBe(114);
  });

  it("is at chance for the best walk that does not know the target", async () => {
    // For every start, every sequence of five moves; the best one's share of the targets.
    let met = 0;
    const walks = new Map<number, string[]>();
    for (let start = 0; start <= 12; start++) {
      let best = 0;
      for (let code = 0; code < 3 ** 5; code++) {
        const walk = [0, 1, 2, 3, 4].map((i) => moves[Math.floor(code / 3 ** i) % 3]!);
        const visited = new Set<number>();
        let x = start;
        for (const move of walk) visited.add((x = apply(x, move)));
        const count = [...visited].filter((t) => t !== start && plan(start, t, 12).length <= 4).length;
        if (count > best) walks.set(start, walk);
        best = Math.max(best, count);
      }
      met += best;
    }
    const environment = new NumberLine({ ...defaults, showTarget: false });
    expect(environment.spec.chance).toBeCloseTo(met / 114, 12);
    expect(environment.spec.optimum).toBe(environment.spec.chance);
    expect(environment.reset({ seed: 3 }).observation).toMatch(/^to \? now \d+$/);

    let walk: string[] = [];
    const success = await mean(environment, 3000, (observation, turn) => {
      if (turn === 0) walk = walks.get(Number(observation.split(" ")[3]))!;
      return walk[turn]!;
    });
    expect(Math.abs(success - environment.spec.chance!)).toBeLessThan(0.03);
  });

  it("holds pairs out when asked to", () => {
    const environment = new NumberLine({ ...defaults, heldOut: true });
    const drawn = (split: "train" | "test") =>
      new Set(Array.from({ length: 3000 }, (_, seed) => environment.reset({ seed, split }).observation));
    const train = drawn("train");
    const test = drawn("test");
    expect([...test].filter((pair) => train.has(pair))).toEqual([]);
    expect(train.size + test.size).toBe(114);
    expect(test.size).toBeGreaterThan(18);
    expect(test.size).toBeLessThan(40);
  });

  it("has a weak policy that walks at random", async () => {
    // Exactly: the mean over all pairs of the probability that five random moves meet the target.
    const meets = (x: number, target: number, left: number): number =>
      left === 0
        ? 0
        : moves.reduce((sum, move) => {
            const next = apply(x, move);
            return sum + (next === target ? 1 : meets(next, target, left - 1)) / 3;
          }, 0);
    let expected = 0;
    for (let a = 0; a <= 12; a++) {
      for (let b = 0; b <= 12; b++) {
        if (a !== b && plan(a, b, 12).length <= 4) expected += meets(a, b, 5) / 114;
      }
    }
    expect(expected).toBeCloseTo(0.28, 2);
    expect(Math.abs((await weakSuccess(new NumberLine(defaults))) - expected)).toBeLessThan(0.025);
  });
});
