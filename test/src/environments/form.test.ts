import { describe, expect, it } from "vitest";

import { Form } from "../../../src/environments/form.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { fields: 2, colours: 3, holdOut: false, order: true, screen: true };

/** Clicks and types field by field, by the order alone. */
function filling(fields: number): (observation: string, turn: number) => string {
  let words: string[] = [];
  return (observation, turn) => {
    if (turn === 0) words = observation.split(" ").slice(1, 1 + 2 * fields);
    return words[turn] ?? "submit";
  };
}

/**
 * Success within seven turns of an agent that throws the same dice every turn (it sees the order, and neither the
 * screen nor its past): by following the distribution over what the form holds. `same`: both colours are equal.
 */
function diceSuccess(dice: readonly number[], same: boolean): number {
  const [clickFirst, typeFirst, clickSecond, typeSecond, submit] = dice as [
    number,
    number,
    number,
    number,
    number,
  ];
  // A state: for both fields whether it is right, and the focus (0 none, 1, 2).
  let states = new Map([["ff0", 1]]);
  let success = 0;
  for (let turn = 0; turn < 7; turn++) {
    const next = new Map<string, number>();
    const add = (key: string, probability: number) => next.set(key, (next.get(key) ?? 0) + probability);
    for (const [key, probability] of states) {
      const [first, second, focus] = [...key] as [string, string, string];
      if (first + second === "tt") success += submit * probability;
      add(`${first}${second}1`, clickFirst * probability);
      add(`${first}${second}2`, clickSecond * probability);
      for (const [typed, chance] of [
        ["1", typeFirst],
        ["2", typeSecond],
      ] as const) {
        const right = same || typed === focus ? "t" : "f";
        if (focus === "0") add(key, chance * probability);
        else add(focus === "1" ? `${right}${second}1` : `${first}${right}2`, chance * probability);
      }
    }
    states = next;
  }
  return success;
}

describe("form", () => {
  it("is filled in by clicks and typing", () => {
    const form = new Form(defaults);
    const { observation } = form.reset({ seed: 1 });
    const match = /^order shirt (\w+) shoes (\w+) screen empty empty focus nothing$/.exec(observation) ?? [];
    const [, shirt, shoes] = match as unknown as [string, string, string];
    expect(form.step("red").observation).toBe("screen empty empty focus nothing");
    expect(form.step("shoes").observation).toBe("screen empty empty focus shoes");
    expect(form.step(shoes).observation).toBe(`screen empty ${shoes} focus shoes`);
    expect(form.step("shirt")).toMatchObject({ observation: `screen empty ${shoes} focus shirt` });
    expect(form.step(shirt)).toMatchObject({
      observation: `screen ${shirt} ${shoes} focus shirt`,
      reward: 0,
      info: { filled: 1, turns: 5, success: false },
    });
    expect(form.step("submit")).toEqual({
      observation: "",
      reward: 1,
      terminated: true,
      truncated: false,
      info: { success: true, turns: 6, filled: 1, bad_format: false },
    });
  });

  it("pays nothing for a form that is wrong, late or badly used", async () => {
    expect(await play(new Form(defaults), 1, () => "submit")).toMatchObject({
      return: 0,
      terminated: true,
      info: { success: false, filled: 0, turns: 1 },
    });
    expect(await play(new Form(defaults), 1, () => "shirt")).toMatchObject({
      return: 0,
      terminated: false,
      truncated: true,
      info: { success: false, turns: 7 },
    });
    for (const action of ["", "coat", "black", "shirt red", "empty"]) {
      expect(await play(new Form(defaults), 1, () => action)).toMatchObject({
        observation: "invalid",
        return: 0,
        terminated: true,
        info: { bad_format: true, turns: 1 },
      });
    }
  });

  it("is always solved by who reads the order, and by nobody else more often than by chance", async () => {
    expect(await mean(new Form(defaults), 200, filling(2))).toBe(1);
    expect(await mean(new Form({ ...defaults, fields: 4, colours: 5 }), 200, filling(4))).toBe(1);

    const blind = new Form({ ...defaults, order: false });
    expect(blind.reset({ seed: 1 }).observation).toBe("order hidden screen empty empty focus nothing");
    const plan = ["shirt", "red", "shoes", "red", "submit"];
    const success = await mean(blind, 3000, (_, turn) => plan[turn]!);
    expect(Math.abs(success - 1 / 9)).toBeLessThan(0.023);
    expect(blind.spec).toMatchObject({ optimum: 1 / 9, chance: 1 / 9 });
  });

  it("cannot be done without the screen and a memory: 0.009 at best", () => {
    const blind = new Form({ ...defaults, screen: false });
    expect(blind.spec.freshContext).toBe(true);
    const { observation } = blind.reset({ seed: 1 });
    expect(observation).toMatch(/^order shirt \w+ shoes \w+$/);
    expect(blind.step("shirt").observation).toBe(observation);

    // All dice in steps of a twentieth.
    let different = 0;
    let same = 0;
    const parts = 20;
    for (let submit = 1; submit < parts; submit++) {
      for (let type = 1; submit + 2 * type < parts; type++) {
        const clicks = (parts - submit - 2 * type) / 2;
        const dice = [clicks, type, clicks, type, submit].map((part) => part / parts);
        different = Math.max(different, diceSuccess(dice, false));
        same = Math.max(same, diceSuccess(dice, true));
      }
    }
    // Of the nine orders three have equal colours.
    expect((2 * different + same) / 3).toBeCloseTo(blind.spec.optimum!, 3);
  });

  it("holds orders out on request", () => {
    const form = new Form({ ...defaults, holdOut: true });
    const orders = (split: "train" | "test") =>
      new Set(
        Array.from(
          { length: 300 },
          (_, seed) => form.reset({ seed, split }).observation.split(" screen")[0]!,
        ),
      );
    const [train, test] = [orders("train"), orders("test")];
    expect([train.size, test.size]).toEqual([6, 3]);
    for (const order of test) expect(train).not.toContain(order);
  });

  it("has a weak policy that seldom succeeds", async () => {
    const success = await weakSuccess(new Form(defaults));
    expect(success).toBeGreaterThan(0.025);
    expect(success).toBeLessThan(0.055);
  });
});
