/** `arl release` and `arl check`, on a small lesson. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { arl, notebookText, temporary } from "./support.js";

const cells = [
  { code: 'import { exercise, notYet } from "agentic-rl-lab/notebook";' },
  {
    code: [
      "function blindGuess(temperatures: readonly number[], skies: readonly number[]): number {",
      "  // BEGIN SOLUTION",
      "  return Math.max(...temperatures) * Math.max(...skies);",
      "  // END SOLUTION",
      "}",
    ].join("\n"),
  },
  { code: 'await exercise("1.1", { blindGuess });' },
];

function folderWith(text = notebookText(cells)): string {
  const folder = temporary();
  mkdirSync(join(folder, "solutions"));
  writeFileSync(join(folder, "solutions", "lesson.ipynb"), text);
  return folder;
}

it.each(["release", "check"])("arl %s explains itself", async (command) => {
  const { code, stdout, stderr } = await arl([command, "--help"]);
  expect(stdout).toMatch(new RegExp(`^Usage: arl ${command} `));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

describe("arl release", () => {
  it("makes what belongs to all lessons, too, where none is named", async () => {
    const out = temporary();
    const { stdout, code } = await arl(["release", "--check", "--out", out]);
    for (const name of ["01-introduction.ipynb", "glossary.md", "figures.md"])
      expect(stdout).toContain(`${join(out, name)}\n`);
    expect(code).toBe(1);
    expect(readdirSync(out)).toEqual([]);
  });

  it("makes the learners' copy, marks the solved lesson, and then has nothing to do", async () => {
    const cwd = folderWith();
    const solved = join("solutions", "lesson.ipynb");
    expect(await arl(["release", solved, "--check"], { cwd })).toMatchObject({
      ...{ code: 1, stdout: `${solved}\nlesson.ipynb\n`, stderr: "" },
    });
    expect(await arl(["release", solved], { cwd })).toMatchObject({
      code: 0,
      stdout: `${solved}\nlesson.ipynb\n`,
    });
    expect(await arl(["release", solved, "--check"], { cwd })).toEqual({ code: 0, stdout: "", stderr: "" });
    const copy = readFileSync(join(cwd, "lesson.ipynb"), "utf8");
    expect(copy).toContain("return notYet();");
    expect(copy).not.toContain("Math.max");
    expect(readFileSync(join(cwd, solved), "utf8")).toContain('"grade_id": "exercise-1-1-test"');
  });

  it("does not write over answers, unless it is told to", async () => {
    const cwd = folderWith();
    const solved = join("solutions", "lesson.ipynb");
    await arl(["release", solved], { cwd });
    const copy = readFileSync(join(cwd, "lesson.ipynb"), "utf8");
    writeFileSync(join(cwd, "lesson.ipynb"), copy.replace("return notYet();", "return 7;"));
    const refused = await arl(["release", solved], { cwd });
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has answers in it \(exercise-1-1\)/) as string,
    });
    expect(readFileSync(join(cwd, "lesson.ipynb"), "utf8")).toContain("return 7;");
    expect((await arl(["release", solved, "--force"], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, "lesson.ipynb"), "utf8")).toBe(copy);
  });

  it.each([
    [["missing.ipynb", "--out", "x"], 1, /missing\.ipynb: there is no such file/],
    [["solutions/lesson.ipynb", "--out", "solutions"], 2, /written over itself/],
    [["lesson.ipynb"], 2, /in no folder named solutions/],
  ])("%j is refused", async (args, code, told) => {
    const refused = await arl(["release", ...args], { cwd: folderWith() });
    expect(refused.stderr).toMatch(told);
    expect(refused.code).toBe(code);
  });

  it("names the cell that does not fit", async () => {
    const cwd = folderWith(notebookText([{ code: 'await exercise("1.1", {});' }]));
    const { code, stderr } = await arl(["release", "solutions/lesson.ipynb"], { cwd });
    expect([code, stderr]).toEqual([
      1,
      "arl release: solutions/lesson.ipynb: cell cell-0: no solution stands before the test of 1.1\n",
    ]);
  });
});

interface Checked {
  points: number;
  outOf: number;
  changed: string[];
  exercises: { id: string; status: string; points: number; outOf: number }[];
}

describe("arl check", () => {
  it(
    "gives the points of a solved lesson and of its copy, and sees a changed test",
    { timeout: 120_000 },
    async () => {
      const cwd = folderWith();
      await arl(["release", join("solutions", "lesson.ipynb")], { cwd });
      const copy = readFileSync(join(cwd, "lesson.ipynb"), "utf8");
      writeFileSync(
        join(cwd, "changed.ipynb"),
        copy.replace("{ blindGuess });", "{ blindGuess: (a, b) => 0.04 });"),
      );
      const paths = [join("solutions", "lesson.ipynb"), "lesson.ipynb", "changed.ipynb"];
      const { code, stdout, stderr } = await arl(["check", ...paths, "--json"], { cwd });
      const [solved, untouched, changed] = JSON.parse(stdout) as [Checked, Checked, Checked];
      expect(code).toBe(1);
      expect(solved.exercises[0]).toMatchObject({ id: "1.1", status: "passed" });
      expect(solved.points).toBe(solved.exercises[0]!.outOf);
      // The other exercises of lesson 1 are not in this notebook, and count.
      expect(solved.outOf).toBe(100);
      expect(solved.exercises.slice(1).every(({ status }) => status === "missing")).toBe(true);
      expect(untouched).toMatchObject({ points: 0, changed: [] });
      expect(untouched.exercises[0]).toMatchObject({ status: "not yet" });
      expect(changed.changed).toEqual(["exercise-1-1-test"]);
      expect(changed.points).toBeGreaterThan(0);
      expect(stderr).toContain("the locked cell exercise-1-1-test was changed");
    },
  );

  it("prints a table, and why a cell gave no points", { timeout: 60_000 }, async () => {
    const broken = notebookText([
      { code: 'throw new Error("first");' },
      { code: 'await exercise("1.1", {});' },
    ]);
    const { code, stdout, stderr } = await arl(["check", join("solutions", "lesson.ipynb")], {
      cwd: folderWith(broken),
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^solutions\/lesson\.ipynb\n1\.1 {2}.* {2}0 of \d+ +TS2304/);
    expect(stdout).toMatch(/ all .* 0 of 100\n$/);
    expect(stderr).toContain("cell 1 of 2, line 1: Error: first");
  });

  it.each([
    [[], 2, /name at least one notebook/],
    [["x.ipynb", "--timeout", "0"], 2, /number of seconds/],
    [["x.ipynb"], 1, /x\.ipynb: there is no such file/],
    [["empty.ipynb"], 1, /has no exercises/],
  ])("%j is refused", async (args, code, told) => {
    const cwd = temporary();
    writeFileSync(join(cwd, "empty.ipynb"), notebookText([{ code: "1" }]));
    const refused = await arl(["check", ...args], { cwd });
    expect(refused.stderr).toMatch(told);
    expect(refused).toMatchObject({ code, stdout: "" });
  });
});
