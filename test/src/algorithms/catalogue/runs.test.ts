import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { algorithmEntries } from "../../../../src/algorithms/catalogue.js";
import { makeEnvironment } from "../../../../src/environments/registry.js";
import type { TransformerPolicy } from "../../../../src/policy/transformer-policy.js";
import { train } from "../../../../src/training/train.js";
import { warmStart } from "../../../../src/training/warm-start.js";
import "../support.js";

const creatable = algorithmEntries().flatMap((entry) =>
  entry.status === "not possible here" ? [] : [entry],
);

const environment = "two-hop";

describe("every algorithm", () => {
  const policies = new Map<boolean, TransformerPolicy>();

  beforeAll(async () => {
    for (const valueHead of [false, true]) {
      policies.set(
        valueHead,
        await warmStart({
          environment: () => makeEnvironment(environment),
          recipe: {
            warmStart: { demonstrations: 100, steps: 40, learningRate: 3e-3 },
            model: { width: 16, layers: 1, heads: 2 },
          },
          valueHead,
        }),
      );
    }
  }, 60_000);

  afterAll(() => {
    for (const policy of policies.values()) policy.dispose();
  });

  it.each(creatable)("$name runs in a two-turn environment", async ({ name, create }) => {
    const { valueHead } = create();
    const training = train({
      environment,
      policy: policies.get(valueHead)!,
      algorithm: name,
      updates: 2,
      prompts: 3,
      groupSize: 4,
      learningRate: 1e-4,
    });
    let updates = 0;
    for await (const { metrics, trajectories, advantages } of training) {
      updates++;
      for (const [metric, value] of Object.entries(metrics)) expect(value, metric).toSatisfy(Number.isFinite);
      expect(advantages).toHaveLength(trajectories.length);
    }
    expect(updates).toBe(2);
  });
});
