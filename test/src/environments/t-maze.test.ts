import { describe, expect, it } from "vitest";

import { TMaze } from "../../../src/environments/t-maze.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { notepad: true, cues: 4, delay: 2 };
/** Writes the sign's colour, walks on, reads the notepad. */
function remember(observation: string): string {
  const words = observation.split(" ");
  if (words[3] === "entrance") return `write ${words[4]!}`;
  return words[3] === "corridor" ? "walk" : `<ans> ${words[1]!}`;
}

describe("t-maze", () => {
  it("shows the notepad and the room, and asks at the junction", () => {
    const environment = new TMaze(defaults);
    const { observation } = environment.reset({ seed: 2 });
    expect(observation).toMatch(/^notepad empty \| entrance (red|green|blue|yellow) [a-z]{3}$/);
    const cue = observation.split(" ")[4]!;
    expect(environment.step(`write ${cue}`).observation).toMatch(
      new RegExp(`^notepad ${cue} \\| corridor [a-z]{3} [a-z]{3}$`),
    );
    expect(environment.step("write owl").observation).toMatch(/^notepad owl \| corridor /);
    expect(environment.step("walk")).toMatchObject({
      observation: "notepad owl | junction ?",
      reward: 0,
      terminated: false,
      info: { writes: 2 },
    });
    expect(environment.step(`<ans> ${cue}`)).toMatchObject({
      reward: 1,
      terminated: true,
      info: { success: true, writes: 2, bad_format: false },
    });
  });

  it("is solved by a policy without any memory of its own, if it has the notepad", async () => {
    for (const delay of [0, 2, 9]) {
      const environment = new TMaze({ ...defaults, cues: 8, delay });
      expect(await mean(environment, 100, remember)).toBe(environment.spec.optimum);
    }
  });

  it("shows all junctions alike without the notepad, each cue equally often", async () => {
    const environment = new TMaze({ ...defaults, notepad: false });
    for (let seed = 0; seed < 20; seed++) {
      const { observations } = await play(environment, seed, remember);
      expect(observations.at(-2)).toBe("notepad empty | junction ?");
    }
    for (const colour of ["red", "green", "blue", "yellow"]) {
      const always = (observation: string) => (observation.endsWith("?") ? `<ans> ${colour}` : "walk");
      expect(Math.abs((await mean(environment, 2000, always)) - environment.spec.chance!)).toBeLessThan(0.04);
    }
  });

  it.each([
    "",
    "write",
    "write red owl",
    "write red blue",
    "write white",
    "write write",
    "walk on",
    "<ans> red",
  ])("ends with %o in the corridor", async (action) => {
    expect(await play(new TMaze(defaults), 1, () => action)).toMatchObject({
      observation: "invalid",
      return: 0,
      terminated: true,
      info: { bad_format: true, success: false },
    });
  });

  it("has a weak policy that remembers now and then", async () => {
    // The cue is written (.5 · .5) and not overwritten (.8²), then read (.9 + .1 / 4); else it guesses.
    const remembered = 0.25 * 0.64 * 0.9;
    const expected = remembered + (1 - remembered) / 4;
    expect(expected).toBeCloseTo(0.358, 3);
    expect(Math.abs((await weakSuccess(new TMaze(defaults))) - expected)).toBeLessThan(0.025);
  });
});
