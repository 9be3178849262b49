import { describe, expect, it } from "vitest";

import { TwoHop } from "../../../src/environments/two-hop.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { calls: 3 };
const entry = /^<obs> boss (\w+) home (\w+) <\/obs>$/;

/** Looks up the person, then the boss, then answers. */
function twoHops(): (observation: string, turn: number) => string {
  return (observation, turn) => {
    if (turn === 0) return `<call> ${observation.split(" ").at(-1)!} </call>`;
    const [, boss, home] = entry.exec(observation)!;
    return turn === 1 ? `<call> ${boss!} </call>` : `<ans> ${home!}`;
  };
}

describe("two-hop", () => {
  it("asks a question that two searches answer", () => {
    const environment = new TwoHop(defaults);
    const { observation } = environment.reset({ seed: 4 });
    expect(observation).toMatch(/^\? home of boss of [A-Z][a-z]+$/);
    const first = environment.step(`<call> ${observation.split(" ").at(-1)!} </call>`);
    expect(first).toMatchObject({ reward: 0, terminated: false, info: { calls: 1, hops: 1 } });
    const boss = entry.exec(first.observation)![1]!;
    expect(observation).not.toContain(boss);
    const second = environment.step(`<call> ${boss} </call>`);
    const home = entry.exec(second.observation)![2]!;
    expect(environment.step(`<ans> ${home}`)).toEqual({
      observation: "",
      reward: 1,
      terminated: true,
      truncated: false,
      info: { success: true, calls: 2, hops: 2, bad_format: false },
    });
  });

  it("gives the same entry for the same person, and nothing for anybody else", () => {
    const environment = new TwoHop(defaults);
    environment.reset({ seed: 4 });
    const first = environment.step("<call> Emma </call>").observation;
    expect(environment.step("<call> Emma </call>").observation).toBe(first);
    for (const name of ["Oslo", "Emma Hugo", "nobody"]) {
      environment.reset({ seed: 4 });
      expect(environment.step(`<call> ${name} </call>`)).toMatchObject({
        observation: "<obs> nothing </obs>",
        terminated: false,
        info: { calls: 1, hops: 0 },
      });
    }
  });

  it("ends with a call too many or with what is no turn", async () => {
    const invalid = {
      observation: "<obs> invalid </obs>",
      return: 0,
      terminated: true,
      info: { success: false, bad_format: true },
    };
    expect(await play(new TwoHop(defaults), 1, () => "<call> Anna </call>")).toMatchObject({
      ...invalid,
      info: { calls: 3, bad_format: true },
    });
    for (const action of ["", "Oslo", "call Anna", "<call> Anna", "Anna </call>"]) {
      expect(await play(new TwoHop(defaults), 1, () => action)).toMatchObject(invalid);
    }
    expect(await play(new TwoHop({ calls: 0 }), 1, () => "<call> Anna </call>")).toMatchObject(invalid);
  });

  it("is always solved with two searches and mostly not without the second", async () => {
    const environment = new TwoHop(defaults);
    expect(await mean(environment, 300, twoHops())).toBe(environment.spec.optimum);

    // With one search: somebody who may be the boss, and then that home. 1/7 + 6/7 · 1/8.
    const single = new TwoHop({ calls: 1 });
    const guess = (observation: string, turn: number) => {
      if (turn > 0) return `<ans> ${entry.exec(observation)![2]!}`;
      return observation.endsWith("Anna") ? "<call> Boris </call>" : "<call> Anna </call>";
    };
    expect(Math.abs((await mean(single, 4000, guess)) - 0.25)).toBeLessThan(0.028);
    expect(single.spec).toMatchObject({ optimum: 0.25, chance: 0.25 });

    const none = new TwoHop({ calls: 0 });
    expect(Math.abs((await mean(none, 4000, () => "<ans> Rome")) - 0.125)).toBeLessThan(0.021);
    expect(none.spec).toMatchObject({ optimum: 0.125, chance: 0.125, tools: [] });
  });

  it("has a weak policy that is right about a fifth of the time", async () => {
    const success = await weakSuccess(new TwoHop(defaults));
    expect(success).toBeGreaterThan(0.17);
    expect(success).toBeLessThan(0.25);
  });
});
