import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeEnvironment } from "../../../src/environments/registry.js";
import { createPolicyFor } from "../../../src/policy/transformer-policy.js";
import { evaluatePassAtK, passAtK } from "../../../src/training/pass-at-k.js";

/** Share of the k-element subsets of n attempts that hold one of the first c, which succeeded. */
function byEnumeration(n: number, c: number, k: number): number {
  let [subsets, hits] = [0, 0];
  for (let bits = 0; bits < 2 ** n; bits++) {
    const chosen = Array.from({ length: n }, (_, i) => (bits >> i) & 1);
    if (chosen.reduce((sum, bit) => sum + bit, 0) !== k) continue;
    subsets++;
    if (chosen.slice(0, c).some(Boolean)) hits++;
  }
  return hits / subsets;
}

describe("passAtK", () => {
  it("is the share of subsets with a success", () => {
    for (let n = 1; n <= 8; n++)
      for (let c = 0; c <= n; c++)
        for (let k = 1; k <= n; k++) expect(passAtK(n, c, k)).toBeCloseTo(byEnumeration(n, c, k), 12);
  });

  it("is c/n for one attempt, grows with k, and stays a probability where factorials would not", () => {
    const counts = fc.integer({ min: 2, max: 2000 }).chain((n) =>
      fc.record({
        n: fc.constant(n),
        c: fc.integer({ min: 0, max: n }),
        k: fc.integer({ min: 2, max: n }),
      }),
    );
    fc.assert(
      fc.property(counts, ({ n, c, k }) => {
        expect(passAtK(n, c, 1)).toBeCloseTo(c / n, 12);
        expect(passAtK(n, c, k)).toBeGreaterThanOrEqual(passAtK(n, c, k - 1) - 1e-12);
        expect(passAtK(n, c, k)).toBeGreaterThanOrEqual(0);
        expect(passAtK(n, c, k)).toBeLessThanOrEqual(1);
        if (c > n - k) expect(passAtK(n, c, k)).toBe(1);
        if (c === 0) expect(passAtK(n, c, k)).toBe(0);
      }),
    );
  });

  it.each([
    [0, 0, 1, "attempts must be a whole number of at least 1, not 0"],
    [4, 5, 1, "successes must be a whole number from 0 to 4, not 5"],
    [4, 1.5, 1, "successes must be a whole number from 0 to 4, not 1.5"],
    [4, 1, 5, "k must be a whole number from 1 to 4, not 5"],
    [4, 1, 0, "k must be a whole number from 1 to 4, not 0"],
  ])("refuses %d attempts, %d successes, k = %d", (n, c, k, message) => {
    expect(() => passAtK(n, c, k)).toThrow(message);
  });
});

describe("evaluatePassAtK", () => {
  const environment = () => makeEnvironment("higher-lower", { numbers: 4, attempts: 1 });

  it("counts a policy that guesses: 1 − (1 − p)ᵏ", async () => {
    const policy = await createPolicyFor(environment().spec, { width: 8, layers: 1, heads: 1 });
    const { attempts, successes, curve } = await evaluatePassAtK({
      ...{ environment, policy, tasks: 20, attempts: 32, seed: 1 },
    });
    const again = await evaluatePassAtK({ environment, policy, tasks: 20, attempts: 32, seed: 1 });
    policy.dispose();
    expect(attempts).toBe(32);
    expect(successes).toHaveLength(20);
    expect(again.successes).toEqual(successes);
    expect(curve.map(({ k }) => k)).toEqual([1, 2, 4, 8, 16, 32]);
    const one = successes.reduce((sum, count) => sum + count, 0) / (20 * 32);
    expect(curve[0]!.pass).toMatchObject({ n: 20 });
    expect(curve[0]!.pass.mean).toBeCloseTo(one, 12);
    expect(one).toBeGreaterThan(0.01);
    // A fresh policy's guesses hardly depend on the task: the secret number alone makes tasks differ.
    for (const { k, pass } of curve.slice(1)) {
      expect(pass.mean).toBeGreaterThan(one);
      expect(pass.mean).toBeLessThanOrEqual(1 - (1 - one) ** k + 0.02);
    }
  });

  it("refuses what makes no sense before it plays", async () => {
    const policy = await createPolicyFor(environment().spec, { width: 8, layers: 1, heads: 1 });
    await expect(evaluatePassAtK({ environment, policy, tasks: 0 })).rejects.toThrow(
      "pass@k: tasks must be a whole number of at least 1, not 0",
    );
    await expect(evaluatePassAtK({ environment, policy, attempts: 8, ks: [16] })).rejects.toThrow(
      "pass@k: k must be a whole number from 1 to 8, not 16",
    );
    policy.dispose();
  });
});
