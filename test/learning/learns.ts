/**
 * Asserts that an environment's default recipe learns, from the shipped warm start, at one fixed seed.
 *
 * The threshold follows a rule, not the runs: half the way from the warm start to the goal of
 * bench/learning/goals.ts, in at most two thirds of the recipe's updates (learning curves are S-shaped). `npm run learning` makes the full runs.
 */
import { describe, expect, it } from "vitest";
import { goals } from "../../bench/learning/goals.js";
import { exploitability } from "../../src/environments/kuhn-poker-tree.js";
import { environmentDefinition, makeEnvironment } from "../../src/environments/registry.js";
import { evaluate, train, warmStartPolicy } from "../../src/training/index.js";
import { kuhnStrategy } from "../../src/training/kuhn-strategy.js";

const seed = 7;
const episodes = 512;

export function learns(id: string): void {
  describe(id, () => {
    it("learns from its warm start", { timeout: 240_000 }, async () => {
      const { recipe } = environmentDefinition(id);
      const goal = goals[id]!.success!;
      const policy = await warmStartPolicy(id);
      const environment = () => makeEnvironment(id);
      const before = await evaluate({ environment, policy, episodes });
      expect(before.success, "the warm start must leave something to learn").toBeLessThan(goal - 0.15);

      const threshold = (before.success + goal) / 2;
      const recent: number[] = [];
      for await (const { metrics } of train({
        environment: id,
        policy,
        seed,
        updates: Math.ceil((2 * recipe.updates) / 3),
      })) {
        recent.push(metrics["rollout/success"]!);
        if (recent.length >= 4 && mean(recent.slice(-4)) >= threshold) break;
      }
      const after = await evaluate({ environment, policy, episodes });
      policy.dispose();
      expect(
        mean(recent.slice(-4)),
        `success while training: ${recent.map((s) => s.toFixed(2)).join(" ")}`,
      ).toBeGreaterThanOrEqual(threshold);
      expect(after.interval.low, "on held-out tasks, beyond chance").toBeGreaterThan(before.interval.high);
    });
  });
}

/** Games against oneself have no success to watch: exploitability must fall half the way to its goal, too. */
export function becomesLessExploitable(id: "kuhn-poker"): void {
  describe(id, () => {
    it("becomes less exploitable in self-play", { timeout: 240_000 }, async () => {
      const { recipe } = environmentDefinition(id);
      const policy = await warmStartPolicy(id);
      const before = exploitability(await kuhnStrategy(policy));
      await train({ environment: id, policy, seed, updates: Math.ceil((2 * recipe.updates) / 3) }).run();
      const after = exploitability(await kuhnStrategy(policy));
      policy.dispose();
      expect(after).toBeLessThanOrEqual(((1 + goals[id]!.exploitability!) / 2) * before);
    });
  });
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
