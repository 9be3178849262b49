import { describe, expect, it } from "vitest";
import { BestParameters } from "../../../src/training/best.js";

const numbered = (i: number) => new Map([["x", Float32Array.of(i)]]);

async function offer(best: BestParameters, returns: readonly number[], first = 0): Promise<number> {
  let copies = 0;
  for (const [i, value] of returns.entries()) {
    await best.offer(value, () => {
      copies++;
      return Promise.resolve(numbered(first + i));
    });
  }
  return copies;
}

describe("BestParameters", () => {
  it("keeps those of the best mean over four updates, the later of equals", async () => {
    const best = new BestParameters(true);
    await offer(best, [9, 0, 0]);
    expect(best.parameters).toBeUndefined();
    // Means: 2.25, 0.25, 1.25, 1.25, 2.25, 2.0
    await offer(best, [0], 3);
    expect(best.parameters).toEqual(numbered(3));
    await offer(best, [1, 4, 0], 4);
    expect(best.parameters).toEqual(numbered(3));
    await offer(best, [4], 7);
    expect(best.parameters).toEqual(numbered(7));
    await offer(best, [0], 8);
    expect(best.parameters).toEqual(numbered(7));
  });

  it("copies nothing it does not keep", async () => {
    expect(await offer(new BestParameters(true), [0, 0, 0, 1, -1, -1, -1])).toBe(1);
    const inactive = new BestParameters(false);
    expect(await offer(inactive, [1, 2, 3, 4, 5])).toBe(0);
    expect(inactive.parameters).toBeUndefined();
  });

  it("goes on from its state", async () => {
    const returns = [1, 3, 2, 2, 5, 0, 0, 4, 4, 1, 6];
    const straight = new BestParameters(true);
    await offer(straight, returns);
    for (const cut of [2, 4, 7]) {
      const first = new BestParameters(true);
      await offer(first, returns.slice(0, cut));
      const second = new BestParameters(true);
      second.state = first.state;
      await offer(second, returns.slice(cut), cut);
      expect(second.state).toEqual(straight.state);
    }
  });
});
