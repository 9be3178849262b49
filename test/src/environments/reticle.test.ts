import { describe, expect, it } from "vitest";

import { Reticle } from "../../../src/environments/reticle.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { size: 4, image: true };
const moves = ["up", "down", "left", "right"];
const rowsOf = (observation: string, size: number) =>
  Array.from({ length: size }, (_, row) => observation.split(" ").slice(row * size, (row + 1) * size));
function find(observation: string, size: number, mark: string): [number, number] {
  const rows = rowsOf(observation, size);
  const row = rows.findIndex((pixels) => pixels.includes(mark));
  return [row, rows[row]!.indexOf(mark)];
}
function seek(size: number): (observation: string) => string {
  return (observation) => {
    const [row, column] = find(observation, size, "+");
    const [targetRow, targetColumn] = find(observation, size, "o");
    if (row !== targetRow) return row < targetRow ? "down" : "up";
    return column < targetColumn ? "right" : "left";
  };
}
function moved(size: number, pixel: number, move: string): number {
  const [row, column] = [Math.floor(pixel / size), pixel % size];
  if (move === "up") return row > 0 ? pixel - size : pixel;
  if (move === "down") return row < size - 1 ? pixel + size : pixel;
  if (move === "left") return column > 0 ? pixel - 1 : pixel;
  return column < size - 1 ? pixel + 1 : pixel;
}

describe("reticle", () => {
  it("draws the reticle and the target, and moves the one within the image", async () => {
    const environment = new Reticle(defaults);
    for (let seed = 0; seed < 50; seed++) {
      const { observation } = environment.reset({ seed });
      expect(observation.split(" ").sort().join("")).toBe(`+${".".repeat(14)}o`);
      const before = find(observation, 4, "+");
      const move = moves[seed % 4]!;
      const result = environment.step(move);
      const after = find(result.observation, 4, "+");
      const pixel = moved(4, before[0] * 4 + before[1], move);
      expect(after).toEqual([Math.floor(pixel / 4), pixel % 4]);
      expect(result.observation.includes("o")).toBe(!result.terminated);
    }
  });

  it("is solved by going there, and cut off after the horizon", async () => {
    for (const size of [2, 4, 8]) {
      expect(await mean(new Reticle({ size, image: true }), 300, seek(size))).toBe(1);
    }
    const stuck = await play(new Reticle(defaults), 3, (_, turn) => (turn % 2 ? "up" : "down"));
    expect(stuck).toMatchObject({ terminated: false, truncated: true, return: 0, info: { steps: 8 } });
    const bad = await play(new Reticle(defaults), 3, () => "north");
    expect(bad).toMatchObject({ terminated: true, return: 0, info: { bad_format: true } });
    expect(bad.observation).toMatch(/ invalid$/);
  });

  it("is at chance for the best of all sequences of moves", async () => {
    for (const size of [2, 3, 4]) {
      const { spec } = new Reticle({ size, image: false });
      const pixels = size * size;
      let best = 0;
      for (let code = 0; code < 4 ** spec.horizon; code++) {
        let met = 0;
        for (let start = 0; start < pixels; start++) {
          let visited = 1 << start;
          let pixel = start;
          for (let i = 0; i < spec.horizon; i++) {
            pixel = moved(size, pixel, moves[(code >> (2 * i)) & 3]!);
            visited |= 1 << pixel;
          }
          for (visited &= ~(1 << start); visited !== 0; visited &= visited - 1) met += 1;
        }
        best = Math.max(best, met);
      }
      expect(spec.chance).toBeCloseTo(best / (pixels * (pixels - 1)), 12);
    }
  });

  it("shows nothing without the image", async () => {
    const { observations } = await play(new Reticle({ ...defaults, image: false }), 3, () => "up");
    expect(new Set(observations)).toEqual(new Set([Array(16).fill(".").join(" ")]));
  });

  it("has a weak policy that moves at random, three times in ten towards the target", async () => {
    // Exact: the mean over all starts and targets of meeting the target within eight such moves.
    const distance = (a: number, b: number) =>
      Math.abs(Math.floor(a / 4) - Math.floor(b / 4)) + Math.abs((a % 4) - (b % 4));
    let expected = 0;
    for (let target = 0; target < 16; target++) {
      // meets[p]: from pixel p within the moves counted so far.
      let meets = Array.from({ length: 16 }, (_, pixel) => Number(pixel === target));
      for (let left = 0; left < 8; left++) {
        meets = meets.map((_, pixel) => {
          if (pixel === target) return 1;
          const next = moves.map((move) => moved(4, pixel, move));
          const nearer = next.filter((to) => distance(to, target) < distance(pixel, target));
          const average = (pixels: number[]) =>
            pixels.reduce((sum, to) => sum + meets[to]!, 0) / pixels.length;
          return 0.7 * average(next) + 0.3 * average(nearer);
        });
      }
      for (let start = 0; start < 16; start++) if (start !== target) expected += meets[start]! / 240;
    }
    expect(expected).toBeCloseTo(0.592, 3);
    expect(Math.abs((await weakSuccess(new Reticle(defaults))) - expected)).toBeLessThan(0.025);
  });
});
