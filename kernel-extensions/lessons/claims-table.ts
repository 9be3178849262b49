/** Every claim in the lessons' prose, with the cells that measure it and what they show. */
import type { Claim, Lesson } from "./lesson.js";
import { cellLink, count, narrowTable } from "./markdown.js";

export function claimsTable(lessons: readonly Lesson[]): string {
  const claims = lessons.reduce((sum, lesson) => sum + lesson.claims.length, 0);
  const cited = lessons.reduce((sum, { citations }) => sum + citations.length, 0);
  const about = [
    `${count(claims, "claim")} in the lessons' prose, each with the code cells that measure it; ${count(cited, "statement")} cited from publications.`,
    "*Shown* is where each number of the claim stands in these cells: in what they print or write on their figures, in the data of the figures, rounded as the claim rounds, or in the code that sets it. A claim without a number is seen in the output of its cells.",
    "Made from the solved lessons by `npx arl release`; `npm run lessons -- --claims` runs the lessons and looks again.",
  ];
  const sections = lessons.map((lesson) => {
    const { file, title, citations } = lesson;
    const measured = narrowTable(
      ["claim", "measured by", "shown"],
      lesson.claims.map((claim) => [
        `${claim.sentence} (${cellLink("text", file, claim.cell)})`,
        claim.measuredBy.map((id) => cellLink(`\`${id}\``, file, id)).join(", "),
        shown(claim),
      ]),
    );
    const sources = narrowTable(
      ["statement", "cited from"],
      citations.map(({ sentence, source, cell }) => [
        `${sentence} (${cellLink("text", file, cell)})`,
        source,
      ]),
    );
    const tables = [
      ...(lesson.claims.length > 0 ? [measured] : []),
      ...(citations.length > 0 ? [sources] : []),
    ];
    return [`## ${title}`, ...(tables.length > 0 ? tables : ["No claims."])].join("\n\n");
  });
  return `${["# Claims and what measures them", ...about, ...sections].join("\n\n")}\n`;
}

/** Which of a claim's numbers were found, and where. */
export function shown({ found, missing }: Claim): string {
  const parts = found.map(({ claimed, seen, where }) => {
    const number = claimed === seen ? claimed : `${claimed} (${seen})`;
    return where === "output" ? number : `${number} in the ${where}`;
  });
  return [...parts, ...missing.map((text) => `${text} not found`)].join(", ") || "in words";
}
