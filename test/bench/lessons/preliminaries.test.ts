import { expect, it } from "vitest";
import { preliminaries } from "../../../bench/lessons/preliminaries.js";
import { recordedRuns, train, warmStartPolicy } from "../../../src/training/index.js";

const variants = preliminaries.map(({ variant }) => variant);

it("has committed runs of every setting with the same seeds, each once", () => {
  const runs = recordedRuns({ name: "lessons/preliminaries" });
  expect(new Set(runs.map(({ variant }) => variant))).toEqual(new Set(variants));
  const seedsOf = (variant: string) => runs.filter((run) => run.variant === variant).map(({ seed }) => seed);
  const seeds = seedsOf("grpo");
  expect(new Set(seeds).size).toBe(seeds.length);
  // Differences are taken seed by seed.
  for (const variant of variants) expect(seedsOf(variant), variant).toEqual(seeds);
  for (const { environment, command } of runs) {
    expect([environment, command]).toEqual(["weather", "npm run bench -- preliminaries"]);
  }
});

it("learns from the tool's words where the mask is off, and only there", async () => {
  const settings = new Map(preliminaries.map((setting) => [setting.variant, setting]));
  for (const [variant, off] of [
    ["rloo", false],
    ["rloo, mask off", true],
  ] as const) {
    const policy = await warmStartPolicy("weather");
    try {
      const { environment, stages } = settings.get(variant)!;
      const steps = train({
        environment,
        policy,
        seed: 1,
        updates: 1,
        prompts: 4,
        groupSize: 4,
        ...stages[0],
      });
      for await (const { trajectories } of steps) {
        const observed = trajectories.flatMap(({ tokens, mask, turns }) =>
          turns.length > 1
            ? [...tokens.subarray(turns[0]!.end, turns[1]!.start).keys()].map((i) => mask[turns[0]!.end + i]!)
            : [],
        );
        expect(observed.length).toBeGreaterThan(0);
        expect(new Set(observed)).toEqual(new Set([off ? 1 : 0]));
        for (const { mask } of trajectories) expect(mask[0]).toBe(0);
      }
    } finally {
      policy.dispose();
    }
  }
});
