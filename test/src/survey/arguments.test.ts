/** What a caller passes wrongly: each error names the call, the argument, what was given and what is allowed. */
import { describe, expect, it } from "vitest";
import { nearest } from "../../../src/nearest.js";
import * as survey from "../../../src/survey/index.js";

type Loose = (...args: unknown[]) => unknown;
const loose = {
  ...survey,
  ...Object.fromEntries(Object.entries(survey.figures).map(([name, draw]) => [`figures.${name}`, draw])),
} as unknown as Record<string, Loose>;
const kinds = '"capability" or "task"';

const wrong: [string, unknown[], typeof Error, string][] = [
  ["papersByMonth", [{ by: "taks" }], RangeError, `by must be ${kinds}, got "taks". Did you mean "task"?`],
  ["papersByMonth", [], TypeError, 'options must be an object such as { by: "capability" }, got undefined'],
  ["papersByMonth", [{}], TypeError, `by must be ${kinds}, got undefined`],
  [
    "papersByMonth",
    [{ by: "task", strength: "storng" }],
    RangeError,
    'strength must be one of "strong", "weak", "any", got "storng". Did you mean "strong"?',
  ],
  [
    "papersByMonth",
    [{ by: "task", inSurvey: "yes" }],
    TypeError,
    'inSurvey must be true, false or left out, got "yes"',
  ],
  [
    "figures.labelsByMonth",
    [{ by: "task", from: "2025" }],
    RangeError,
    'from must be a month as YYYY-MM, such as "2025-01", got "2025"',
  ],
  ["figures.labelsByMonth", [{ by: "taks" }], RangeError, `by must be ${kinds}, got "taks"`],
  ["figures.sourcesByMonth", [{ from: 2025 }], TypeError, "from must be a month as YYYY-MM"],
  [
    "figures.labelStrengths",
    [{ by: "taks" }],
    RangeError,
    `by must be ${kinds}, got "taks". Did you mean "task"?`,
  ],
  ["figures.labelStrengths", [], TypeError, "options must be an object"],
  ["labelsBy", ["x"], RangeError, `the kind of label must be ${kinds}, got "x"`],
  ["labelText", ["serach"], RangeError, 'got "serach". Did you mean "search"?'],
  [
    "labelStrength",
    ["search"],
    TypeError,
    'needs a row of rows("papers") with its labels_from, got "search"',
  ],
  ["labelStrength", [null], TypeError, "got null"],
  ["labelStrength", [{ labels_from: ["X:1"] }], RangeError, 'must hold reasons such as "A:Sec4.1"'],
  ["countBy", [[{ kind: "paper" }], "kindd"], RangeError, 'got "kindd". Did you mean "kind"?'],
  ["countBy", [Promise.resolve([]), "kind"], TypeError, "got a Promise (is an await missing?)"],
  ["countBy", [["paper"], "kind"], TypeError, 'it holds "paper"'],
  ["figure", [7], RangeError, "the survey has Figures 1 to 6, got 7"],
  ["figure", ["4"], RangeError, 'the survey has Figures 1 to 6, got "4"'],
  ["table", [11], RangeError, "the survey has Tables 1 to 10, got 11"],
  ["rows", ["paper"], RangeError, 'got "paper". Did you mean "papers"?'],
  ["rows", [], TypeError, `the table's name must be one of "papers", "algorithms"`],
  ["frame", ["x"], RangeError, `the table's name must be one of "papers", "algorithms"`],
];

describe("wrong arguments", () => {
  it.each(wrong)("%s(%j)", async (call, args, kind, message) => {
    const error = await Promise.resolve()
      .then(() => loose[call]!(...args))
      .then(
        () => undefined,
        (error: unknown) => error,
      );
    expect(error).toBeInstanceOf(kind);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message.startsWith(`${call}(): `)).toBe(true);
  });

  it("every reason of every work is one that labelStrength knows", async () => {
    for (const paper of await survey.rows("papers")) expect(() => survey.labelStrength(paper)).not.toThrow();
  });

  it("suggests a word only when it is near", () => {
    expect(nearest("Papers", survey.tableNames)).toBe("papers");
    expect(nearest("search_agent", survey.tableNames)).toBe("search_agents");
    expect(nearest("x", survey.tableNames)).toBeUndefined();
    expect(nearest("weather", survey.tableNames)).toBeUndefined();
    expect(nearest("", survey.tableNames)).toBeUndefined();
  });
});
