/** Every term that a lesson defines, in alphabetical order. */
import type { Lesson } from "./lesson.js";
import { cellLink, count, escapeMarkdown } from "./markdown.js";

export function glossary(lessons: readonly Lesson[]): string {
  const terms = lessons
    .flatMap(({ file, title, terms }) => terms.map((term) => ({ ...term, file, title })))
    .sort((a, b) => a.term.localeCompare(b.term, "en", { sensitivity: "base" }));
  const entries = terms.map(({ term, definition, file, title, cell }) =>
    [`## ${escapeMarkdown(term)}`, definition, `(${cellLink(escapeMarkdown(title), file, cell)})`].join(
      "\n\n",
    ),
  );
  const about = `${count(terms.length, "term")}, as the lessons define them where they first need them. Made from the lessons by \`npx arl release\`.`;
  return `${["# Glossary", about, ...entries].join("\n\n")}\n`;
}
