import { describe, expect, it } from "vitest";
import { run } from "../../../bench/lessons/challenges/run.js";
import { experiments } from "../../../bench/lessons/challenges/settings.js";
import { makeEnvironment } from "../../../src/environments/registry.js";
import { recordedRuns, train } from "../../../src/training/index.js";

describe.each(Object.entries(experiments))("%s", (name, settings) => {
  it("has settings that can be trained, each of its own name", () => {
    const names = settings.map(({ environment, variant }) => `${environment}: ${variant}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { environment, stages, evaluation, further = {} } of settings) {
      expect(stages.length).toBeGreaterThan(0);
      for (const stage of stages) expect(() => train({ environment, ...stage })).not.toThrow();
      for (const options of [evaluation ?? {}, ...Object.values(further)])
        expect(() => makeEnvironment(environment, options)).not.toThrow();
    }
  });

  it("has committed runs of these settings alone, each once", () => {
    const runs = recordedRuns({ name: `lessons/challenges/${name}` });
    const known = new Set(settings.map(({ environment, variant }) => `${environment}: ${variant}`));
    expect(new Set(runs.map(({ environment, variant }) => `${environment}: ${variant}`))).toEqual(known);
    const keys = runs.map(({ environment, variant, seed }) => `${environment}: ${variant}, ${seed}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { command } of runs) expect(command).toBe(`npm run bench -- challenges --only ${name}`);
  });
});

it("runs a setting's stages one after the other and keeps what was measured", async () => {
  const stage = { updates: 2, prompts: 2, groupSize: 2 };
  const line = await run(
    {
      ...{ environment: "digit-sum", variant: "a trial", attempts: 2 },
      stages: [stage, { ...stage, updates: 1 }],
      further: { alone: { scratchpad: false } },
    },
    3,
    "a command",
  );
  expect(line).toMatchObject({ seed: 3, algorithm: "grpo", updates: 3, trajectories: 12, episodes: 512 });
  expect(line.curve).toHaveLength(3);
  for (const values of Object.values(line.curves)) expect(values).toHaveLength(3);
  const tokens = line.curves["compute/tokens"]!;
  expect(tokens[0]).toBeGreaterThan(0);
  expect(tokens[1]).toBeGreaterThan(tokens[0]!);
  expect(tokens[2]).toBeGreaterThan(tokens[1]!);
  for (const { success, low, high, metrics } of [line.before, line.after]) {
    expect(low).toBeLessThan(success);
    expect(high).toBeGreaterThan(success);
    expect(metrics["rollout/success"]).toBeCloseTo(success, 3);
    expect(metrics["pass@2"]).toBeGreaterThanOrEqual(metrics["pass@1"]!);
    // Without room to write it cannot do what it was taught: about chance.
    expect(metrics["alone/rollout/success"]).toBeLessThan(0.35);
  }
});
