import { describe, expect, it } from "vitest";
import type { Environment } from "../../../src/environments/environment.js";
import { makeEnvironment } from "../../../src/environments/registry.js";
import { EnvironmentPool } from "../../../src/training/environment-pool.js";

function pool() {
  const made: Environment[] = [];
  const all = new EnvironmentPool(() => {
    const environment = makeEnvironment("weather");
    made.push(environment);
    return environment;
  });
  const lend = (count: number) =>
    all.lend((environment) => Promise.resolve(Array.from({ length: count }, environment)));
  return { all, made, lend };
}

describe("EnvironmentPool", () => {
  it("lends the same ones again, and as many more as are needed", async () => {
    const { made, lend } = pool();
    const first = await lend(3);
    expect(new Set(first)).toEqual(new Set(made));
    const second = await lend(5);
    expect(made).toHaveLength(5);
    expect(new Set(second)).toEqual(new Set(made));
    await lend(2);
    expect(made).toHaveLength(5);
  });

  it("never lends one twice at the same time", async () => {
    const { all, lend } = pool();
    await lend(4);
    await all.lend(async (environment) => {
      const outer = [environment(), environment()];
      const inner = await lend(4);
      expect(new Set([...outer, ...inner]).size).toBe(6);
    });
  });

  it("does not lend again what was in play when something failed", async () => {
    const { all, made, lend } = pool();
    const failing = all.lend((environment) => {
      environment();
      return Promise.reject(new Error("broken"));
    });
    await expect(failing).rejects.toThrow("broken");
    const next = await lend(1);
    expect(next[0]).not.toBe(made[0]);
  });
});
