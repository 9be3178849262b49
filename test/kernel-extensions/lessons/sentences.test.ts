/** Marks are found wherever Markdown lets a sentence stand, and mark that sentence. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blocksOf } from "../../../kernel-extensions/lessons/prose.js";
import { sentencesOf } from "../../../kernel-extensions/lessons/sentences.js";

/** Every sentence of a cell with the values of its marks. */
const read = (source: string) =>
  blocksOf(source).flatMap((block) =>
    sentencesOf(block).map(({ text, marks }) => [text, ...marks.map(({ value }) => value)]),
  );

describe("sentences and their marks", () => {
  it.each([
    ["One. Two.<!-- claim: a --> Three.", [["One."], ["Two.", "a"], ["Three."]]],
    ["One. Two. <!-- claim: a, b -->\n\nThree.", [["One."], ["Two.", "a, b"], ["Three."]]],
    ["Half a <!-- claim: a --> sentence.", [["Half a", "a"], ["sentence."]]],
    ["Both.<!-- claim: a --> <!-- term: both -->", [["Both.", "a", "both"]]],
    ["It rises by .3. `code` stays.", [["It rises by .3."], ["`code` stays."]]],
    [
      "Shao et al. 2024 and Dr. Who, e.g. Oslo (cf. Bern).",
      [["Shao et al. 2024 and Dr. Who, e.g. Oslo (cf. Bern)."]],
    ],
    ["**What to see.** It falls. .5 is left!", [["**What to see.**"], ["It falls."], [".5 is left!"]]],
    ["Behind `a.b. C` and $x. Y$ goes it on.", [["Behind `a.b. C` and $x. Y$ goes it on."]]],
    ["# A heading\n- one<!-- cited: x -->\n- two", [["A heading"], ["one", "x"], ["two"]]],
    ["| a | b |\n|---|---|\n| .97 <!-- claim: c --> | no |", [["a"], ["b"], [".97", "c"], ["no"]]],
    ["A\nline. Another\none.<!-- term: t -->", [["A line."], ["Another one.", "t"]]],
    [
      "<details><summary>Why? <code>a. B</code></summary>\n\nSo.<!-- claim: a -->\n\n</details>",
      [["Why?"], ["`a. B`"], ["So.", "a"]],
    ],
    [
      "See [a page. Or two](https://e.org/x) or [below](#here).",
      [["See [a page. Or two](https://e.org/x) or below."]],
    ],
  ])("%j", (source, expected) => {
    expect(read(source)).toEqual(expected);
  });

  it("knows comments that are no marks, and marks that end a paragraph", () => {
    expect(blocksOf("One.<!-- clam: a -->")[0]!.marks).toMatchObject([{ kind: "unknown" }]);
    const [first, second] = blocksOf("One.\n<!-- claim: a -->");
    expect([first!.isLoose, second!.isLoose]).toEqual([false, true]);
  });
});

const word = fc.constantFrom(
  "it",
  "rises",
  "`a.b`",
  "$x_1. Y$",
  ".97",
  "12 %",
  "**more**",
  "e.g.",
  "(see",
  "lesson 2)",
);
const sentence = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => `The ${words.join(" ")} end.`);
const marked = fc.record({
  sentence,
  mark: fc.option(fc.constantFrom("claim: a", "cited: B, C", "term: d e")),
});
const wrap = fc.constantFrom<((text: string) => string)[]>(
  (text) => text,
  (text) => `- ${text}`,
  (text) => `1. first\n2. ${text}`,
  (text) => `> ${text}`,
  (text) => `| h |\n| --- |\n| ${text} |`,
);

it("every sentence comes back with its own mark, whatever stands around it", () => {
  fc.assert(
    fc.property(fc.array(marked, { minLength: 1, maxLength: 6 }), wrap, (sentences, wrapped) => {
      const source = sentences.map(({ sentence, mark }) => (mark ? `${sentence}<!-- ${mark} -->` : sentence));
      const found = read(wrapped(source.join(" "))).filter(([text]) => /^The /.test(text!));
      expect(found).toEqual(
        sentences.map(({ sentence, mark }) => (mark ? [sentence, mark.replace(/^\w+: /, "")] : [sentence])),
      );
    }),
  );
});
