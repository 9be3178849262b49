import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it } from "vitest";
import { useEngine } from "../../../src/engine/index.js";
import { learningCurve } from "../../../src/figures/index.js";
import { trainOverSeeds } from "../../../src/training/index.js";

describe("trainOverSeeds", () => {
  it("gives each seed a run of its own from the same start, and leaves no tensor", async () => {
    await useEngine("wasm");
    const tensors = tf.memory().numTensors;
    const seen: string[] = [];
    const settings = { environment: "nim", updates: 3, prompts: 4, groupSize: 4, episodes: 32 };
    const runs = await trainOverSeeds({
      ...{ ...settings, seeds: [5, 6] },
      onStep: (seed, { update }) => seen.push(`${seed}/${update}`),
    });
    expect(seen).toEqual(["5/1", "5/2", "5/3", "6/1", "6/2", "6/3"]);
    expect(runs.map(({ seed }) => seed)).toEqual([5, 6]);
    expect(runs[0]!.before).toEqual(runs[1]!.before);
    const rewards = runs.map(({ steps }) => steps.map(({ metrics }) => metrics["rollout/return"]));
    expect(rewards[0]).not.toEqual(rewards[1]);
    const [again] = await trainOverSeeds({ ...settings, seeds: [6] });
    expect(again!.steps.map(({ metrics }) => metrics["loss/policy"])).toEqual(
      runs[1]!.steps.map(({ metrics }) => metrics["loss/policy"]),
    );
    expect(tf.memory().numTensors).toBe(tensors);
    expect(learningCurve({ nim: runs.map(({ steps }) => steps) }).title).toMatch(/in 3 updates \(2 seeds\)$/);
  });

  it("refuses no seeds and the same seed twice", async () => {
    await expect(trainOverSeeds({ environment: "nim", seeds: [] })).rejects.toThrow("seeds is empty");
    await expect(trainOverSeeds({ environment: "nim", seeds: [1, 1] })).rejects.toThrow(
      "is there twice in 1, 1",
    );
  });
});
