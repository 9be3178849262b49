/** Every algorithm of the catalogue, run by the trainer on a task so small that a few updates show what it learns. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { algorithmEntries } from "../../../../src/algorithms/catalogue.js";
import type { Environment, EnvironmentSpec, StepResult } from "../../../../src/environments/environment.js";
import type { TransformerPolicy } from "../../../../src/policy/transformer-policy.js";
import { train } from "../../../../src/training/train.js";
import { warmStart } from "../../../../src/training/warm-start.js";
import "../support.js";

const spec: EnvironmentSpec = {
  id: "two-doors",
  title: "goes left, then right",
  capability: "planning",
  domain: "general",
  tools: [],
  horizon: 2,
  vocabulary: ["first", "second", "left", "right"],
  contextLength: 6,
  stopTokens: [],
  maxActionTokens: 1,
  freshContext: false,
  agents: 1,
  returnRange: [0, 1],
  heldOut: "seeds",
  options: {},
};

/** Two doors, each left or right; behind one of the four ways is the reward. Nobody knows which: chance is ¼. */
function twoDoors(): Environment {
  let taken: string[] = [];
  return {
    spec,
    reset() {
      taken = [];
      return { observation: "first", info: {} };
    },
    step(action): StepResult {
      taken.push(action);
      const ended = taken.length === 2;
      const success = ended && taken[0] === "left" && taken[1] === "right";
      const reward = success ? 1 : 0;
      return {
        observation: ended ? "" : "second",
        reward,
        terminated: ended,
        truncated: false,
        info: { success },
      };
    },
    demonstrate: (random) => random.choice(["left", "right"]),
  };
}

/** These take more updates: one fights its own entropy bonus, the other learns from one turn of an episode. */
const slow = ["magnet", "step-dpo"];

const creatable = algorithmEntries().flatMap((entry) =>
  entry.status === "not possible here" ? [] : [entry],
);

describe("every algorithm", () => {
  const policies = new Map<boolean, { policy: TransformerPolicy; start: Map<string, Float32Array> }>();

  beforeAll(async () => {
    for (const valueHead of [false, true]) {
      const policy = await warmStart({
        environment: twoDoors,
        recipe: {
          warmStart: { demonstrations: 200, steps: 40, learningRate: 1e-2 },
          model: { width: 16, layers: 1, heads: 2 },
        },
        valueHead,
      });
      policies.set(valueHead, { policy, start: await policy.values() });
    }
  }, 60_000);

  afterAll(() => {
    for (const { policy } of policies.values()) policy.dispose();
  });

  it.each(creatable)("$name learns what pays", async ({ name, create }) => {
    const { policy, start } = policies.get(create().valueHead)!;
    policy.assign(start);
    const training = train({
      environment: twoDoors,
      policy,
      algorithm: name,
      updates: slow.includes(name) ? 40 : 16,
      prompts: 6,
      groupSize: 6,
      learningRate: 2e-2,
      keep: "last",
    });
    const successes: number[] = [];
    for await (const { metrics, trajectories } of training) {
      for (const [metric, value] of Object.entries(metrics)) expect(value, metric).toSatisfy(Number.isFinite);
      const own = trajectories.filter(({ demonstrated }) => !demonstrated);
      if (own.length > 0) successes.push(own.filter(({ success }) => success).length / own.length);
    }
    expect(successes[0]).toBeLessThan(0.6);
    // LCPO learns to be brief, and all ways are of the same length.
    if (name !== "lcpo") expect(Math.max(...successes.slice(-4))).toBeGreaterThan(0.6);
  });
});
