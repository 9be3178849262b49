/** Lessons are run and judged in real kernels; small notebooks stand for them here. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { claimsReport, report } from "../../../bench/notebooks/report.js";
import { runNotebook } from "../../../bench/notebooks/run.js";

const folder = mkdtempSync(join(tmpdir(), "arl-lessons-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function write(name: string, cells: Record<string, string>): string {
  const file = join(folder, `${name}.ipynb`);
  const notebook = {
    cells: Object.entries(cells).map(([id, source]) => ({
      ...{ cell_type: "code", execution_count: null, id, metadata: {}, outputs: [], source },
    })),
    ...{ metadata: {}, nbformat: 4, nbformat_minor: 5 },
  };
  writeFileSync(file, JSON.stringify(notebook));
  return file;
}

const grading = 'import { exercise } from "agentic-rl-lab/notebook";';

describe("runNotebook", () => {
  it("names the cell that failed, and what was wrong", async () => {
    const file = write("broken", { fine: "1 + 1", wrong: 'throw new RangeError("too far")', after: "2" });
    const run = await runNotebook({ file, solved: true });
    expect(run).toMatchObject({ failed: true, verdict: "cell wrong: RangeError: too far" });
    expect(run.cells.map(({ id }) => id)).toEqual(["fine", "wrong"]);
  });

  it("sets another seed, in the one place where a lesson sets it", async () => {
    const seeded = (seed: string) => ({
      seed,
      check: 'if (Number(seed) !== 5) throw new Error("seed " + String(seed))',
    });
    const file = write("seeded", seeded("const seed = 7; // change it"));
    expect((await runNotebook({ file, solved: true })).verdict).toBe("cell check: Error: seed 7");
    expect(await runNotebook({ file, solved: true, seed: 5 })).toMatchObject({ failed: false });
    const twice = write("twice", { a: "const seed = 1;", b: "{\nconst seed = 2;\n}" });
    await expect(runNotebook({ file: twice, solved: true, seed: 5 })).rejects.toThrow(
      "in 2 cells, not in one",
    );
  });

  it("fails a learner's copy whose exercises are not untouched, and a solved one without full marks", async () => {
    const answered = (answer: string) => ({
      import: grading,
      answer: `const blindGuess = (): number => ${answer};`,
      check: 'await exercise("1.1", { blindGuess });',
    });
    const wrong = write("wrong", answered("0.9"));
    expect(await runNotebook({ file: wrong, solved: false })).toMatchObject({ failed: true });
    const solved = await runNotebook({ file: wrong, solved: true });
    expect(solved.failed).toBe(true);
    expect(solved.verdict).toMatch(/^\d+ of 100 points, lost in 1\.1/);
  });
});

it("the report names the slowest cells first", () => {
  const cells = [
    { id: "quick", seconds: 0.2 },
    { id: "slow", seconds: 20.4 },
    { id: "slowest", seconds: 61 },
  ];
  const outcome = { verdict: "100 of 100 points", failed: false, claims: [] };
  const text = report([{ name: "01", seconds: 90, cells, ...outcome }]);
  expect(text).toContain("| 1.5     | slowest 61, slow 20");
});

it("looks the claims of a solved lesson up in its own run", async () => {
  const file = write("claiming", { sum: "console.log(40 + 2.5)" });
  const notebook = JSON.parse(readFileSync(file, "utf8")) as { cells: object[] };
  const prose = "It is 42.5.<!-- claim: sum --> It is 43.5.<!-- claim: sum -->";
  notebook.cells.push({ cell_type: "markdown", id: "see", metadata: {}, source: prose });
  writeFileSync(file, JSON.stringify(notebook));
  const run = await runNotebook({ file, solved: true });
  expect(run.failed).toBe(false);
  expect(claimsReport([run])).toBe(
    "\nsolutions/claiming: 2 claims, 1 with a number that is not in this run\n\n" +
      "| claim | measured by | shown |\n| --- | --- | --- |\n" +
      "| It is 42.5. | sum | 42.5 |\n| It is 43.5. | sum | 43.5 not found |\n",
  );
  expect((await runNotebook({ file, solved: false })).claims).toEqual([]);
});
