import { expect, it } from "vitest";
import { environments } from "../../../src/environments/index.js";
import { learningCurve } from "../../../src/figures/index.js";
import { recordedNote, recordedRuns } from "../../../src/training/index.js";

it("reads every committed run, each with a curve as long as its updates", () => {
  const runs = recordedRuns();
  const recorded = new Set(runs.map(({ environment }) => environment));
  for (const { id } of environments()) if (recorded.has(id)) recorded.delete(id);
  expect([...recorded]).toEqual([]);
  for (const run of runs) {
    expect(run.steps.length, `${run.environment} ${run.variant}`).toBe(run.updates);
    expect(run.steps.at(-1)).toMatchObject({ update: run.updates });
    expect(run.steps.at(-1)!.seconds).toBeCloseTo(run.seconds);
    expect(run.before.low).toBeLessThanOrEqual(run.before.success);
    expect(run.after.high).toBeGreaterThanOrEqual(run.after.success);
  }
});

it("gives those of an environment and a variant, ready to be drawn and with their origin", () => {
  const runs = recordedRuns({ environment: "weather", variant: "default" });
  expect(new Set(runs.map(({ seed }) => seed)).size).toBe(runs.length);
  expect(recordedNote(runs)).toMatch(
    /^Recorded: 3 runs, seeds 1, 2, 3, engine \w+ on .+\. Make them anew: npm run learning$/,
  );
  expect(learningCurve({ weather: runs.map(({ steps }) => steps) }).title).toContain("(3 seeds)");
});

it("reads further metrics of every update where a file keeps them", () => {
  const runs = recordedRuns({ name: "lessons/challenges/reward-hacking", environment: "leaky-tests" });
  for (const { steps, updates } of runs) {
    expect(steps).toHaveLength(updates);
    for (const { metrics } of steps) {
      // A leaky verifier pays at least for what is right.
      expect(metrics["rollout/return"]).toBeGreaterThanOrEqual(metrics["rollout/success"]!);
      expect(metrics["policy/entropy"]).toBeGreaterThan(0);
    }
  }
});

it("names what there is instead of what there is not", () => {
  expect(() => recordedRuns({ name: "lerning" })).toThrow(/no bench\/lerning\.jsonl; there are .*learning/);
  expect(() => recordedRuns({ environment: "wether" })).toThrow(/no run of "wether"; it has weather,/);
  expect(() => recordedRuns({ environment: "weather", variant: "blind" })).toThrow(
    'no run of "weather" with the variant "blind"; it has default, without the tool',
  );
});
