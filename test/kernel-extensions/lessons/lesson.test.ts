/** A small lesson: what it claims is looked up, what it gets wrong is said with lesson, cell and sentence. */
import { describe, expect, it } from "vitest";
import type { Cell, Notebook, Output } from "../../../kernel-extensions/client/notebook.js";
import { courseFiles, courseProblems } from "../../../kernel-extensions/lessons/course.js";
import { plotlyType } from "../../../kernel-extensions/lessons/evidence.js";
import { readLesson } from "../../../kernel-extensions/lessons/lesson.js";

const figure: Output = {
  output_type: "display_data",
  metadata: {},
  data: {
    [plotlyType]: {
      data: [{ type: "scatter", x: [1, 2], y: [0.0612, 0.9844], line: { width: 2.5 } }],
      layout: {
        title: { text: "Success <b>rises</b><br>to .98", subtitle: { text: "Average of 5" } },
        shapes: [{ y0: 0.04, y1: 0.04 }],
        margin: { t: 71 },
        meta: { alt: "A curve | rising." },
      },
    },
    "text/plain": "Success rises",
  },
};
const printed: Output = { output_type: "stream", name: "stdout", text: ["seed 7: 12.4 s,\n", "n = 512"] };
const table: Output = {
  output_type: "execute_result",
  metadata: {},
  data: { "text/html": "<style>td{width:33%}</style><table><td>calls</td><td>.46</td></table>" },
};

const code = (id: string, source: string, ...outputs: Output[]): Cell => ({
  ...{ id, cell_type: "code", metadata: {}, execution_count: 1, source, outputs },
});
const prose = (id: string, source: string): Cell => ({ id, cell_type: "markdown", metadata: {}, source });

const cells = [
  code("train", "const updates = 80; // one seed", figure),
  code("print", "console.log(seconds)", printed, table),
  code("silent", "const discount = 0.95;"),
];
const lessonWith = (...markdown: string[]) => {
  const notebook: Notebook = {
    ...{ nbformat: 4, nbformat_minor: 5, metadata: {} },
    cells: [
      prose("title", "# 1 · A lesson"),
      ...cells,
      ...markdown.map((text, i) => prose(`see-${i}`, text)),
    ],
  };
  return readLesson("01-a.ipynb", notebook);
};

describe("a claim", () => {
  it.each([
    ["It rises from .06 to .984.<!-- claim: train -->", ["0.0612 figure's data", "0.9844 figure's data"]],
    ["To .98, above .04.<!-- claim: train -->", [".98 output", "0.04 figure's data"]],
    ["After 80 updates.<!-- claim: train -->", ["80 code"]],
    ["In 12 seconds, 46 % of 512.<!-- claim: print -->", ["12.4 output", ".46 output", "512 output"]],
    ["A discount of .95.<!-- claim: silent -->", ["0.95 code"]],
    ["In 80 updates and 12.4 s.<!-- claim: train, print -->", ["80 code", "12.4 output"]],
    ["It rises, as `0.123` and $0.5$ do not show.<!-- claim: train -->", []],
  ])("%s", (source, found) => {
    const { claims, problems } = lessonWith(source);
    expect(problems).toEqual([]);
    expect(claims[0]!.found.map(({ seen, where }) => `${seen} ${where}`)).toEqual(found);
  });

  it.each([
    ["It rises to .97.<!-- claim: train -->", ".97 is not in what train shows"],
    // How a figure is drawn is not what it shows.
    ["It rises by 2.5.<!-- claim: train -->", "2.5 is not in what train shows"],
    ["By 71 of 33 %.<!-- claim: print -->", "71, 33 % is not in what print shows"],
    // A point near a whole number does not show it.
    ["It rises to 0, or 5, by 7.<!-- claim: train -->", "0, 7 is not in what train shows"],
    ["It rises.<!-- claim: gone -->", "claims of cell gone, which the lesson does not have"],
    ["It rises.<!-- claim: title -->", "claims of cell title, which is no code"],
    ["It rises.<!-- claim: silent -->", "claims of cell silent, which shows nothing"],
    ["It rises to .98.", ".98 without a mark (claim, cited or term)"],
    ["- It rises by 92 % here.", "92 % without a mark (claim, cited or term)"],
    ["Half.<!-- cited: arithmetic -->", "arithmetic is no source: measure it in a cell"],
    ["Half.<!-- cited: -->", "an empty cited mark"],
    [
      "It rises.<!-- todo -->",
      "<!-- todo --> is no mark: write claim, cited or term, a colon, and what it names",
    ],
  ])("%s: reported", (source, problem) => {
    const sentence = /^(?:- )?(.*?)(?:<!--.*)?$/.exec(source)![1]!;
    expect(lessonWith("Before.", source).problems).toEqual([
      `01-a.ipynb, cell see-1: ${problem}: "${sentence}"`,
    ]);
  });

  it("that a mark stands alone for is reported", () => {
    const [loose] = lessonWith("It rises.\n<!-- claim: train -->").problems;
    expect(loose).toContain("cell see-0: a mark at the start of a line ends the paragraph");
    const [empty] = lessonWith("| a |\n| --- |\n| <!-- claim: train --> |").problems;
    expect(empty).toContain("a mark behind no sentence");
  });
});

it("suggestions, headings, references and cited statements need no measurement", () => {
  const lesson = lessonWith(
    "## Exercise 1.2 (10.5 points)",
    "**Try this.** A price of .2, then .3.",
    "As in section 3.1, it reaches .9.<!-- cited: Survey, Section 3.1 -->",
  );
  expect(lesson.problems).toEqual([]);
  expect(lesson.citations).toMatchObject([
    { source: "Survey, Section 3.1", heading: "Exercise 1.2 (10.5 points)" },
  ]);
});

describe("the files of a course", () => {
  const first = lessonWith(
    "## What is | seen",
    "It rises to .98.<!-- claim: train --> A *policy* acts | or not. It learns.<!-- term: policy -->",
    "Agents act.<!-- term: agent -->",
  );
  const [glossary, figures, claims] = courseFiles([first]).map(({ text }) => text);

  it("name terms in alphabetical order, with their definitions and where they stand", () => {
    expect(glossary).toContain(
      "## agent\n\nAgents act.\n\n([1 · A lesson](01-a.ipynb#cell-id=see-2))\n\n" +
        "## policy\n\nA *policy* acts | or not. It learns.\n\n([1 · A lesson](01-a.ipynb#cell-id=see-1))\n",
    );
    expect(glossary).toContain("\n2 terms, ");
  });

  it("name figures by their titles, with their words", () => {
    expect(figures).toContain(
      "- [Success rises to .98](01-a.ipynb#cell-id=train) (cell `train`)\n\n  A curve \\| rising.\n",
    );
  });

  it("name claims with what measures them", () => {
    expect(claims).toContain(
      "| It rises to .98. ([text](01-a.ipynb#cell-id=see-1)) | [`train`](01-a.ipynb#cell-id=train) | .98 |",
    );
  });

  it("define a term once in the whole course", () => {
    const again = { ...lessonWith("An Agent again.<!-- term: Agent -->"), file: "02-b.ipynb" };
    expect(courseProblems([first])).toEqual([]);
    expect(courseProblems([first, again])).toEqual([
      '02-b.ipynb, cell see-0: the term "Agent" is defined already in 01-a.ipynb, cell see-2',
    ]);
  });
});
