/** Formulas of propositional logic and eight laws that make them shorter: the rules of the environment `proof`. */
import type { Random } from "../random.js";

export type Variable = "p" | "q";
export type Constant = "true" | "false";
export type Formula =
  | Variable
  | Constant
  | { readonly not: Formula }
  | { readonly operator: "and" | "or"; readonly left: Formula; readonly right: Formula };

export const laws = [
  "and-true",
  "and-false",
  "or-true",
  "or-false",
  "idempotent",
  "double-not",
  "not-constant",
  "complement",
] as const;
export type Law = (typeof laws)[number];

/** The words of a formula: `p and not ( q or true )`. Two formulas are the same when their words are. */
export function wordsOfFormula(formula: Formula, inside = false): string[] {
  if (typeof formula === "string") return [formula];
  if ("not" in formula) return ["not", ...wordsOfFormula(formula.not, true)];
  const words = [
    ...wordsOfFormula(formula.left, true),
    formula.operator,
    ...wordsOfFormula(formula.right, true),
  ];
  return inside ? ["(", ...words, ")"] : words;
}

/**
 * The formula after the law was used once: at the leftmost of the innermost places where it applies.
 *
 * @returns undefined when it applies nowhere.
 */
export function applyLaw(formula: Formula, law: Law): Formula | undefined {
  if (typeof formula === "string") return undefined;
  if ("not" in formula) {
    const inner = applyLaw(formula.not, law);
    return inner === undefined ? applyHere(formula, law) : { not: inner };
  }
  const left = applyLaw(formula.left, law);
  if (left !== undefined) return { ...formula, left };
  const right = applyLaw(formula.right, law);
  return right === undefined ? applyHere(formula, law) : { ...formula, right };
}

function applyHere(formula: Exclude<Formula, string>, law: Law): Formula | undefined {
  if ("not" in formula) {
    const { not } = formula;
    if (law === "double-not" && typeof not === "object" && "not" in not) return not.not;
    if (law === "not-constant" && not === "true") return "false";
    if (law === "not-constant" && not === "false") return "true";
    return undefined;
  }
  const { operator, left, right } = formula;
  if (law === "idempotent") return same(left, right) ? left : undefined;
  for (const [one, other] of [
    [left, right],
    [right, left],
  ] as const) {
    // x and true = x, x or true = true, x and false = false, x or false = x.
    if (law === `${operator}-true` && other === "true") return operator === "and" ? one : "true";
    if (law === `${operator}-false` && other === "false") return operator === "and" ? "false" : one;
    if (law === "complement" && same(other, { not: one })) return operator === "and" ? "false" : "true";
  }
  return undefined;
}

/** What the law leaves as it is when it is read from right to left at this place: one random choice of those. */
function expandHere(formula: Formula, law: Law, random: Random): Formula | undefined {
  const variable = random.choice(["p", "q"] as const);
  const pair = (operator: "and" | "or", one: Formula, other: Formula): Formula =>
    random.chance(0.5) ? { operator, left: one, right: other } : { operator, left: other, right: one };
  switch (law) {
    case "and-true":
      return pair("and", formula, "true");
    case "or-false":
      return pair("or", formula, "false");
    case "idempotent":
      return { operator: random.choice(["and", "or"] as const), left: formula, right: formula };
    case "double-not":
      return { not: { not: formula } };
    case "and-false":
      return formula === "false" ? pair("and", variable, "false") : undefined;
    case "or-true":
      return formula === "true" ? pair("or", variable, "true") : undefined;
    case "not-constant":
      return formula === "false" ? { not: "true" } : formula === "true" ? { not: "false" } : undefined;
    case "complement":
      return formula === "false" || formula === "true"
        ? pair(formula === "false" ? "and" : "or", variable, { not: variable })
        : undefined;
  }
}

/** The formula made longer by a law read from right to left, at a random place; undefined when there is none. */
export function expand(formula: Formula, law: Law, random: Random): Formula | undefined {
  const longer: Formula[] = [];
  const visit = (part: Formula, rebuild: (replaced: Formula) => Formula): void => {
    const replaced = expandHere(part, law, random);
    if (replaced !== undefined) longer.push(rebuild(replaced));
    if (typeof part === "string") return;
    if ("not" in part) visit(part.not, (not) => rebuild({ not }));
    else {
      visit(part.left, (left) => rebuild({ ...part, left }));
      visit(part.right, (right) => rebuild({ ...part, right }));
    }
  };
  visit(formula, (replaced) => replaced);
  return longer.length === 0 ? undefined : random.choice(longer);
}

/** Fewest laws that turn a formula into another one; Infinity when none do. */
export function shortestProof(formula: Formula, goal: Formula): number {
  const target = wordsOfFormula(goal).join(" ");
  let reached = new Map([[wordsOfFormula(formula).join(" "), formula]]);
  // Every law makes a formula shorter, so that this ends.
  for (let steps = 0; reached.size > 0; steps++) {
    if (reached.has(target)) return steps;
    const next = new Map<string, Formula>();
    for (const each of reached.values()) {
      for (const law of laws) {
        const result = applyLaw(each, law);
        if (result !== undefined) next.set(wordsOfFormula(result).join(" "), result);
      }
    }
    reached = next;
  }
  return Infinity;
}

/** Truth of a formula for given variables. */
export function evaluate(formula: Formula, values: Readonly<Record<Variable, boolean>>): boolean {
  if (formula === "true" || formula === "false") return formula === "true";
  if (typeof formula === "string") return values[formula];
  if ("not" in formula) return !evaluate(formula.not, values);
  const left = evaluate(formula.left, values);
  const right = evaluate(formula.right, values);
  return formula.operator === "and" ? left && right : left || right;
}

function same(one: Formula, other: Formula): boolean {
  if (typeof one === "string" || typeof other === "string") return one === other;
  if ("not" in one) return "not" in other && same(one.not, other.not);
  return (
    !("not" in other) &&
    one.operator === other.operator &&
    same(one.left, other.left) &&
    same(one.right, other.right)
  );
}
