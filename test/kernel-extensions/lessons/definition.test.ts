import { expect, it } from "vitest";
import { definitionOf } from "../../../kernel-extensions/lessons/definition.js";
import { blocksOf } from "../../../kernel-extensions/lessons/prose.js";
import { sentencesOf } from "../../../kernel-extensions/lessons/sentences.js";

it.each([
  [
    "to the start, where nothing is set off",
    "state",
    "It is there. It is all that counts.",
    "It is there. It is all that counts.",
  ],
  [
    "to the mark before",
    "state",
    "It rises.<!-- claim: a --> It is there. It counts.",
    "It is there. It counts.",
  ],
  [
    "to the sentence that sets the term off",
    "ablation",
    "Train six. Taking it away is an *ablation*.",
    "Taking it away is an *ablation*.",
  ],
  [
    "over sentences that explain further",
    "potential-based shaping",
    "No. Let a *potential* say it. *Potential-based shaping* pays it.",
    "Let a *potential* say it. *Potential-based shaping* pays it.",
  ],
  [
    "past other words set off",
    "policies",
    "**What to see.** Then *this*. A **policy** acts. It does.",
    "A **policy** acts. It does.",
  ],
  [
    "by a part of the term",
    "external and internal search",
    "Two. *External* search asks, *internal* knows.",
    "*External* search asks, *internal* knows.",
  ],
  [
    "by a short name",
    "F1",
    "Not exact. Compared *by* it: *F1* is a mean.",
    "Compared *by* it: *F1* is a mean.",
  ],
])("a definition goes back %s", (_, term, prose, definition) => {
  const sentences = sentencesOf(blocksOf(`${prose}<!-- term: ${term} --> And on.`)[0]!);
  const index = sentences.findIndex(({ marks }) => marks.some(({ kind }) => kind === "term"));
  expect(definitionOf(term, sentences, index)).toBe(definition);
});
