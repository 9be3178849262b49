import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";
import type { Tools } from "../../../kernel-extensions/grading/checks/tools.js";

/** A guess that was wrong, and where the secret number lies from it. */
export interface Attempt {
  guess: number;
  answer: "higher" | "lower";
}

type Guess = (attempts: readonly Attempt[], numbers: number) => number;

/** How many of all secrets are found within so many attempts. */
function found(guess: Guess, numbers: number, most: number, t: Tools): number {
  let count = 0;
  for (let secret = 1; secret <= numbers; secret++) {
    const attempts: Attempt[] = [];
    while (attempts.length < most) {
      const next = guess(attempts, numbers);
      t.holds(Number.isInteger(next) && next >= 1 && next <= numbers, `the guess is one of 1 to ${numbers}`, {
        got: t.text(next),
      });
      if (next === secret) {
        count += 1;
        break;
      }
      attempts.push({ guess: next, answer: next < secret ? "higher" : "lower" });
    }
  }
  return count;
}

export const guess = defineExercise<{ guess: Guess }>({
  title: "Learn from your own mistakes",
  checks: [
    check(
      "never a number that is already excluded",
      5,
      ({ guess }, t) =>
        t.forAll(
          (random) => {
            const secret = random.between(1, 16);
            const others = random.sample(
              Array.from({ length: 16 }, (_, i) => i + 1).filter((number) => number !== secret),
              random.between(0, 4),
            );
            return others.map((number): Attempt => ({
              guess: number,
              answer: number < secret ? "higher" : "lower",
            }));
          },
          (attempts) => {
            const next = guess(attempts, 16);
            const possible = attempts.every((each) =>
              each.answer === "higher" ? next > each.guess : next < each.guess,
            );
            t.holds(possible && next >= 1 && next <= 16, "the guess may still be right", {
              got: t.text(next),
            });
          },
        ),
      "Each answer excludes a number and all on one side of it. Keep the least and the largest number that all answers leave possible.",
    ),
    check(
      "16 numbers, four attempts: as many as can be",
      5,
      ({ guess }, t) => t.equal(found(guess, 16, 4, t), 15, { what: "the number of secrets found" }),
      "A guess is worth what its answer excludes. Which one leaves, whatever the answer, the fewest numbers?",
    ),
    check(
      "100 numbers, seven attempts",
      5,
      ({ guess }, t) => t.equal(found(guess, 100, 7, t), 100, { what: "the number of secrets found" }),
      "Halving what is left seven times is enough for 127 numbers. Nothing in the rule should depend on there being 16.",
    ),
  ],
  wrong: {
    "counts up":
      'let least = 1;\nlet most = numbers;\nfor (const { guess, answer } of attempts) {\n  if (answer === "higher") least = Math.max(least, guess + 1);\n  else most = Math.min(most, guess - 1);\n}\nreturn least;',
    "hears only the last answer":
      'const last = attempts.at(-1);\nif (last === undefined) return Math.ceil(numbers / 2);\nreturn last.answer === "higher" ? Math.ceil((last.guess + 1 + numbers) / 2) : Math.floor(last.guess / 2);',
    "ignores the answers": "return ((attempts.length * 5) % numbers) + 1;",
  },
});
