import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  applyLaw,
  evaluate,
  expand,
  laws,
  shortestProof,
  wordsOfFormula,
  type Formula,
} from "../../../src/environments/proof-laws.js";
import { Random } from "../../../src/random.js";

const leaf = fc.constantFrom<Formula>("p", "q", "true", "false");
const { formula: formulas } = fc.letrec<{ formula: Formula }>((tie) => ({
  formula: fc.oneof(
    { maxDepth: 4 },
    leaf,
    tie("formula").map((not): Formula => ({ not })),
    fc
      .tuple(fc.constantFrom("and" as const, "or" as const), tie("formula"), tie("formula"))
      .map(([operator, left, right]): Formula => ({ operator, left, right })),
  ),
}));

const assignments = [true, false].flatMap((p) => [true, false].map((q) => ({ p, q })));
const text = (formula: Formula | undefined) => formula && wordsOfFormula(formula).join(" ");

/** Reads a formula back from its words, by recursive descent: a binary operation only inside parentheses or alone. */
function parse(words: string): Formula {
  const left = words.split(" ");
  const operand = (): Formula => {
    const word = left.shift();
    if (word === "not") return { not: operand() };
    if (word !== "(") return word as Formula;
    const inner = operation();
    expect(left.shift()).toBe(")");
    return inner;
  };
  const operation = (): Formula => {
    const first = operand();
    if (left[0] !== "and" && left[0] !== "or") return first;
    const operator = left.shift() as "and" | "or";
    return { operator, left: first, right: operand() };
  };
  const formula = operation();
  expect(left).toEqual([]);
  return formula;
}

describe("formulas", () => {
  it("are written so that they can be read back", () => {
    expect(text(parse("not ( p or q ) and not not true"))).toBe("not ( p or q ) and not not true");
    fc.assert(
      fc.property(formulas, (formula) => {
        expect(parse(text(formula)!)).toEqual(formula);
      }),
    );
  });
});

describe("applyLaw", () => {
  it.each([
    ["p and true", "and-true", "p"],
    ["true and p", "and-true", "p"],
    ["q and false", "and-false", "false"],
    ["true or ( p and q )", "or-true", "true"],
    ["( p and q ) or false", "or-false", "p and q"],
    ["( p or q ) and ( p or q )", "idempotent", "p or q"],
    ["not not p", "double-not", "p"],
    ["not true", "not-constant", "false"],
    ["not p or p", "complement", "true"],
    ["( p or q ) and not ( p or q )", "complement", "false"],
    // Inside before outside, left before right, and once.
    ["( p and true ) and true", "and-true", "p and true"],
    ["( p and true ) or ( q and true )", "and-true", "p or ( q and true )"],
    ["p or not ( q and true )", "and-true", "p or not q"],
    ["not not not not p", "double-not", "not not p"],
  ] as const)("turns %s by %s into %s", (formula, law, result) => {
    expect(text(applyLaw(parse(formula), law))).toBe(result);
  });

  it.each([
    ["p or true", "and-true"],
    ["p and q", "idempotent"],
    ["not p", "double-not"],
    ["not p", "not-constant"],
    ["p and not q", "complement"],
    ["true", "or-true"],
  ] as const)("leaves %s alone by %s", (formula, law) => {
    expect(applyLaw(parse(formula), law)).toBeUndefined();
  });

  it("keeps the truth and makes the formula shorter", () => {
    fc.assert(
      fc.property(formulas, fc.constantFrom(...laws), (formula, law) => {
        const result = applyLaw(formula, law);
        if (result === undefined) return;
        expect(wordsOfFormula(result).length).toBeLessThan(wordsOfFormula(formula).length);
        for (const values of assignments) expect(evaluate(result, values)).toBe(evaluate(formula, values));
      }),
      { numRuns: 500 },
    );
  });
});

describe("expand", () => {
  it("is undone by its law, up to where that is used", () => {
    fc.assert(
      fc.property(formulas, fc.constantFrom(...laws), fc.nat(), (formula, law, seed) => {
        const longer = expand(formula, law, new Random(seed));
        if (longer === undefined) return;
        expect(applyLaw(longer, law)).toBeDefined();
        for (const values of assignments) expect(evaluate(longer, values)).toBe(evaluate(formula, values));
      }),
      { numRuns: 500 },
    );
  });
});

describe("shortestProof", () => {
  it("counts the laws that are needed", () => {
    expect(shortestProof("p", "p")).toBe(0);
    expect(shortestProof(parse("not not p and true"), "p")).toBe(2);
    // One law is enough where two would do as well.
    expect(shortestProof(parse("( p or false ) and false"), "false")).toBe(1);
    expect(shortestProof(parse("p or q"), "p")).toBe(Infinity);
  });
});
