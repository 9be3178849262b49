/** The prose of the solved lessons: what it states is measured by a cell whose outputs show it, or cited. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseNotebook } from "../../kernel-extensions/client/notebook.js";
import { courseFiles, courseProblems } from "../../kernel-extensions/lessons/course.js";
import { readLesson } from "../../kernel-extensions/lessons/lesson.js";

const folders = {
  copies: fileURLToPath(new URL("../../notebooks/", import.meta.url)),
  solutions: fileURLToPath(new URL("../../notebooks/solutions/", import.meta.url)),
};
const lessons = readdirSync(folders.solutions)
  .filter((file) => file.endsWith(".ipynb"))
  .sort()
  .map((file) => readLesson(file, parseNotebook(readFileSync(folders.solutions + file, "utf8"))));

it("no number without a measurement or a source, no claim that its cells do not show, no term twice", () => {
  expect(courseProblems(lessons)).toEqual([]);
});

it.each(lessons.map((lesson) => [lesson.file, lesson] as const))(
  "%s claims, defines and draws",
  (_, lesson) => {
    const { claims, terms, figures } = lesson;
    expect([claims.length, terms.length, figures.length].filter((count) => count === 0)).toEqual([]);
    for (const { cell, title, alt } of figures) expect([title, alt], cell).not.toContain("");
  },
);

it.each(courseFiles(lessons))("$name is what arl release makes", ({ name, beside, text }) => {
  // Not compared as texts: pages of differences would hide what to do.
  const isMade = readFileSync(folders[beside] + name, "utf8") === text;
  expect(isMade, "it is old: run npx arl release").toBe(true);
});
