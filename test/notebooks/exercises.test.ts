/**
 * Every lesson's exercises: the solution gets full marks, the untouched stub is "not yet", each wrong solution loses
 * points; ids, points and cells fit together; the learners' copies are what `arl release` makes.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { ownKernelSpec } from "../../kernel-extensions/cli/kernelspec/find.js";
import { parseNotebook, serializeNotebook } from "../../kernel-extensions/client/notebook.js";
import type { Calibration } from "../../kernel-extensions/grading/calibrate.js";
import { lessonNumbers, loadLesson } from "../../kernel-extensions/grading/lessons.js";
import { annotate } from "../../kernel-extensions/grading/release/annotate.js";
import { jupyterText, release } from "../../kernel-extensions/grading/release/release.js";
import { lessonProblems, runProblems } from "../../kernel-extensions/grading/verify/verify.js";

const solutions = fileURLToPath(new URL("../../notebooks/solutions/", import.meta.url));
const copies = fileURLToPath(new URL("../../notebooks/", import.meta.url));
const files = readdirSync(solutions).filter((file) => file.endsWith(".ipynb"));

/** Made by `npm run bench -- exercises`. */
const calibrations = readFileSync(new URL("../../bench/exercises.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line) as Calibration);

/** "02-preliminaries.ipynb" is lesson 2's. */
const numberOf = (file: string) => String(Number(file.split("-", 1)[0]));

it("every lesson that has exercises has its notebook", () => {
  expect(lessonNumbers.filter((number) => !files.some((file) => numberOf(file) === number))).toEqual([]);
});

describe.each(files.filter((file) => lessonNumbers.includes(numberOf(file))))("%s", (file) => {
  const text = readFileSync(solutions + file, "utf8");
  const notebook = parseNotebook(text);

  it("fits its exercises", async () => {
    expect(lessonProblems(notebook, await loadLesson(numberOf(file)))).toEqual([]);
  });

  it("has the metadata and the learners' copy that arl release writes", async () => {
    const lesson = await loadLesson(numberOf(file));
    const solved = annotate(notebook, (id) => lesson[id]!.points);
    const copy = existsSync(copies + file) ? readFileSync(copies + file, "utf8") : "";
    // Not compared as texts: pages of differences would hide what to do.
    expect(serializeNotebook(solved) === text, "its metadata is old: run npx arl release").toBe(true);
    expect(jupyterText(release(solved)) === copy, "its copy is old: run npx arl release").toBe(true);
  });

  it("has thresholds that its solutions reached on each of 20 seeds", async () => {
    for (const [id, { checks }] of Object.entries(await loadLesson(numberOf(file)))) {
      for (const { title, learning } of checks) {
        if (!learning) continue;
        const measured = calibrations.find(({ exercise, check }) => exercise === id && check === title);
        expect(measured?.outcomes.length, `${id}, ${title}: run npm run bench -- exercises`).toBe(20);
        expect(Math.min(...measured!.outcomes), `${id}, ${title}`).toBeGreaterThanOrEqual(learning.atLeast);
      }
    }
  });

  it(
    "gives full marks to its solutions, none to its stubs, fewer to wrong ones",
    { timeout: 600_000 },
    async () => {
      const lesson = await loadLesson(numberOf(file));
      expect(await runProblems(notebook, lesson, { spec: ownKernelSpec(), cwd: solutions })).toEqual([]);
    },
  );
});
