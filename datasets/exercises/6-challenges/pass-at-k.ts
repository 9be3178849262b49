import { check, defineExercise } from "../../../kernel-extensions/grading/exercise.js";

export const passAtK = defineExercise<{
  passAtK: (attempts: number, successes: number, k: number) => number;
}>({
  title: "At least one of k",
  checks: [
    check(
      "by hand",
      5,
      ({ passAtK }, t) => {
        t.close(passAtK(4, 1, 1), 1 / 4);
        t.close(passAtK(4, 1, 2), 1 / 2);
        t.close(passAtK(4, 2, 2), 5 / 6);
        t.close(passAtK(4, 0, 3), 0);
        t.close(passAtK(4, 3, 2), 1);
      },
      "Count the choices without a success: where 2 of 4 attempts succeeded, 1 of the 6 ways to take 2 of them has none.",
    ),
    check(
      "the share of choices that hold a success, counted one by one",
      5,
      ({ passAtK }, t) =>
        t.forAll(
          (random, size) => {
            const attempts = 1 + random.integer(size);
            return [attempts, random.integer(attempts + 1), 1 + random.integer(attempts)] as const;
          },
          ([attempts, successes, k]) =>
            t.close(passAtK(attempts, successes, k), counted(attempts, successes, k)),
        ),
      "Attempts are taken without putting back: after one failure is out, fewer failures are left among fewer attempts.",
    ),
    check(
      "two hundred and fifty-six attempts",
      5,
      ({ passAtK }, t) => {
        t.close(passAtK(256, 1, 128), 0.5);
        t.close(passAtK(256, 8, 1), 8 / 256);
        t.close(passAtK(2000, 1000, 1), 0.5);
      },
      "Factorials of large numbers are too large for a number. Multiply the chances that each further attempt fails, too.",
    ),
  ],
  wrong: {
    "puts attempts back": "return 1 - (1 - successes / attempts) ** k;",
    "k times the chance of one": "return Math.min(1, (k * successes) / attempts);",
    "all of k, not one of them":
      "let all = 1;\nfor (let i = 0; i < k; i++) all *= Math.max(0, successes - i) / (attempts - i);\nreturn all;",
  },
});

/** Every choice of k attempts, the first `successes` of which succeeded. */
function counted(attempts: number, successes: number, k: number): number {
  let [choices, passed] = [0, 0];
  for (let set = 0; set < 2 ** attempts; set++) {
    const chosen = Array.from({ length: attempts }, (_, i) => i).filter((i) => (set >> i) & 1);
    if (chosen.length !== k) continue;
    choices += 1;
    if (chosen.some((i) => i < successes)) passed += 1;
  }
  return passed / choices;
}
