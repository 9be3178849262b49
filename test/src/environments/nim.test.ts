import { describe, expect, it } from "vitest";

import { Nim } from "../../../src/environments/nim.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { stones: 12, opponent: "random", board: true };
const starts = [5, 6, 7, 9, 10, 11];
const winning = (observation: string) => `take-${Number(observation) % 4 || 1}`;

/** A seed whose game starts with this many stones. */
function seedOf(stones: number): number {
  const nim = new Nim(defaults);
  for (let seed = 0; ; seed++) if (nim.reset({ seed }).observation === String(stones)) return seed;
}

/** Heaps still in play, with their probabilities, and what the best list of takes from here wins. */
function bestBlind(heaps: ReadonlyMap<number, number>): number {
  const values = [1, 2, 3].map((take) => {
    let won = 0;
    const next = new Map<number, number>();
    for (const [heap, probability] of heaps) {
      const left = heap - take;
      if (left === 0) won += probability;
      const replies = Math.min(3, left);
      for (let reply = 1; reply <= replies; reply++) {
        if (left === reply) continue;
        next.set(left - reply, (next.get(left - reply) ?? 0) + probability / replies);
      }
    }
    return won + (next.size > 0 ? bestBlind(next) : 0);
  });
  return Math.max(...values);
}

/** What random takes win from a heap against random takes. */
function randomWins(heap: number): number {
  let sum = 0;
  for (const take of [1, 2, 3]) {
    const left = heap - take;
    if (left === 0) sum += 1 / 3;
    const replies = Math.min(3, left);
    for (let reply = 1; reply <= replies; reply++) {
      if (left > reply) sum += randomWins(left - reply) / 3 / replies;
    }
  }
  return sum;
}

describe("nim", () => {
  it("starts from every heap that can be won, and from no other", () => {
    const nim = new Nim(defaults);
    const seen = new Set(Array.from({ length: 200 }, (_, seed) => Number(nim.reset({ seed }).observation)));
    expect([...seen].sort((a, b) => a - b)).toEqual(starts);
  });

  it("is won by whoever takes the last stone", () => {
    const nim = new Nim({ ...defaults, opponent: "optimal" });
    nim.reset({ seed: seedOf(5) });
    // Four are left: whatever the opponent takes, the rest can be taken.
    const answer = nim.step("take-1");
    expect(answer).toMatchObject({ reward: 0, terminated: false, info: { success: false, moves: 1 } });
    expect(["1", "2", "3"]).toContain(answer.observation);
    expect(nim.step(`take-${answer.observation}`)).toEqual({
      observation: "0",
      reward: 1,
      terminated: true,
      truncated: false,
      info: { success: true, moves: 2, illegal: 0 },
    });

    nim.reset({ seed: seedOf(7) });
    expect(nim.step("take-1").observation).toBe("4");
    expect(nim.step("take-1")).toMatchObject({
      observation: "0",
      reward: 0,
      terminated: true,
      info: { success: false, moves: 2, illegal: 0 },
    });
  });

  it("is lost by an illegal move", () => {
    const nim = new Nim(defaults);
    for (const action of ["", "take-4", "12", "take-1 take-1", "take"]) {
      nim.reset({ seed: 3 });
      expect(nim.step(action)).toMatchObject({
        observation: "illegal",
        reward: 0,
        terminated: true,
        info: { success: false, illegal: 1 },
      });
    }
    nim.reset({ seed: seedOf(6) });
    const left = Number(nim.step("take-3").observation);
    if (left > 0) expect(nim.step(`take-${left + 1}`)).toMatchObject({ observation: "illegal" });
  });

  it.each(["random", "optimal"])(
    "is always won by the known rule against the %s player",
    async (opponent) => {
      const nim = new Nim({ ...defaults, stones: 20, opponent });
      expect(await mean(nim, 300, winning)).toBe(nim.spec.optimum);
    },
  );

  it("cannot be won without seeing the heap more often than the best list of takes does", async () => {
    const chance = bestBlind(new Map(starts.map((heap) => [heap, 1 / starts.length])));
    const blind = new Nim({ ...defaults, board: false });
    expect(blind.spec.chance).toBeCloseTo(chance, 12);
    expect((await play(blind, 1, () => "take-1")).observations.slice(0, -1)).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/\d/)]),
    );
  });

  it("has a weak policy that wins as often as random takes do", async () => {
    const exact = starts.reduce((sum, heap) => sum + randomWins(heap) / starts.length, 0);
    expect(exact).toBeCloseTo(0.269, 3);
    const success = await weakSuccess(new Nim(defaults));
    expect(Math.abs(success - exact)).toBeLessThan(4 * Math.sqrt((exact * (1 - exact)) / 4000));
  });

  it("lets two agents play each other", () => {
    const nim = new Nim({ ...defaults, opponent: "self" });
    expect(nim.spec.agents).toBe(2);
    nim.reset({ seed: seedOf(6) });
    expect(nim.step("take-3")).toMatchObject({ observation: "3", agent: 1, reward: 0, rewards: [0, 0] });
    expect(nim.step("take-1")).toMatchObject({ observation: "2", agent: 0, reward: 0, rewards: [0, 0] });
    expect(nim.step("take-2")).toMatchObject({
      observation: "0",
      agent: 1,
      reward: 1,
      rewards: [1, 0],
      terminated: true,
      info: { success: true, success_0: true, success_1: false, moves: 3 },
    });
    nim.reset({ seed: seedOf(5) });
    nim.step("take-3");
    expect(nim.step("take-3")).toMatchObject({
      observation: "illegal",
      agent: 1,
      reward: 0,
      rewards: [1, 0],
      info: { success_0: true, success_1: false, illegal: 1 },
    });
  });

  it("refuses an opponent it does not know", () => {
    expect(() => new Nim({ ...defaults, opponent: "perfect" })).toThrow(
      'Option opponent must be one of random, optimal, self, not "perfect"',
    );
  });
});
