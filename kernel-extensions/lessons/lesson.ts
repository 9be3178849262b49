/** What a solved lesson says, defines and draws, and what is wrong with how it says it. */
import { isCodeCell, joinLines, type Cell, type CodeCell, type Notebook } from "../client/notebook.js";
import { find, type Finding } from "./evidence.js";
import { figuresIn, type LessonFigure } from "./figures.js";
import { blocksOf, type Block, type Mark } from "./prose.js";
import { claimedIn } from "./quantities.js";
import { definitionOf } from "./definition.js";
import { sentencesOf, type Sentence } from "./sentences.js";

/** Where something stands. */
export interface Place {
  cell: string;
  /** The heading above, as text. */
  heading: string;
}

export interface Claim extends Place {
  sentence: string;
  /** The code cells that measure it. */
  measuredBy: string[];
  found: Finding[];
  /** Numbers that none of these cells shows. */
  missing: string[];
}

export interface Citation extends Place {
  sentence: string;
  source: string;
}

export interface Term extends Place {
  term: string;
  definition: string;
}

export interface Lesson {
  /** Of the notebook, without folder. */
  file: string;
  title: string;
  claims: Claim[];
  citations: Citation[];
  terms: Term[];
  figures: LessonFigure[];
  /** One line each: lesson, cell, what is wrong, sentence. */
  problems: string[];
}

/** Reads a solved lesson with its outputs. Problems are found, never thrown. */
export function readLesson(file: string, notebook: Notebook): Lesson {
  const lesson: Lesson = { file, title: "", claims: [], citations: [], terms: [], figures: [], problems: [] };
  const cells = new Map(notebook.cells.map((cell) => [cell.id ?? "", cell]));
  let heading = "";
  for (const cell of notebook.cells) {
    const place = () => ({ cell: cell.id ?? "without an id", heading });
    if (isCodeCell(cell)) lesson.figures.push(...figuresIn(cell, heading));
    if (cell.cell_type !== "markdown") continue;
    for (const block of blocksOf(joinLines(cell.source))) {
      if (block.isHeading) {
        heading = block.text;
        lesson.title ||= heading;
      }
      readBlock(block, lesson, place(), cells);
    }
  }
  return lesson;
}

function readBlock(block: Block, lesson: Lesson, place: Place, cells: ReadonlyMap<string, Cell>): void {
  const complain = (problem: string, { text }: { text: string }) =>
    lesson.problems.push(`${lesson.file}, cell ${place.cell}: ${problem}: "${text}"`);
  if (block.isLoose) {
    const first = block.marks[0]!.value;
    complain("a mark at the start of a line ends the paragraph: put it behind its sentence", { text: first });
    return;
  }
  const sentences = sentencesOf(block);
  sentences.forEach((sentence, index) => {
    for (const mark of sentence.marks) {
      const fault = sentence.text === "" ? "a mark behind no sentence" : faultOf(mark);
      if (fault !== undefined) complain(fault, { text: sentence.text || mark.value });
      else if (mark.kind === "cited")
        lesson.citations.push({ ...place, sentence: sentence.text, source: mark.value });
      else if (mark.kind === "term") {
        lesson.terms.push({
          ...place,
          term: mark.value,
          definition: definitionOf(mark.value, sentences, index),
        });
      } else readClaim(mark, sentence);
    }
    const unmarked = sentence.marks.length === 0 && !block.isHeading && !isSuggestion(block);
    const measures = unmarked ? claimedIn(sentence.words).filter(({ isMeasure }) => isMeasure) : [];
    if (measures.length > 0) {
      const named = measures.map(({ text }) => text).join(", ");
      complain(`${named} without a mark (claim, cited or term)`, sentence);
    }
  });

  function readClaim({ value }: Mark, { text, words }: Sentence): void {
    const measuredBy = value.split(",").map((id) => id.trim());
    const measuring: CodeCell[] = [];
    for (const id of measuredBy) {
      const cell = cells.get(id);
      if (cell === undefined) complain(`claims of cell ${id}, which the lesson does not have`, { text });
      else if (!isCodeCell(cell)) complain(`claims of cell ${id}, which is no code`, { text });
      else measuring.push(cell);
    }
    const claimed = claimedIn(words).map((quantity) => ({ quantity, finding: find(quantity, measuring) }));
    const missing = claimed.flatMap(({ quantity, finding }) => (finding ? [] : [quantity.text]));
    if (missing.length > 0 && measuring.length === measuredBy.length)
      complain(`${missing.join(", ")} is not in what ${measuredBy.join(" and ")} shows`, { text });
    const found = claimed.flatMap(({ finding }) => finding ?? []);
    for (const { id = "", outputs } of measuring) {
      if (outputs.length === 0 && !found.some(({ cell }) => cell === id))
        complain(`claims of cell ${id}, which shows nothing`, { text });
    }
    lesson.claims.push({ ...place, sentence: text, measuredBy, found, missing });
  }
}

function faultOf({ kind, value }: Mark): string | undefined {
  if (kind === "unknown")
    return `${value} is no mark: write claim, cited or term, a colon, and what it names`;
  if (value === "") return `an empty ${kind} mark`;
  if (kind === "cited" && /^arithmetic$/i.test(value)) return "arithmetic is no source: measure it in a cell";
  return undefined;
}

/** "Try this" names values to try: no claim. */
const isSuggestion = ({ text }: Block) => /^\**Try\b/.test(text);
