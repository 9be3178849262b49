import { describe, expect, it } from "vitest";

import {
  environmentDefinition,
  environments,
  makeEnvironment,
  registerEnvironment,
} from "../../../src/environments/index.js";

describe("the registry", () => {
  it("has every id once", () => {
    const ids = environments().map((definition) => definition.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(environmentDefinition(id).id).toBe(id);
  });

  it("names the nearest id", () => {
    expect(() => environmentDefinition("wether")).toThrow(
      'Unknown environment "wether"; did you mean "weather"? (arl environments lists all)',
    );
    expect(() => makeEnvironment("zzzzzzzzz")).toThrow(
      'Unknown environment "zzzzzzzzz" (arl environments lists all)',
    );
  });
});

describe("registerEnvironment", () => {
  const mine = { ...environmentDefinition("weather"), id: "my-weather" };

  it("makes an environment known by its id, and replaces it when it is added again", () => {
    registerEnvironment(mine);
    expect(environments().at(-1)).toBe(mine);
    expect(makeEnvironment("my-weather", { tool: false }).spec.options).toMatchObject({ tool: false });
    const again = { ...mine, title: "another" };
    registerEnvironment(again);
    expect(environments().filter(({ id }) => id === "my-weather")).toEqual([again]);
    expect(() => environmentDefinition("my-wether")).toThrow('did you mean "my-weather"?');
  });

  it("refuses an id of the library's and one that is no id", () => {
    expect(() => registerEnvironment({ ...mine, id: "weather" })).toThrow(
      'registerEnvironment: "weather" is an environment of the library; choose another id',
    );
    expect(() => registerEnvironment({ ...mine, id: "My Weather" })).toThrow("not in kebab case");
  });
});

describe("makeEnvironment", () => {
  it("fills in the defaults", () => {
    expect(makeEnvironment("weather").spec.options).toEqual({ tool: true, uselessTool: false, callCost: 0 });
    expect(makeEnvironment("weather", { callCost: 0.1, tool: undefined }).spec.options).toEqual({
      tool: true,
      uselessTool: false,
      callCost: 0.1,
    });
  });

  it("refuses an option that is not there", () => {
    expect(() => makeEnvironment("weather", { tol: true })).toThrow(
      'weather has no option "tol"; did you mean "tool"? (its options are tool, uselessTool, callCost)',
    );
    expect(() => makeEnvironment("weather", { constructor: true })).toThrow('no option "constructor"');
  });

  it("refuses an option of another type", () => {
    expect(() => makeEnvironment("t-maze", { delay: "2" })).toThrow(
      'Option delay of t-maze must be a number (default 2), not the string "2"; ' +
        "the options of t-maze are notepad, cues, delay",
    );
  });

  it.each([
    ["weather", { callCost: 2 }, "Option callCost must be a number from 0 to 1, not 2"],
    ["calculator", { easyShare: NaN }, "Option easyShare must be a number from 0 to 1, not NaN"],
    ["calculator", { digits: 0 }, "Option digits must be a whole number from 1 to 4, not 0"],
    ["t-maze", { cues: 9 }, "Option cues must be a whole number from 2 to 8, not 9"],
    ["number-line", { horizon: 2.5 }, "Option horizon must be a whole number from 2 to 8, not 2.5"],
    ["digit-sum", { modulus: 11 }, "Option modulus must be a whole number from 2 to 10, not 11"],
    ["higher-lower", { attempts: -1 }, "Option attempts must be a whole number from 1 to 10, not -1"],
    ["reticle", { size: 1 }, "Option size must be a whole number from 2 to 8, not 1"],
  ])("refuses what %s cannot be: %o", (id, options, message) => {
    expect(() => makeEnvironment(id, options)).toThrow(message);
  });
});
