/** Lesson 1 for tests that have no minutes for training. */
import { readFileSync } from "node:fs";
import {
  isCodeCell,
  joinLines,
  parseNotebook,
  type CodeCell,
  type Notebook,
} from "../../kernel-extensions/client/notebook.js";

const figure: CodeCell = {
  id: "a-figure",
  cell_type: "code",
  source: 'import { survey as theSurvey } from "agentic-rl-lab";\nawait theSurvey.figure(4)',
  metadata: {},
  outputs: [],
  execution_count: null,
};

/** Its cells up to the first that trains or evaluates an agent, without their outputs, and one that draws a figure. */
export function shortLesson(): Notebook {
  const lesson = parseNotebook(readFileSync("notebooks/solutions/01-introduction.ipynb", "utf8"));
  const trains = lesson.cells.findIndex(
    (cell) => isCodeCell(cell) && /\b(train|evaluate)\(/.test(joinLines(cell.source)),
  );
  if (trains >= 0) lesson.cells.splice(trains);
  lesson.cells.push(figure);
  for (const cell of lesson.cells.filter(isCodeCell))
    Object.assign(cell, { outputs: [], execution_count: null });
  return lesson;
}
