/**
 * The files that are made from all solved lessons together: the table of claims, the glossary, the index of figures.
 *
 * They link to a cell as `lesson.ipynb#cell-id=ID`: JupyterLab (4 and newer) and pages by nbconvert (7 and newer) go to
 * the cell, code or prose; everything else that shows notebooks, code hosts among it, opens the lesson at its top. No
 * form of link reaches further: anchors of headings are spelled differently everywhere, and code has none.
 */
import { claimsTable } from "./claims-table.js";
import { figureIndex } from "./figure-index.js";
import { glossary } from "./glossary.js";
import type { Lesson } from "./lesson.js";

export interface CourseFile {
  name: string;
  /** Beside the learners' copies, or beside the solved lessons: each beside what it links to. */
  beside: "copies" | "solutions";
  text: string;
}

export function courseFiles(lessons: readonly Lesson[]): CourseFile[] {
  return [
    { name: "glossary.md", beside: "copies", text: glossary(lessons) },
    { name: "figures.md", beside: "copies", text: figureIndex(lessons) },
    { name: "claims.md", beside: "solutions", text: claimsTable(lessons) },
  ];
}

/** What is wrong in the lessons or between them, one line each. */
export function courseProblems(lessons: readonly Lesson[]): string[] {
  const problems = lessons.flatMap((lesson) => lesson.problems);
  const defined = new Map<string, string>();
  for (const { file, terms } of lessons) {
    for (const { term, cell } of terms) {
      const here = `${file}, cell ${cell}`;
      const key = term.toLowerCase();
      const before = defined.get(key);
      if (before === undefined) defined.set(key, here);
      else problems.push(`${here}: the term "${term}" is defined already in ${before}`);
    }
  }
  return problems;
}
