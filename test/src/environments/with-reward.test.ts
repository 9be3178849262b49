import { describe, expect, it } from "vitest";
import { makeEnvironment } from "../../../src/environments/registry.js";
import { withReward, type RewardedStep } from "../../../src/environments/with-reward.js";
import { Random } from "../../../src/random.js";

/** The rewards of one episode of the form, played by its weak policy. */
async function play(reward: (step: RewardedStep) => number, seed: number): Promise<number[]> {
  const environment = withReward(makeEnvironment("form"), reward);
  const random = new Random(seed);
  await environment.reset({ seed });
  const paid: number[] = [];
  for (;;) {
    const { reward, terminated, truncated } = await environment.step(environment.demonstrate(random));
    paid.push(reward);
    if (terminated || truncated) return paid;
  }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const seeds = Array.from({ length: 200 }, (_, seed) => seed);
const filled = (info: RewardedStep["after"]) => Number(info["filled"]);

describe("withReward", () => {
  it("changes nothing where the environment's own reward is paid", async () => {
    let paid = 0;
    for (const seed of seeds) {
      const own = makeEnvironment("form");
      const same = withReward(makeEnvironment("form"), ({ reward }) => reward);
      const random = new Random(seed);
      expect(await same.reset({ seed })).toEqual(await own.reset({ seed }));
      for (let over = false; !over;) {
        const action = own.demonstrate(random);
        const result = await own.step(action);
        expect(await same.step(action)).toEqual(result);
        paid += result.reward;
        over = result.terminated || result.truncated;
      }
    }
    expect(paid).toBeGreaterThan(0);
  });

  it("shows each step's info, before and after: differences of it sum up to the last", async () => {
    const last: number[] = [];
    for (const seed of seeds) {
      let end = 0;
      const paid = await play(({ before, after }) => {
        end = filled(after);
        return filled(after) - filled(before);
      }, seed);
      expect(sum(paid)).toBeCloseTo(end);
      last.push(end);
    }
    expect(new Set(last)).toEqual(new Set([0, 0.5, 1]));
  });

  it("leaves an episode's return as it was under a potential", async () => {
    for (const seed of seeds) {
      const own = await play(({ reward }) => reward, seed);
      const shaped = await play(
        ({ before, after, reward, terminated, truncated }) =>
          reward + (terminated || truncated ? 0 : filled(after)) - filled(before),
        seed,
      );
      expect(sum(shaped)).toBeCloseTo(sum(own));
    }
  });

  it("refuses several agents, and what is no number", async () => {
    expect(() => withReward(makeEnvironment("kuhn-poker"), () => 0)).toThrow(
      "withReward: kuhn-poker has 2 agents; it pays one only",
    );
    await expect(play(() => NaN, 1)).rejects.toThrow("withReward: a reward must be a finite number, not NaN");
  });
});
