import { describe, expect, it } from "vitest";

import { Household } from "../../../src/environments/household.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { sight: true };
const rooms = ["kitchen", "bedroom", "bathroom", "study"];
const furniture = ["table", "bed", "shelf", "desk"];
const things: Record<string, string[]> = {
  fruit: ["apple", "pear", "plum"],
  clothes: ["hat", "sock", "scarf"],
};

/** Walks through the rooms other than the destination, takes the first thing of the kind and carries it there. */
function searching(): (observation: string, turn: number) => string {
  let kind = "";
  let target = "";
  let left: string[] = [];
  return (observation, turn) => {
    const words = observation.split(" ");
    if (turn === 0) {
      [, kind, target] = words as [string, string, string];
      left = rooms.filter((_, i) => furniture[i] !== target);
    }
    if (things[kind]!.includes(observation)) return `take ${observation}`;
    const room = rooms[furniture.indexOf(target)]!;
    if (observation === "ok") {
      left = [];
      return `go ${room}`;
    }
    return left.length > 0 ? `go ${left.shift()!}` : `put ${target}`;
  };
}

/**
 * The most worlds of nine (three rooms, three things) that one plan made beforehand can solve in the turns left.
 * A world holds whether the thing is carried; the plan is where the agent stands.
 */
function bestPlan(turns: number, room: number, carried: readonly boolean[]): number {
  if (turns === 0) return 0;
  // Standing at the destination (3), putting down ends every world in which the thing is held.
  let best = room === 3 ? carried.filter(Boolean).length : 0;
  for (let next = 0; next < 4; next++) {
    if (next !== room) best = Math.max(best, bestPlan(turns - 1, next, carried));
  }
  if (room >= 0 && room < 3) {
    for (let thing = 0; thing < 3; thing++) {
      const world = 3 * room + thing;
      if (!carried[world]) best = Math.max(best, bestPlan(turns - 1, room, carried.with(world, true)));
    }
  }
  return best;
}

describe("household", () => {
  it("is solved by search, take, go and put", async () => {
    const house = new Household(defaults);
    expect(house.reset({ seed: 3 }).observation).toMatch(/^bring (fruit|clothes) (table|bed|shelf|desk)$/);
    const player = searching();
    expect(await mean(house, 400, player)).toBe(house.spec.optimum);
    const result = await play(house, 3, player);
    expect(result).toMatchObject({
      observation: "ok",
      return: 1,
      terminated: true,
      truncated: false,
      info: { success: true, repeated: 0, carrying: true, bad_format: false },
    });
    expect(Number(result.info["turns"])).toBeLessThanOrEqual(6);
  });

  it("shows what lies in a room, once it is taken nothing", () => {
    const house = new Household(defaults);
    house.reset({ seed: 3 });
    const found = rooms.map((room) => house.step(`go ${room}`).observation);
    expect(found.filter((thing) => thing === "nothing")).toHaveLength(1);
    const room = found.findIndex((thing) => thing !== "nothing");
    expect(house.step(`go ${rooms[room]!}`)).toMatchObject({ observation: found[room] });
    expect(house.step(`take ${found[room]!}`).observation).toBe("ok");
    expect(house.step(`go ${rooms[room]!}`)).toMatchObject({ observation: "nothing", truncated: true });
  });

  it("says no to what cannot be done", () => {
    const house = new Household(defaults);
    house.reset({ seed: 3 });
    for (const action of ["take apple", "put table", "go table", "take kitchen"]) {
      expect(house.step(action)).toMatchObject({ observation: "no", reward: 0, terminated: false });
    }
  });

  it("ends when the wrong thing is put down or an action has another form", async () => {
    const house = new Household(defaults);
    for (let seed = 0; seed < 30; seed++) {
      const kind = house.reset({ seed }).observation.split(" ")[1]!;
      const wrong = rooms.findIndex((room) =>
        things[kind === "fruit" ? "clothes" : "fruit"]!.includes(house.step(`go ${room}`).observation),
      );
      house.reset({ seed });
      const thing = house.step(`go ${rooms[wrong]!}`).observation;
      house.step(`take ${thing}`);
      expect(house.step(`put ${furniture[wrong]!}`)).toMatchObject({
        observation: "ok",
        reward: 0,
        terminated: true,
        info: { success: false, carrying: false },
      });
    }
    for (const action of ["", "go", "kitchen", "look kitchen", "go kitchen table"]) {
      expect(await play(house, 1, () => action)).toMatchObject({
        observation: "invalid",
        return: 0,
        terminated: true,
        info: { bad_format: true, turns: 1 },
      });
    }
  });

  it("counts visits to a room seen before, other than the destination", async () => {
    const house = new Household(defaults);
    const { observation } = house.reset({ seed: 1 });
    const target = rooms[furniture.indexOf(observation.split(" ")[2]!)]!;
    const elsewhere = rooms.find((room) => room !== target)!;
    expect(await play(house, 1, () => `go ${target}`)).toMatchObject({
      truncated: true,
      info: { repeated: 0, turns: 7 },
    });
    expect(await play(house, 1, () => `go ${elsewhere}`)).toMatchObject({ info: { repeated: 6 } });
  });

  it("is solved in a third of the houses without sight, by the best of all plans", async () => {
    const blind = new Household({ sight: false });
    expect(blind.spec.chance).toBeCloseTo(bestPlan(7, -1, Array<boolean>(9).fill(false)) / 9, 12);

    let plan: string[] = [];
    const success = await mean(blind, 2000, (observation, turn) => {
      if (turn === 0) {
        const [, kind, target] = observation.split(" ") as [string, string, string];
        const elsewhere = rooms.find((_, i) => furniture[i] !== target)!;
        const takes = things[kind]!.map((thing) => `take ${thing}`);
        plan = [`go ${elsewhere}`, ...takes, `go ${rooms[furniture.indexOf(target)]!}`, `put ${target}`];
      } else expect(observation).toBe("hidden");
      return plan[turn] ?? plan.at(-1)!;
    });
    expect(Math.abs(success - 1 / 3)).toBeLessThan(0.043);
  });

  it("has a weak policy that seldom succeeds", async () => {
    const success = await weakSuccess(new Household(defaults));
    expect(success).toBeGreaterThan(0.15);
    expect(success).toBeLessThan(0.21);
  });
});
