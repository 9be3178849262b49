import { describe, expect, it } from "vitest";

import { combinations, Countdown, instances } from "../../../src/environments/countdown.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { largest: 5, limit: 15, tries: 2, holdOut: false, plan: true };

/** A seed whose task this is. */
function seedOf(task: string): number {
  const countdown = new Countdown(defaults);
  for (let seed = 0; seed < 10_000; seed++) {
    if (countdown.reset({ seed }).observation === `${task} :`) return seed;
  }
  throw new Error(`no seed gives ${task}`);
}

/** Makes the target if it is one step away; else a step after which it is, or, without a plan, the first allowed. */
function solving(plan: boolean): (observation: string, turn: number) => string {
  let target = 0;
  return (observation, turn) => {
    if (turn === 0) target = Number(observation.split(" ")[1]);
    const numbers = observation
      .slice(0, observation.lastIndexOf(":"))
      .split(/from|again|= \d+|:/)
      .at(-1)!
      .trim()
      .split(" ")
      .map(Number);
    const all = combinations(numbers, 15);
    const last = all.find(({ result }) => result === target);
    const first = all.find((each) => combinations(each.numbers, 15).some(({ result }) => result === target));
    const { left, operator, right } = last ?? (plan ? first : undefined) ?? all[0]!;
    return `${left} ${operator} ${right}`;
  };
}

describe("countdown", () => {
  it("computes each step and ends at the target", () => {
    const countdown = new Countdown(defaults);
    const seed = seedOf("target 13 from 5 3 2");
    countdown.reset({ seed });
    expect(countdown.step("5 * 3")).toEqual({
      observation: "= 15 15 2 :",
      reward: 0,
      terminated: false,
      truncated: false,
      info: {
        success: false,
        steps: 1,
        tries: 1,
        illegal: 0,
        solved_by_1: 0,
        solved_by_2: 0,
        bad_format: false,
      },
    });
    expect(countdown.step("15 - 2")).toEqual({
      observation: "",
      reward: 1,
      terminated: true,
      truncated: false,
      info: {
        success: true,
        steps: 2,
        tries: 1,
        illegal: 0,
        solved_by_1: 1,
        solved_by_2: 1,
        bad_format: false,
      },
    });
  });

  it("gives the numbers back once", () => {
    const countdown = new Countdown(defaults);
    const seed = seedOf("target 13 from 5 3 2");
    countdown.reset({ seed });
    expect(countdown.step("5 + 3").observation).toBe("= 8 8 2 :");
    expect(countdown.step("8 + 2").observation).toBe("= 10 again 5 3 2 :");
    countdown.step("5 * 3");
    expect(countdown.step("15 - 2")).toMatchObject({
      reward: 1,
      info: { solved_by_1: 0, solved_by_2: 1, tries: 2, steps: 4 },
    });

    countdown.reset({ seed });
    expect(countdown.step("2 - 3")).toMatchObject({ observation: "no again 5 3 2 :", info: { illegal: 1 } });
    countdown.step("5 + 3");
    expect(countdown.step("8 - 2")).toMatchObject({ observation: "", reward: 0, terminated: true });
  });

  it.each(["5 + 5", "4 + 3", "3 - 5", "5 - 5", "0 + 5"])("does not allow %s with 5 3 2", (action) => {
    const countdown = new Countdown({ ...defaults, tries: 1 });
    countdown.reset({ seed: seedOf("target 13 from 5 3 2") });
    expect(countdown.step(action)).toMatchObject({ reward: 0, terminated: true, info: { illegal: 1 } });
  });

  it.each(["", "5 *", "5 3 *", "5 * 3 = 15", "five * 3", "5 / 2", "5 * -3"])(
    "takes %j for no combination",
    async (action) => {
      expect(await play(new Countdown(defaults), 1, () => action)).toMatchObject({
        observation: "invalid",
        return: 0,
        info: { bad_format: true, illegal: 0 },
      });
    },
  );

  it("asks for what two combinations reach and one does not", () => {
    const all = instances(5, 15);
    expect(all).toHaveLength(108);
    // All results of one and of two combinations, by arithmetic of our own.
    const results = (a: number, b: number) => [a + b, a - b, b - a, a * b].filter((x) => x >= 1 && x <= 15);
    for (const { numbers, target } of all) {
      const [a, b, c] = numbers as [number, number, number];
      const orders = [
        [a, b, c],
        [a, c, b],
        [b, c, a],
      ] as const;
      const one = orders.flatMap(([x, y]) => results(x, y));
      const two = orders.flatMap(([x, y, z]) => results(x, y).flatMap((result) => results(result, z)));
      expect([...one, ...numbers]).not.toContain(target);
      expect(two).toContain(target);
    }
  });

  it("is always solved by who looks one step ahead", async () => {
    const single = new Countdown({ ...defaults, tries: 1 });
    expect(await mean(single, 300, solving(true))).toBe(single.spec.optimum);
  });

  it("is solved as often as chance has it when the first step is random", async () => {
    const luck = new Countdown({ ...defaults, plan: false });
    expect(luck.reset({ seed: 2 }).observation).toMatch(
      /^target \d+ from \d \d \d : \d [-+*] \d = \d+ \d+ \d+ :$/,
    );
    expect(luck.spec.optimum).toBeCloseTo(0.508, 3);
    expect(luck.spec.chance).toBe(new Countdown(defaults).spec.chance);
    expect(new Countdown({ ...defaults, tries: 1 }).spec.chance).toBeCloseTo(0.331, 3);
    const success = await mean(luck, 2000, solving(false));
    expect(Math.abs(success - luck.spec.optimum!)).toBeLessThan(0.045);
  });

  it("holds every fifth instance out on request", () => {
    const countdown = new Countdown({ ...defaults, holdOut: true });
    const seen = (split: "train" | "test") =>
      new Set(Array.from({ length: 1000 }, (_, seed) => countdown.reset({ seed, split }).observation));
    const [train, test] = [seen("train"), seen("test")];
    expect([train.size, test.size]).toEqual([86, 22]);
    for (const task of test) expect(train).not.toContain(task);
  });

  it("has a weak policy that solves about six in ten", async () => {
    const success = await weakSuccess(new Countdown(defaults), 1500);
    expect(success).toBeGreaterThan(0.52);
    expect(success).toBeLessThan(0.66);
  });
});
