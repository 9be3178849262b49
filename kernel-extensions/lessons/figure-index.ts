/** Every figure of the lessons, by its title and in words. */
import type { Lesson } from "./lesson.js";
import { cellLink, count, escapeMarkdown } from "./markdown.js";

export function figureIndex(lessons: readonly Lesson[]): string {
  const total = lessons.reduce((sum, { figures }) => sum + figures.length, 0);
  const about = `${count(total, "figure")}, with their titles and in words as the solved lessons' last run drew them: a run of your own may find other numbers. Made from the lessons by \`npx arl release\`.`;
  const sections = lessons.map(({ file, title, figures }) => {
    const entries = figures.map(({ cell, heading, title: finding, alt }) => {
      const where = heading === title ? `cell \`${cell}\`` : `${escapeMarkdown(heading)}, cell \`${cell}\``;
      const words = alt === "" ? "" : `\n\n  ${escapeMarkdown(alt).replaceAll("\n", " ")}`;
      return `- ${cellLink(escapeMarkdown(finding || "Figure without a title"), file, cell)} (${where})${words}`;
    });
    return [`## ${escapeMarkdown(title)}`, ...entries].join("\n\n");
  });
  return `${["# Figures", about, ...sections].join("\n\n")}\n`;
}
