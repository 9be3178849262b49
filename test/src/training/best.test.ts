import { describe, expect, it } from "vitest";
import { BestParameters } from "../../../src/training/best.js";

const numbered = (i: number) => new Map([["x", Float32Array.of(i)]]);

function offer(best: BestParameters, returns: readonly number[], first = 0): void {
  for (const [i, value] of returns.entries()) best.offer(value, numbered(first + i));
}

describe("BestParameters", () => {
  it("keeps those of the best mean over four updates, the later of equals", () => {
    const best = new BestParameters(true);
    offer(best, [9, 0, 0]);
    expect(best.parameters).toBeUndefined();
    // Means: 2.25, 0.25, 1.25, 1.25, 2.25, 2.0
    offer(best, [0], 3);
    expect(best.parameters).toEqual(numbered(3));
    offer(best, [1, 4, 0], 4);
    expect(best.parameters).toEqual(numbered(3));
    offer(best, [4], 7);
    expect(best.parameters).toEqual(numbered(7));
    offer(best, [0], 8);
    expect(best.parameters).toEqual(numbered(7));
  });

  it("keeps nothing where it is not to", () => {
    const inactive = new BestParameters(false);
    offer(inactive, [1, 2, 3, 4, 5]);
    expect(inactive.parameters).toBeUndefined();
  });

  it("goes on from its state", () => {
    const returns = [1, 3, 2, 2, 5, 0, 0, 4, 4, 1, 6];
    const straight = new BestParameters(true);
    offer(straight, returns);
    for (const cut of [2, 4, 7]) {
      const first = new BestParameters(true);
      offer(first, returns.slice(0, cut));
      const second = new BestParameters(true);
      second.state = first.state;
      offer(second, returns.slice(cut), cut);
      expect(second.state).toEqual(straight.state);
    }
  });
});
