import { expect, it } from "vitest";
import { capabilitySettings } from "../../../bench/lessons/capabilities.js";
import { makeEnvironment } from "../../../src/environments/registry.js";
import { recordedRuns, train } from "../../../src/training/index.js";

const named = ({ environment, variant }: { environment: string; variant: string }) =>
  `${environment}: ${variant}`;

it("has settings that can be trained, each of its own name", () => {
  expect(new Set(capabilitySettings.map(named)).size).toBe(capabilitySettings.length);
  for (const { environment, stages, evaluation = {} } of capabilitySettings) {
    expect(stages.length).toBeGreaterThan(0);
    for (const stage of stages) expect(() => train({ environment, ...stage })).not.toThrow();
    expect(() => makeEnvironment(environment, evaluation)).not.toThrow();
  }
});

it("has committed runs of these settings alone, with three seeds each", () => {
  const runs = recordedRuns({ name: "lessons/capabilities" });
  const found = runs.map((run) => `${named(run)}, ${run.seed}`).sort();
  const wanted = capabilitySettings.flatMap((setting) =>
    [1, 2, 3].map((seed) => `${named(setting)}, ${seed}`),
  );
  expect(found).toEqual(wanted.sort());
});
