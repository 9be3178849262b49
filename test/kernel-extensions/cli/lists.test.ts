import { describe, expect, it } from "vitest";
import { environmentPage } from "../../../kernel-extensions/cli/learning/environment-page.js";
import { algorithmEntries } from "../../../src/algorithms/catalogue.js";
import { environments } from "../../../src/environments/registry.js";
import { arl } from "./support.js";

describe("arl environments", () => {
  it("lists every one", async () => {
    const { code, stdout } = await arl(["environments"]);
    expect(code).toBe(0);
    const rows = stdout.trim().split("\n").slice(1);
    expect(rows.map((row) => row.split(" ", 1)[0])).toEqual(environments().map(({ id }) => id));
    const { stdout: json } = await arl(["environments", "--json"]);
    expect((JSON.parse(json) as { id: string }[]).map(({ id }) => id)).toEqual(
      environments().map(({ id }) => id),
    );
  });

  it("explains one", async () => {
    const { stdout } = await arl(["environments", "t-maze"]);
    expect(stdout).toMatch(/^Reward\n {2}1 for the door of the sign's colour\.$/m);
    expect(stdout).toMatch(/^ {2}cues=4 +how many colours/m);
    expect(stdout).toMatch(/^ {2}without the notepad +--set notepad=false$/m);
    expect(stdout).toMatch(/^ {2}training +algorithm grpo, learningRate /m);
    const { stdout: json } = await arl(["environments", "t-maze", "--json"]);
    expect(JSON.parse(json)).toMatchObject({ id: "t-maze", optionDocs: {}, recipe: {}, baselines: [{}] });
  });

  it.each(environments().map(({ id }) => id))("finds the specification page of %s", (id) => {
    const names = environmentPage(id)?.map(({ name }) => name);
    for (const name of ["Observation", "Action", "Reward", "Start", "End", "Held out", "Weak policy"]) {
      expect(names).toContain(name);
    }
    for (const { text } of environmentPage(id)!) expect(text).not.toMatch(/^$|\*\*|\{@|^[-#] /);
  });
});

describe("arl algorithms", () => {
  it("lists every one with what it is here", async () => {
    const { code, stdout } = await arl(["algorithms"]);
    expect(code).toBe(0);
    for (const { name } of algorithmEntries()) expect(stdout).toMatch(new RegExp(`^${name} `, "m"));
    expect(stdout).toMatch(/^dapo .*arXiv 2503\.14476.*\n +simplified: kept: clip-higher/m);
    const { stdout: json } = await arl(["algorithms", "--json"]);
    expect(JSON.parse(json)).toHaveLength(algorithmEntries().length);
  });

  it("explains one", async () => {
    const { stdout } = await arl(["algorithms", "dapo"]);
    expect(stdout).toMatch(/^status +simplified: kept: clip-higher/m);
    expect(stdout).toMatch(/^options .*clipHigh.*--algorithm dapo/m);
  });
});
