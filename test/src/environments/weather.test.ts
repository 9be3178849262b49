import { describe, expect, it } from "vitest";

import { Weather } from "../../../src/environments/weather.js";
import { mean, play, weakSuccess } from "./play.js";

const defaults = { tool: true, uselessTool: false, callCost: 0 };
const city = (observation: string) => observation.split(" ")[1]!;
const lookUp = (observation: string) =>
  observation.startsWith("weather")
    ? `<call> ${city(observation)} </call>`
    : `<ans> ${observation.split(" ").slice(1, -1).join(" ")}`;

describe("weather", () => {
  it("reports the city that is called, the same each time, and takes that as the answer", () => {
    const environment = new Weather({ ...defaults, callCost: 0.25 });
    const asked = city(environment.reset({ seed: 5 }).observation);
    const first = environment.step(`<call> ${asked} </call>`);
    expect(first.observation).toMatch(/^<obs> [5-9] [05] (sunny|cloudy|rain|snow) <\/obs>$/);
    expect(first).toMatchObject({ reward: -0.25, terminated: false, info: { calls: 1, success: false } });
    expect(environment.step(`<call> ${asked} </call>`).observation).toBe(first.observation);
    const report = first.observation.slice("<obs> ".length, -" </obs>".length);
    expect(environment.step(`<ans> ${report}`)).toMatchObject({
      observation: "",
      reward: 1,
      terminated: true,
      info: { success: true, calls: 2, useless_calls: 0, bad_format: false },
    });
  });

  it("is solved by one call and a copy, and by nothing without the tool", async () => {
    const tool = new Weather(defaults);
    expect(await mean(tool, 300, lookUp)).toBe(tool.spec.optimum);

    // The likeliest report: none of the 40 can be more often right.
    const blind = new Weather({ ...defaults, tool: false });
    const success = await mean(blind, 4000, () => "<ans> 6 5 sunny");
    expect(success).toBeGreaterThan(blind.spec.chance! - 0.01);
    expect(success).toBeLessThan(blind.spec.chance! + 0.01);
    expect(blind.spec.optimum).toBe(blind.spec.chance);
  });

  it("ends with a third call, a bad action, or a call where there is no tool", async () => {
    const invalid = { observation: "<obs> invalid </obs>", reward: 0, terminated: true };
    const third = await play(new Weather(defaults), 1, () => "<call> oslo </call>");
    expect(third).toMatchObject({ ...invalid, info: { calls: 2, bad_format: true, success: false } });
    for (const action of ["", "oslo", "call oslo", "<call> oslo", "oslo </call>", "6 5 sunny <ans>"]) {
      expect(await play(new Weather(defaults), 1, () => action)).toMatchObject(invalid);
    }
    const without = new Weather({ ...defaults, tool: false });
    expect(await play(without, 1, () => "<call> oslo </call>")).toMatchObject(invalid);
  });

  it("gives nothing for what is no city", () => {
    const environment = new Weather({ ...defaults, uselessTool: true });
    environment.reset({ seed: 1 });
    expect(environment.step("<call> news </call>")).toMatchObject({
      observation: "<obs> nothing </obs>",
      info: { calls: 1, useless_calls: 1 },
    });
    expect(environment.step("<call> oslo lima </call>")).toMatchObject({
      observation: "<obs> nothing </obs>",
      info: { calls: 2, useless_calls: 1 },
    });
    expect(environment.spec.tools).toEqual(["weather", "news"]);
  });

  it("has a weak policy that seldom succeeds", async () => {
    const success = await weakSuccess(new Weather(defaults));
    expect(success).toBeGreaterThan(0.085);
    expect(success).toBeLessThan(0.12);
    const blind = await weakSuccess(new Weather({ ...defaults, tool: false }));
    expect(blind).toBeLessThan(0.05);
  });
});
