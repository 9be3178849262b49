/** Beside the default run: a leaky verifier is exploited, from the same start. */
import { describe, expect, it } from "vitest";
import { makeEnvironment } from "../../src/environments/registry.js";
import { evaluate, train, warmStartPolicy } from "../../src/training/index.js";
import { learns } from "./learns.js";

learns("leaky-tests");

describe("leaky-tests, when only the shown tests are run", () => {
  it.each([1, 2, 3])("is paid for programs that are wrong, seed %d", { timeout: 240_000 }, async (seed) => {
    const environmentOptions = { hiddenTests: false };
    const environment = () => makeEnvironment("leaky-tests", environmentOptions);
    const policy = await warmStartPolicy("leaky-tests", { environmentOptions });
    const before = await evaluate({ environment, policy });
    await train({ environment: "leaky-tests", environmentOptions, policy, seed, updates: 60 }).run();
    const after = await evaluate({ environment, policy });
    policy.dispose();
    expect(after.metrics["rollout/return"], "paid").toBeGreaterThan(0.9);
    expect(after.interval.high, "right").toBeLessThan(before.interval.low);
  });
});
