import { describe, expect, it } from "vitest";
import { parse, UsageError } from "../../../kernel-extensions/cli/command.js";
import { nearest } from "../../../src/nearest.js";
import { arl } from "./support.js";

describe("arl", () => {
  it.each([
    [["--help"], /^Usage: arl COMMAND/],
    [["-h"], /^Usage: arl COMMAND/],
    [["--version"], /^\d+\.\d+\.\d+\n$/],
    [["help"], /^Usage: arl COMMAND/],
    [["help", "run"], /^Usage: arl run/],
    [["help", "kernel"], /kernel uninstall/],
    [["start", "--help"], /^Usage: arl start/],
    [["run", "--help"], /^Usage: arl run/],
    [["run", "x.ipynb", "-h"], /^Usage: arl run/],
    [["doctor", "--help"], /^Usage: arl doctor/],
    [["train", "--help"], /^Usage: arl train ENV/],
    [["play", "--help"], /^Usage: arl play ENV/],
    [["environments", "--help"], /^Usage: arl environments/],
    [["algorithms", "--help"], /^Usage: arl algorithms/],
    [["warm-start", "--help"], /^Usage: arl warm-start/],
    [["new-environment", "--help"], /^Usage: arl new-environment/],
    [["kernel", "--help"], /kernel uninstall/],
    [["kernel", "install", "--help"], /^Usage: arl kernel install/],
    [["kernel", "uninstall", "--help"], /^Usage: arl kernel uninstall/],
  ])("%j explains itself", async (args, expected) => {
    const { code, stdout, stderr } = await arl(args);
    expect(stdout).toMatch(expected);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it.each([
    [["strat"], /unknown command strat; did you mean arl start\?/],
    [["frobnicate"], /unknown command frobnicate \(see arl --help\)/],
    [["--frobnicate"], /unknown option --frobnicate/],
    [["kernel"], /one of: arl kernel install, arl kernel uninstall/],
    [["kernel", "instal"], /did you mean arl kernel install\?/],
    [["run"], /name at least one notebook/],
    [["run", "a.ipynb", "--htlm"], /unknown option --htlm; did you mean --html\?/],
    [["run", "a.ipynb", "--timeout"], /--timeout needs a value/],
    [["run", "a.ipynb", "--timeout", "soon"], /number of seconds, not soon/],
    [["run", "a.ipynb", "--timeout=-1"], /number of seconds, not -1/],
    [["run", "a.ipynb", "--timeout", "-5"], /--timeout needs a value; .* --timeout=-5/],
    [["run", "a.ipynb", "--timeout", "9999999"], /not 9999999: more than 0, up to 1000000/],
    [["kernel", "install", "--name", "-x"], /--name needs a value; .* --name=-x/],
    [["kernel", "install", "--name", ".."], /not "\.\."/],
    [["kernel", "install", "--prefix", ""], /--prefix needs the path of a folder/],
    [["kernel", "install", "--prefix="], /--prefix needs the path of a folder/],
    [["run", "a.ipynb", "--out", "."], /over itself: say --in-place/],
    [["run", "a.ipynb", "--in-place", "--out", "x"], /leave one of them away/],
    [["run", "a/x.ipynb", "b/x.ipynb"], /a\/x.ipynb and b\/x.ipynb would both be written/],
    [["doctor", "now"], /unexpected argument now/],
    [["doctor", "--json=yes"], /--json takes no value/],
    [["kernel", "install", "--user", "--prefix", "x"], /exclude each other/],
    [["kernel", "install", "--name", "a b"], /not "a b"/],
  ])("%j is bad usage", async (args, expected) => {
    const { code, stdout, stderr } = await arl(args);
    expect(stderr).toMatch(expected);
    expect(stderr).toMatch(/^arl.*\n$/); // One line.
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });

  it("shows what there is when asked for nothing", async () => {
    const { code, stderr } = await arl([]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: arl COMMAND/);
  });
});

describe("the options", () => {
  const options = { out: { type: "string" }, html: { type: "boolean" } } as const;

  it("are typed, and mixed with positionals", () => {
    expect(parse(["a", "--out=x", "--html", "b"], options)).toMatchObject({
      values: { out: "x", html: true },
      positionals: ["a", "b"],
    });
    expect(parse(["--", "--out"], options).positionals).toEqual(["--out"]);
  });

  it("refuse an option where a value belongs", () => {
    expect(() => parse(["--out", "--html"], options)).toThrow(UsageError);
  });
});

it("suggests only what is near", () => {
  expect(nearest("dotcor", ["doctor", "start"])).toBe("doctor");
  expect(nearest("x", ["doctor", "start"])).toBeUndefined();
});
