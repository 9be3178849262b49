import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import type { Random } from "../../../src/random.js";

export interface Step {
  left: number;
  operator: "+" | "-" | "*";
  right: number;
}

type Verify = (numbers: readonly number[], target: number, steps: readonly Step[]) => boolean;

const step = (left: number, operator: Step["operator"], right: number): Step => ({ left, operator, right });

const results = {
  "+": (a: number, b: number) => a + b,
  "-": (a: number, b: number) => a - b,
  "*": (a: number, b: number) => a * b,
} as const;

/** Steps that keep to the rules (subtraction from the larger number aside), and the last result. */
function play(random: Random): { numbers: number[]; steps: Step[]; last: number } {
  const numbers = Array.from({ length: 3 }, () => random.between(1, 9));
  const steps: Step[] = [];
  let there = [...numbers];
  for (let i = 0; i < 2; i++) {
    const [a, b, ...rest] = random.shuffle(there);
    const operator = a! > b! ? random.choice(["+", "-", "*"] as const) : random.choice(["+", "*"] as const);
    steps.push(step(a!, operator, b!));
    there = [...rest, results[operator](a!, b!)];
  }
  return { numbers, steps, last: there[0]! };
}

export const verify = defineExercise<{ verify: Verify }>({
  title: "Math: a verifier",
  checks: [
    check(
      "13 from 5, 3 and 2",
      3,
      ({ verify }, t) => {
        const right = [step(5, "*", 3), step(15, "-", 2)];
        t.equal(verify([5, 3, 2], 13, right), true);
        t.equal(verify([5, 3, 2], 12, right), false);
      },
      "Do the steps one after the other; the last result has to be the target.",
    ),
    check(
      "each number is used once",
      4,
      ({ verify }, t) => {
        t.equal(verify([5, 3, 2], 25, [step(5, "*", 5)]), false);
        t.equal(verify([5, 5, 2], 25, [step(5, "*", 5)]), true);
        t.equal(verify([5, 3, 2], 13, [step(5, "+", 3), step(8, "+", 5)]), false);
      },
      "A step takes its two numbers away and puts the result in their place. Equal numbers can be there twice.",
    ),
    check(
      "nothing comes from nowhere, and no steps prove nothing",
      3,
      ({ verify }, t) => {
        t.equal(verify([5, 3, 2], 13, [step(10, "+", 3)]), false);
        t.equal(verify([5, 3, 2], 5, []), false);
        t.equal(verify([5, 3, 2], -1, [step(2, "-", 3)]), false);
      },
      "Every number that a step uses has to be there, and a result has to be at least 1.",
    ),
    check(
      "random games, right and wrong",
      5,
      ({ verify }, t) =>
        t.forAll(
          (random) => ({
            ...play(random),
            fault: random.choice(["none", "another target", "another number"]),
          }),
          async ({ numbers, steps, last, fault }) => {
            const target = fault === "another target" ? last + 1 : last;
            // Of 10 to 18 none is what the first step uses, which is 9 at most.
            const given = fault === "another number" ? numbers.map((number) => number + 9) : numbers;
            await t.equal(verify(given, target, steps), fault === "none");
          },
        ),
      "What is true of one example has to be true of all: the right games pass, and a game that ends on another number, or begins with numbers that are not there, does not.",
    ),
  ],
  wrong: {
    "trusts the last line":
      'const last = steps.at(-1);\nif (last === undefined) return false;\nconst { left, operator, right } = last;\nreturn (operator === "+" ? left + right : operator === "-" ? left - right : left * right) === target;',
    "lets numbers be used again":
      'const there = [...numbers];\nlet result = 0;\nfor (const { left, operator, right } of steps) {\n  if (!there.includes(left) || !there.includes(right)) return false;\n  result = operator === "+" ? left + right : operator === "-" ? left - right : left * right;\n  if (result < 1) return false;\n  there.push(result);\n}\nreturn steps.length > 0 && result === target;',
  },
});
