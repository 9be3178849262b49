/** A notebook as a program: its code cells in order, and what is written between them as comments. */
import { isCodeCell, joinLines, type Notebook } from "../../../client/notebook.js";
import { languageOf } from "./language.js";

export function scriptOf(notebook: Notebook): string {
  const { comment } = languageOf(notebook);
  const parts = notebook.cells.map((cell) => {
    const source = joinLines(cell.source).trimEnd();
    if (isCodeCell(cell) || source === "") return source;
    return source
      .split("\n")
      .map((line) => `${comment} ${line}`.trimEnd())
      .join("\n");
  });
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
